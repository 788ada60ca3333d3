"""`LeakDetector`: what is found in logs and errors, and that it does not show it itself."""

from __future__ import annotations

import logging
from typing import Any

from twisted.application.service import Service
from twisted.logger import Logger
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.testing._leak_detector import LeakDetector, texts_reachable_from
from tests.support.provider_contract import FaultyProviderTestCase, GoodProvider

VALUE = "canary-0123456789abcdef"


class LogTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.level = logging.getLogger().level
        self.detector = LeakDetector()
        self.detector.add(VALUE)
        self.detector.start()
        self.addCleanup(self.detector.stop)

    def stop(self) -> str:
        leak = self.detector.stop()
        self.assertNotIn(VALUE, leak)
        return leak

    def test_harmless_logs(self) -> None:
        Logger().info("all is well")
        logging.getLogger("wire").debug("GET /")
        self.assertEqual(self.stop(), "")

    def test_value_in_an_event_of_twisted(self) -> None:
        Logger().debug("found", answer={"value": VALUE})
        self.assertIn("found", self.stop())

    def test_value_in_a_record_of_the_standard_library(self) -> None:
        logging.getLogger("wire").debug("GET %s: %r", "token", VALUE.encode().hex())
        self.assertIn("GET token", self.stop())

    def test_value_in_a_logged_error(self) -> None:
        error: Any = ValueError("it is refused")
        error.body = VALUE.encode()
        logging.getLogger("wire").debug("failed", exc_info=error)
        self.assertNotEqual(self.stop(), "")

    def test_nothing_is_heard_after_the_stop(self) -> None:
        self.assertEqual(self.stop(), "")
        Logger().debug(VALUE)
        logging.getLogger("wire").error(VALUE)
        self.assertEqual(self.detector.stop(), "")

    def test_the_level_of_the_root_logger_is_restored(self) -> None:
        self.assertEqual(logging.getLogger().level, logging.DEBUG)
        self.stop()
        self.assertEqual(logging.getLogger().level, self.level)


class ReachableTextsTests(SynchronousTestCase):
    def assertReached(self, error: object) -> None:
        self.assertIn(VALUE, "\n".join(texts_reachable_from(error)))

    def test_arguments_attributes_and_causes(self) -> None:
        with_attribute: Any = ValueError("x")
        with_attribute.response = [{"body": VALUE}]
        with_context = KeyError("x")
        with_context.__context__ = ValueError({VALUE: 1})
        for error in (ValueError(VALUE), with_attribute, with_context, ValueError(b"x", VALUE)):
            self.assertReached(error)

    def test_what_a_service_keeps_is_left_out(self) -> None:
        error: Any = ValueError("x")
        error.provider = Service()
        error.provider.values = {"token": VALUE}
        self.assertNotIn(VALUE, "\n".join(texts_reachable_from(error)))

    def test_circles_end(self) -> None:
        error: Any = ValueError("x")
        error.itself = error
        self.assertIn("x", texts_reachable_from(error))


class FaultTests(FaultyProviderTestCase):
    """The contract fails for a provider that logs values."""

    def test_value_in_a_log(self) -> None:
        class ToTwisted(GoodProvider):
            log = Logger()

            async def look_up(self, path: str) -> Any:
                value = await super().look_up(path)
                self.log.debug("found", answer={"value": value})
                return value

        class ToTheStandardLibrary(GoodProvider):
            async def look_up(self, path: str) -> Any:
                value = await super().look_up(path)
                logging.getLogger("wire").debug("GET %s: %r", path, (value or "").encode().hex())
                return value

        for faulty in (ToTwisted, ToTheStandardLibrary):
            self.assertFault("test_returns_the_value", faulty, "the log shows a value")
