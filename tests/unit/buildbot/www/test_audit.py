"""How the pages read the audit trail of a master: from its database, in a thread of their own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.audit import AuditToDatabase, AuditToFile, Lookup
from buildbot_keychain.audit.reading import Wanted
from buildbot_keychain.buildbot.www._audit import BuildbotAudit
from buildbot_keychain.buildbot.www._reading import AuditReading
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import StoreUnavailable
from buildbot_keychain.web import IAudit
from tests.support.audit_records import record

BUILD = Requester("build", builder="deploy", build=7)


class AuditTests(TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir(0o700)
        self.sink = AuditToDatabase(f"sqlite:///{self.directory / 'audit.sqlite'}")
        self.addCleanup(self.sink.close)

    def audit(self, *sinks: Any) -> Any:
        settings = SimpleNamespace(audit=SimpleNamespace(sinks=sinks))
        configuration = SimpleNamespace(providers=[SimpleNamespace(name="vault")])
        providers = SimpleNamespace(settings=settings, configuration=configuration)
        keychain = SimpleNamespace(providers=providers)
        reading = AuditReading(reactor)
        self.addCleanup(reading.stop)
        return BuildbotAudit(SimpleNamespace(buildbot_keychain=keychain), reading)

    async def test_pages_of_what_is_wanted(self) -> None:
        names = [("vault!app", "app"), ("other", "other"), ("app", "app")]
        events = [Lookup(name, BUILD, provider="vault", canonical=one) for name, one in names]
        self.sink.write([record(event, float(at)) for at, event in enumerate(events)])
        audit = self.audit(AuditToFile(self.directory / "audit.jsonl"), self.sink)
        verifyObject(IAudit, audit)
        found = await audit.page(Wanted(secret="app"), 0, 1)
        self.assertEqual([event["secret"] for _, event in found.events], ["app"])
        found = await audit.page(Wanted(secret="app"), found.before, 1)
        self.assertEqual([event["secret"] for _, event in found.events], ["vault!app"])

    async def test_without_a_database(self) -> None:
        for sinks in ((), (AuditToFile(self.directory / "audit.jsonl"),)):
            self.assertIsNone(await self.audit(*sinks).page(Wanted(), 0, 1))

    async def test_a_database_that_does_not_answer(self) -> None:
        database = self.directory / "audit.sqlite"
        database.touch(0o600)
        database.write_bytes(b"this is not a database" * 100)
        await self.assertFailure(self.audit(self.sink).page(Wanted(), 0, 1), StoreUnavailable)
