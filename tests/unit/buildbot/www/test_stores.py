"""The encrypted stores of a master, as the page has them."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, succeed
from zope.interface.verify import verifyObject

from buildbot_keychain.audit import Administration, AuditTrail
from buildbot_keychain.buildbot._attached import ATTRIBUTE
from buildbot_keychain.buildbot.www._stores import BuildbotStores
from buildbot_keychain.errors import AuditUnavailable, StoreConflict, StoreUnavailable
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.store.changes import Change, Done
from buildbot_keychain.store.metadata import TWO_PERSONS
from buildbot_keychain.web import IStores
from tests.support.fakes import DictProvider
from tests.support.store_provider_case import StoreProviderTestCase

CANARY = "kZ4vt9Qw2LmXrTyPs6"


class FullSink:
    """Accepts nothing while it is full."""

    name = "full"
    is_full = True

    def check(self) -> list[str]:
        return []

    def write(self, records: Any) -> None:
        if self.is_full:
            raise OSError

    def close(self) -> None:
        pass


class StoresTests(StoreProviderTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.hosted = self.started(name="vault")
        self.providers: tuple[Any, ...] = (
            DictProvider("dict", {"a": "b"}),
            SimpleNamespace(name="vault", hosted=self.hosted),
        )
        self.evicted: list[tuple[str, str]] = []
        self.trail = AuditTrail(Redactor())
        self.addCleanup(self.trail.stop)
        self.events: list[Any] = []
        self.trail.observe(self.events.append)
        configuration = SimpleNamespace(providers=self.providers)
        keychain = SimpleNamespace(
            providers=SimpleNamespace(configuration=configuration),
            audit=self.trail,
            evict=self.evict,
        )
        self.master = SimpleNamespace(**{ATTRIBUTE: keychain})
        self.changed: list[str] = []
        self.stores = BuildbotStores(self.master, self.changed.append)

    def evict(self, name: str, *, provider: str) -> Deferred[None]:
        self.evicted.append((name, provider))
        return succeed(None)

    async def test_a_person_changes_a_secret(self) -> None:
        change = Change("add", "a", value=CANARY)
        self.assertEqual(await self.stores.change("vault", "ada\n", change), Done("a", 1))
        self.assertEqual(self.secrets.history("a")[0].actor, "ada (page)")
        self.assertEqual(self.events, [Administration("set", "ada\n", "a", "vault", "done")])
        self.assertEqual(self.evicted, [("a", "vault")])
        self.assertEqual(self.changed, ["vault"])
        await self.stores.change("vault", "ada", Change("rename", "a", new_name="b"))
        self.assertEqual(set(self.evicted), {("a", "vault"), ("b", "vault")})
        stored = await self.stores.find("vault", "b")
        assert stored is not None
        self.assertEqual((stored.name, stored.current.version), ("vault!b", 1))
        self.assertEqual([each.name for each in await self.stores.page("vault", "", 9)], ["b"])
        self.assertIsNone(await self.stores.find("vault", "a"))
        await self.stores.change("vault", "ada", Change("delete", "b"))
        (deleted,) = await self.stores.deleted("vault", 0, "", 9)
        self.assertEqual((deleted.known.name, deleted.versions), ("b", 1))
        self.assertEqual(list(await self.stores.deleted("vault", 60, "", 9)), [])
        await self.stores.change("vault", "ada", Change("purge", "b"))
        self.assertEqual(self.events[-1], Administration("purge", "ada", "b", "vault", "done"))
        self.assertIsNone(await self.stores.find("vault", "b"))

    async def test_two_people_change_a_secret(self) -> None:
        self.put("a", "one", tags=[TWO_PERSONS])
        change = Change("replace", "a", value=CANARY)
        asked = await self.stores.change("vault", "ada", change)
        self.assertEqual(await self.hosted.get("a"), "one")
        (waiting,) = (await self.stores.waiting("vault")).changes
        self.assertEqual((waiting.id, waiting.asked_by), (asked.pending, "ada (page)"))
        alone = self.stores.confirm("vault", "ada", waiting.id)
        await self.assertFailure(alone, StoreConflict)
        self.assertEqual(await self.stores.confirm("vault", "olga", waiting.id), Done("a", 2))
        self.assertEqual(await self.hosted.get("a"), CANARY)
        self.assertEqual(self.secrets.history("a")[-1].actor, "ada (page), olga (page)")
        said = [(event.action, event.person, event.outcome[:5]) for event in self.events]
        self.assertEqual(said[0], ("set", "ada", "waits"))
        self.assertEqual(said[1][:2], ("set", "ada"))
        self.assertEqual(said[2], ("set", "olga", "done"))
        again = await self.stores.change("vault", "ada", change)
        await self.stores.discard("vault", "ada", again.pending)
        self.assertEqual((await self.stores.waiting("vault")).changes, [])
        self.assertEqual(self.events[-1], Administration("discard", "ada", "a", "vault", "done"))

    async def test_what_fails_is_in_the_audit_trail_and_shows_no_value(self) -> None:
        change = Change("replace", "a", value=CANARY, expected=7)
        error = await self.assertFailure(self.stores.change("vault", "ada", change), StoreConflict)
        (event,) = self.events
        self.assertEqual((event.person, event.outcome), ("ada", str(error)))
        self.assertNotIn(CANARY[:6], repr(event))
        self.assertEqual(self.evicted, [])

    async def test_nothing_is_done_that_cannot_be_recorded(self) -> None:
        sink = FullSink()
        self.addCleanup(setattr, sink, "is_full", False)
        self.trail.use([sink], fail_closed=True, deadline=0.1)
        change = Change("add", "a", value=CANARY)
        await self.assertFailure(self.stores.change("vault", "ada", change), AuditUnavailable)
        self.assertIsNone(self.secrets.describe("a"))

    async def test_other_providers_are_no_stores(self) -> None:
        verifyObject(IStores, self.stores)
        self.assertEqual(self.stores.names, ("vault",))
        await self.assertFailure(self.stores.find("dict", "a"), StoreUnavailable)
        nothing = BuildbotStores(SimpleNamespace())
        self.assertEqual(nothing.names, ())
        change = Change("add", "a", value=CANARY)
        await self.assertFailure(nothing.change("vault", "ada", change), StoreUnavailable)

    async def test_the_reactor_is_not_kept(self) -> None:
        """While a writer has the database's lock, it does other things."""
        with self.secrets._ledger.database.writing():
            began = time.monotonic()
            waiting = self.stores.change("vault", "ada", Change("add", "a", value=CANARY))
            self.assertLess(time.monotonic() - began, 1)
            self.assertFalse(waiting.called)
        await waiting
