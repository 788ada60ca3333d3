from __future__ import annotations

import logging
import threading

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.aws._debug_logs import suppress_debug_logs


class SuppressTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.logged: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: self.logged.append(record.getMessage())  # type: ignore[method-assign]
        self.botocore = logging.getLogger("botocore.parsers")
        self.other = logging.getLogger("tests.debug_logs")
        for logger in (self.botocore, self.other):
            logger.addHandler(handler)
            self.addCleanup(logger.removeHandler, handler)
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.DEBUG)

    def test_debug_records_of_botocore_are_dropped(self) -> None:
        with suppress_debug_logs():
            self.botocore.debug("response body")
            self.botocore.info("found credentials")
            self.other.debug("of another library")
        self.botocore.debug("after it")
        self.assertEqual(self.logged, ["found credentials", "of another library", "after it"])

    def test_blocks_can_be_nested_and_left_by_an_error(self) -> None:
        def fail() -> None:
            with suppress_debug_logs():
                with suppress_debug_logs():
                    self.botocore.debug("inner")
                self.botocore.debug("outer")
                raise ValueError

        self.assertRaises(ValueError, fail)
        self.botocore.debug("after it")
        self.assertEqual(self.logged, ["after it"])

    def test_other_threads_log_as_before(self) -> None:
        with suppress_debug_logs():
            thread = threading.Thread(target=self.botocore.debug, args=("other thread",))
            thread.start()
            thread.join()
        self.assertEqual(self.logged, ["other thread"])
