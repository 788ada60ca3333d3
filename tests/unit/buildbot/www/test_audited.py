from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit import (
    Administration,
    Approval,
    AuditTable,
    AuditToDatabase,
    Hidden,
    Lookup,
)
from buildbot_keychain.buildbot.www._audited import MOST, audited
from buildbot_keychain.buildbot.www._spellings import Spellings
from buildbot_keychain.details import Requester
from buildbot_keychain.web.host_audit import Audited
from buildbot_keychain.web.host_secrets import Listed
from tests.support.audit_records import record

BUILD = Requester("build", builder="deploy", build=7)


class AuditedTests(SynchronousTestCase):
    def setUp(self) -> None:
        directory = Path(self.mktemp()).absolute()
        directory.mkdir(0o700)
        self.sink = AuditToDatabase(f"sqlite:///{directory / 'audit.sqlite'}")
        self.addCleanup(self.sink.close)

    def audited(self, *sinks: Any) -> tuple[tuple[Audited, ...] | None, str]:
        keychain = SimpleNamespace(questions=lambda _name, _requester: succeed([]))
        spellings = Spellings(keychain, Listed("vault", "app"))

        def read(url: str, work: Callable[[AuditTable], Any]) -> Deferred[Any]:
            with closing(AuditTable(url)) as table:
                return maybeDeferred(work, table)

        reading = Deferred.fromCoroutine(audited(sinks, spellings, read))
        found: tuple[tuple[Audited, ...] | None, str] = self.successResultOf(reading)
        return found

    def test_without_a_database(self) -> None:
        self.assertEqual(self.audited(), (None, ""))
        self.assertEqual(self.audited(SimpleNamespace(url="x")), (None, ""))

    def test_who_had_it_and_who_did_something_to_it(self) -> None:
        events = (
            Lookup("vault!app|user", BUILD),
            Lookup("other", BUILD),
            Lookup("app", Requester("service", service="mail"), "failed"),
            Hidden("app", "log", builder="deploy", number=8),
            Administration("evict", person="ada", secret="vault!app"),
            Approval("app", BUILD, "approved", person="rolf"),
        )
        self.sink.write([record(event, float(at)) for at, event in enumerate(events)])
        found, problem = self.audited(self.sink)
        assert found is not None
        self.assertEqual(problem, "")
        self.assertEqual(
            found[-1],
            Audited("1970-01-01 00:00:00Z", "lookup", "deploy, build 7", "given", "deploy", 7),
        )
        self.assertEqual([each.what for each in found[:2]], ["approval", "administration"])
        self.assertEqual(
            (found[1].who, found[2].who, found[3].who), ("ada", "deploy, build 8", "mail")
        )
        self.assertEqual(len(found), 5)

    def test_few_of_many(self) -> None:
        self.sink.write([record(Lookup("app", BUILD), float(at)) for at in range(3 * MOST)])
        found, _ = self.audited(self.sink)
        self.assertEqual(len(found or ()), MOST)

    def test_one_that_does_not_answer(self) -> None:
        sink = AuditToDatabase(f"sqlite:///{Path(self.mktemp()).absolute()}/none/audit.sqlite")
        self.assertEqual(self.audited(sink), ((), ""))
        path = Path(self.sink.url.removeprefix("sqlite:///"))
        path.write_bytes(b"this is not a database" * 100)
        found, problem = self.audited(self.sink)
        self.assertIsNone(found)
        self.assertIn("does not answer", problem)
