from __future__ import annotations

import io
from typing import Any

from twisted.internet.defer import FirstError, succeed
from twisted.logger import Logger, LogPublisher, eventAsText, textFileLogObserver
from twisted.python import log as legacy
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sinks._secret_failures import without_traceback
from buildbot_keychain.errors import ProviderUnavailable

SENTENCE = "secret 'token': provider 'vault': it is away"


def failure_of(error: Exception) -> Failure:
    """Return `error` as it is caught, with a traceback."""

    def raise_it(_: None) -> None:
        raise error

    failed: list[Failure] = []
    succeed(None).addCallback(raise_it).addErrback(failed.append)
    return failed[0]


class SecretFailureTests(SynchronousTestCase):
    """What observers are given of failures."""

    def setUp(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.written = io.StringIO()
        observers: Any = self.events.append, textFileLogObserver(self.written)
        self.publisher = LogPublisher(*observers)

    def log(self, failure: Failure) -> str:
        """Return what a log file has of a failure that is logged in the new and in the old way."""

        def publish(event: dict[str, Any]) -> None:
            self.publisher(without_traceback(event))

        observer: Any = publish
        Logger(observer=observer).failure("while {doing}", failure, doing="polling")
        legacy.LogPublisher(LogPublisher(), observer).msg(
            failure=failure, why="while polling", isError=1
        )
        return self.written.getvalue()

    def test_a_failed_lookup_is_a_sentence(self) -> None:
        failure = failure_of(ProviderUnavailable("vault", "token", "it is away"))
        for one in (failure, failure_of(FirstError(failure, 0))):
            text = self.log(one)
            self.assertEqual(text.count(SENTENCE), 2)
            self.assertEqual(text.count("while polling"), 2)
            self.assertNotIn("Traceback", text)
            self.written.truncate(self.written.seek(0))

    def test_its_type_and_its_error_are_as_they_were(self) -> None:
        failure = failure_of(ProviderUnavailable("vault", "token", "it is away"))
        self.log(failure)
        for event, name in zip(self.events, ("log_failure", "failure"), strict=True):
            self.assertIs(event[name].value, failure.value)
            self.assertTrue(event[name].check(ProviderUnavailable))
        self.assertIn("Traceback", failure.getTraceback())

    def test_others_are_not_touched(self) -> None:
        self.assertIn("Traceback", self.log(failure_of(ValueError("x"))))
        event: dict[str, Any] = {"log_format": "x", "failure": None}
        self.assertIs(without_traceback(event), event)
        self.assertEqual(eventAsText(event, includeTimestamp=False, includeSystem=False), "x")
