"""The providers of the newest configuration of a master."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.logger import eventAsText, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.configuration import DEADLINE
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider

VALUE = "a-secret-value"


class ReconfigurationTests(SynchronousTestCase):
    """A configuration that the master has loaded, and perhaps not set up yet."""

    def setUp(self) -> None:
        self.old = DictProvider("old", {"token": "of-the-old"})
        self.new = DictProvider("new", {"token": "of-the-new"})
        self.master = FakeMaster(self.old)
        self.keys = MasterKeychain.of(self.master)
        self.assertEqual(self.value("token"), "of-the-old")
        self.events: list[dict[str, Any]] = []
        observer: Any = self.events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def value(self, name: str) -> str:
        return self.successResultOf(self.keys.get(name)).value

    def logged(self) -> str:
        return "\n".join(map(eventAsText, self.events))

    def test_it_is_set_up_by_the_first_lookup(self) -> None:
        self.master.configure(self.new)
        self.assertEqual((self.value("token"), self.value("token")), ("of-the-new", "of-the-new"))
        self.successResultOf(self.master.reconfigure())
        self.assertEqual(self.master.host.set_up, 2)

    def test_a_master_that_does_not_run_is_left_alone(self) -> None:
        self.master.configure(self.new)
        self.master.running = False
        self.assertEqual(self.value("token"), "of-the-old")

    def test_a_failure_is_reported_once(self) -> None:
        self.master.configure(self.new)
        self.master.host.setting_up = fail(RuntimeError(VALUE))
        for _ in range(3):
            self.assertEqual(self.value("token"), "of-the-new")
        self.assertEqual(self.master.host.set_up, 2)
        self.assertIn("could not be set up (it failed with RuntimeError", self.logged())
        self.assertNotIn(VALUE, self.logged())

    def test_one_that_takes_too_long(self) -> None:
        self.master.configure(self.new)
        hanging: Deferred[None] = Deferred()
        self.master.host.setting_up = hanging
        lookup = self.keys.get("token")
        self.assertNoResult(lookup)
        self.master.reactor.advance(DEADLINE)
        self.assertEqual(self.successResultOf(lookup).value, "of-the-new")
        self.assertIn("not done within 60 seconds", self.logged())
        hanging.callback(None)

    def test_a_lookup_that_is_cancelled_stops_nobody_else(self) -> None:
        self.master.configure(self.new)
        waiting: Deferred[None] = Deferred()
        self.master.host.setting_up = waiting
        first, second = self.keys.get("token"), self.keys.get("token")
        first.cancel()
        self.failureResultOf(first)
        waiting.callback(None)
        self.assertEqual(self.successResultOf(second).value, "of-the-new")

    def test_a_provider_that_looks_up_while_it_is_set_up(self) -> None:
        """It is answered by the others, and nobody waits for ever."""
        looked_up: list[str] = []

        def set_up() -> None:
            self.keys.get("token").addCallback(lambda details: looked_up.append(details.value))

        self.master.configure(self.new)
        self.successResultOf(self.keys.providers.reconfigure(self.master.config, set_up))
        self.assertEqual(looked_up, ["of-the-old"])
