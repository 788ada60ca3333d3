"""What pages remember of a master, and when it is read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._attached import ATTRIBUTE
from buildbot_keychain.buildbot.www._remembered import DELAY, Remembered
from tests.support.service_master import ServiceMaster


class RememberedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.master: Any = ServiceMaster(reactor=self.clock)
        self.remembered = Remembered.of(self.master)
        self.prepared = 0
        self.patch(self.remembered.secrets.thread, "run", lambda *_: succeed(None))
        self.patch(self.remembered.secrets, "prepare", self.prepare)

    def prepare(self) -> Deferred[None]:
        self.prepared += 1
        return succeed(None)

    def test_it_stays(self) -> None:
        self.assertIs(Remembered.of(self.master), self.remembered)
        self.assertIsNot(Remembered.of(ServiceMaster(reactor=self.clock)), self.remembered)

    def test_it_is_read_after_each_configuration(self) -> None:
        setattr(self.master, ATTRIBUTE, SimpleNamespace())
        for _ in range(2):
            self.remembered.reconfigured()  # as at a start
        self.assertEqual(self.prepared, 0)
        self.clock.advance(DELAY)
        self.assertEqual((self.prepared, self.clock.getDelayedCalls()), (1, []))
        self.remembered.reconfigured()
        self.clock.advance(DELAY)
        self.assertEqual(self.prepared, 2)

    def test_it_waits_until_the_master_is_configured(self) -> None:
        self.remembered.reconfigured()
        self.clock.advance(DELAY)
        setattr(self.master, ATTRIBUTE, SimpleNamespace())
        self.master.reconfig_active = True
        self.clock.advance(DELAY)
        self.assertEqual(self.prepared, 0)
        self.master.reconfig_active = False
        self.clock.advance(DELAY)
        self.assertEqual(self.prepared, 1)

    def test_it_ends_with_the_master(self) -> None:
        self.remembered.reconfigured()
        self.master.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertRaises(RuntimeError, self.remembered.secrets.audit.read, "", 1, len)
