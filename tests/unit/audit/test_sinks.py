from __future__ import annotations

from pathlib import Path

from twisted.logger import LimitedHistoryLogObserver
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit import AuditToFile, AuditToObserver, require_sinks
from buildbot_keychain.errors import ConfigurationError


class SinkTests(SynchronousTestCase):
    def test_what_can_be_a_sink(self) -> None:
        path = Path(self.mktemp())
        observer = LimitedHistoryLogObserver()
        found = require_sinks([AuditToFile(path), observer, observer])
        self.assertEqual(found, (AuditToFile(path), *[AuditToObserver(observer)] * 2))

    def test_what_cannot(self) -> None:
        path = Path(self.mktemp())
        for given, expected in (
            (AuditToFile(path), "audit must be a list of sinks"),
            ([AuditToFile], "write AuditToFile(...)"),
            ([print], "provides neither IAuditSink nor ILogObserver"),
            ([AuditToFile("/nowhere/x")], "there is no directory /nowhere"),
            ([AuditToFile(path), AuditToFile(path, keep=1)], "two sinks are"),
        ):
            error = self.assertRaises(ConfigurationError, require_sinks, given)
            self.assertIn(expected, str(error))
