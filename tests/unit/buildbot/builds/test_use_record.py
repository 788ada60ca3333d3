"""Who asked for which secret, on its way into the database."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import eventAsText, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.access import Observation
from buildbot_keychain.buildbot.builds import UseRecord, _use_record, _waiting_rows
from buildbot_keychain.buildbot.state import UsesTable
from buildbot_keychain.details import Requester
from buildbot_keychain.policy import Allow
from buildbot_keychain.uses import ALLOWED, DENIED
from tests.support.database_pool import DatabasePool

SERVICE = Requester("service", service="hook/github")


def build(number: int) -> Requester:
    return Requester("build", builder="b", build=number, scope=f"build/{number}")


class UseRecordTests(SynchronousTestCase):
    """`UseRecord`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.now, self.ready, self.is_hidden = 100, True, True
        self.record = self.another()
        self.events: list[Any] = []
        observer: Any = self.events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def another(self) -> UseRecord:
        table = UsesTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))
        return UseRecord(table, lambda: self.now, lambda: self.ready, self.redact)

    def redact(self, buildid: int | None, text: str) -> str:
        return text.replace("k9QmT2vXzR7p", f"<of {buildid}>") if self.is_hidden else text

    def note(self, name: str, requester: Requester) -> None:
        self.record.note(Observation(name, requester))

    def stored(self) -> list[Any]:
        query = "SELECT content, times, first_at, last_at FROM keychain_uses"
        return sorted(
            (json.loads(content)["name"], *facts) for content, *facts in self.pool.execute(query)
        )

    def test_a_build_counts_once(self) -> None:
        for _ in range(3):
            self.note("token", build(1))
            self.now += 1
        self.note("token", build(2))
        self.assertEqual(self.stored(), [("token", 2, 100, 103)])
        self.assertEqual(self.pool.execute("SELECT count(*) FROM keychain_decisions"), [(2,)])
        rule = Allow("*", location="policy.toml:1")
        self.record.note(Observation("token", build(1), ALLOWED, (rule,), lambda: "why"))
        self.assertEqual(len(self.stored()), 2)

    def test_the_oldest_uses_of_builds_are_not_remembered(self) -> None:
        self.patch(_use_record, "_REMEMBERED", 2)
        self.record = self.another()
        for number in (1, 2, 3, 3, 2, 1):
            self.note("token", build(number))
        self.assertEqual([times for _, times, *_ in self.stored()], [4])

    def test_a_name_that_is_made_of_a_secret_is_hidden(self) -> None:
        self.note("x/k9QmT2vXzR7p", SERVICE)
        why = Observation("k9QmT2vXzR7p", build(1), DENIED, (), lambda: "no k9QmT2vXzR7p")
        self.record.note(why)
        names = [name for name, *_ in self.stored()]
        self.assertEqual(names, ["<of 1>", "x/<of None>"])
        ((content,),) = self.pool.execute(
            "SELECT content FROM keychain_uses WHERE content LIKE '%denied%'"
        )
        self.assertEqual(json.loads(content)["reason"], "no <of 1>")

    def test_what_could_not_be_written_stays_hidden(self) -> None:
        """By then nobody may know any longer what the build was given."""
        self.pool.execute("CREATE TABLE keychain_uses (something_else INTEGER)")
        why = Observation("k9QmT2vXzR7p", build(1), DENIED, (), lambda: "no k9QmT2vXzR7p")
        self.record.note(why)
        self.pool.execute("DROP TABLE keychain_uses")
        self.is_hidden = False
        self.successResultOf(self.record.flush())
        ((content,),) = self.pool.execute("SELECT content FROM keychain_uses")
        stored = json.loads(content)
        self.assertEqual((stored["name"], stored["reason"]), ("<of 1>", "no <of 1>"))

    def test_what_comes_during_a_write_is_written_together(self) -> None:
        waiting: Deferred[None] = Deferred()
        self.pool.wait = waiting
        for _ in range(1000):
            self.note("hook", SERVICE)
        done = self.record.flush()
        self.assertNoResult(done)
        waiting.callback(None)
        self.successResultOf(done)
        self.assertEqual((self.stored(), self.pool.uses), ([("hook", 1000, 100, 100)], 2))

    def test_before_the_database_is_there(self) -> None:
        self.ready = False
        self.note("db", SERVICE)
        self.successResultOf(self.record.flush())
        self.assertEqual((self.pool.uses, self.events), (0, []))
        self.ready = True
        self.note("other", SERVICE)
        self.assertEqual([name for name, *_ in self.stored()], ["db", "other"])

    def test_a_database_that_is_down(self) -> None:
        self.pool.execute("CREATE TABLE keychain_uses (something_else INTEGER)")
        self.note("a", SERVICE)
        self.note("b", SERVICE)
        (logged,) = [text for text in map(eventAsText, self.events) if "keychain_uses" in text]
        self.assertIn("allow the master to create, read and write them", logged)
        self.pool.execute("DROP TABLE keychain_uses")
        self.note("a", SERVICE)
        self.assertEqual([facts[:2] for facts in self.stored()], [("a", 2), ("b", 1)])

    def test_how_much_is_kept(self) -> None:
        self.ready = False
        for number in range(_waiting_rows.MOST + 5):
            self.note(f"{number}", SERVICE)
        self.note("x" * 20_000, SERVICE)
        self.ready = True
        self.successResultOf(self.record.flush())
        self.assertEqual(len(self.stored()), _waiting_rows.MOST)

    def test_what_is_forgotten(self) -> None:
        self.note("old", SERVICE)
        self.now += 91 * 24 * 3600
        self.note("new", SERVICE)
        self.successResultOf(self.record.clean_up())
        self.assertEqual([name for name, *_ in self.stored()], ["new"])
