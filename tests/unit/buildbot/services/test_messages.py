"""How messages call services and secrets."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from buildbot.plugins import reporters, worker
from twisted.logger import LogLevel, capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.services._held import Problem
from buildbot_keychain.buildbot.services._messages import (
    cause,
    database_error,
    listed,
    log_failure,
    name_of,
    name_of_secret,
)
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import SecretNotFound


class MessageTests(SynchronousTestCase):
    def test_names_are_shown_on_one_line(self) -> None:
        self.assertEqual(name_of_secret("a\nb"), r"`a\nb`")

    def test_services_have_a_kind(self) -> None:
        self.assertEqual(name_of(worker.Worker("w1", "x")), "worker w1")
        push = reporters.HttpStatusPush("http://127.0.0.1", name="push")
        self.assertEqual(name_of(push), "reporter push")
        self.assertEqual(name_of(SimpleNamespace(name="mine")), "service mine")

    def test_a_cause_does_not_repeat_the_name(self) -> None:
        error = SecretNotFound("token", ("files",))
        for name in ("token", "files!token"):
            self.assertEqual(f"secret 'token': {cause(name, error)}", str(error))
        self.assertEqual(cause("other", error), str(error))

    def test_who_needs_the_secret_of_a_database(self) -> None:
        error = str(database_error("x", SecretNotFound("x", ("files",))))
        self.assertTrue(error.startswith("c['db']['db_url'] needs `x`: no provider holds it"))

    def test_a_list_says_why_each_is_missing(self) -> None:
        problems = {name: Problem(Requester("service"), f"no {name}") for name in ("a", "b")}
        self.assertEqual(listed(problems), "`a`: no a; and for `b`: no b")
        self.assertEqual(listed(problems, "; "), "`a`: no a; `b`: no b")

    def test_the_message_of_an_exception_is_not_logged(self) -> None:
        with capturedLogs() as events:
            try:
                Path("/canary").read_text()
            except OSError:
                log_failure("worker w1", "did not stop cleanly")
        (event,) = events
        text = formatEvent(event)
        self.assertTrue(text.startswith("worker w1 did not stop cleanly: "))
        self.assertIn("FileNotFoundError", text)
        self.assertNotIn("canary", repr(event))
        self.assertIs(event["log_level"], LogLevel.error)
