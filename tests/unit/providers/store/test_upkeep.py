from __future__ import annotations

from buildbot_keychain.errors import StoreTampered
from buildbot_keychain.providers.store._upkeep import Upkeep
from buildbot_keychain.store import pending
from buildbot_keychain.store.changes import Change
from buildbot_keychain.store.metadata import TWO_PERSONS
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.ring import ADDED
from tests.support.store_case import DamagedStoreTestCase
from tests.support.store_keys import NOW


class UpkeepTests(DamagedStoreTestCase):
    """A data key of the store does not open."""

    def setUp(self) -> None:
        super().setUp()
        self.told: list[str] = []
        self.recorded: list[tuple[str, ...]] = []
        self.opened = OpenStore(self.url, self.ring_file.path, actor="a")
        self.addCleanup(self.opened.close)

    def upkeep(self, rotate_after: int | None = None) -> Upkeep:
        return Upkeep(rotate_after, self.told.append, lambda *action: self.recorded.append(action))

    def test_it_is_due_at_first_when_the_keys_change_and_after_a_while(self) -> None:
        upkeep, path = self.upkeep(), self.ring_file.path
        self.assertEqual([upkeep.is_due(path) for _ in range(2)], [True, False])
        self.ring_file.update(lambda ring: ring.with_new_key(NOW))
        self.assertEqual([upkeep.is_due(path) for _ in range(2)], [True, False])
        path.unlink()
        self.assertEqual([upkeep.is_due(path) for _ in range(2)], [True, False])
        upkeep._due = 0
        self.assertEqual([upkeep.is_due(path) for _ in range(2)], [True, False])

    def test_the_keys_are_announced(self) -> None:
        self.upkeep().keep_up(self.opened, "me", NOW)
        kids = {key.id for key in self.ring_file.read().keys}
        with self.store._ledger.reading() as view:
            self.assertEqual(view.rows.masters(), {"me": (NOW, kids)})
        self.assertEqual(self.told, [])

    def test_the_key_that_seals_is_replaced_when_it_is_old(self) -> None:
        upkeep = self.upkeep(rotate_after=10)
        upkeep.keep_up(self.opened, "me", NOW + 9)
        self.assertEqual(self.told, [])
        problem = self.assertRaises(StoreTampered, upkeep.keep_up, self.opened, "me", NOW + 10)
        old, new = self.ring_file.read().keys
        self.assertEqual((old.state, new.state), (ADDED, ADDED))
        expected = f"the key {new.id.hex()} seals from now on; 2 data keys were sealed again"
        self.assertEqual(self.told, [expected])
        self.assertIn("could not be sealed again: secret 'b'", str(problem))

    def test_changes_that_nobody_has_confirmed_are_removed(self) -> None:
        secrets = self.opened.secrets
        secrets.set("a", "x", now=NOW, tags=[TWO_PERSONS])
        asked = [
            pending.make(secrets, now, Change("replace", "a", value="two")).pending
            for now in (NOW, NOW + 1)
        ]
        for name in ("changes/mine", "changes/0123456789abcdef", "changez"):
            secrets.set(name, "x", now=NOW, expires=NOW + 1)
        upkeep = self.upkeep()
        upkeep.keep_up(self.opened, "me", NOW + pending.LIFE - 1)
        self.assertEqual(self.recorded, [])
        upkeep.keep_up(self.opened, "me", NOW + pending.LIFE)
        self.assertEqual(self.recorded, [("expire", "", "a", "done")])
        there = {each.name for each in secrets.page("changes/")}
        self.assertNotIn(f"changes/{asked[0]}", there)
        self.assertIn(f"changes/{asked[1]}", there)
        self.assertTrue(there >= {"changes/mine", "changes/0123456789abcdef", "changez"})
        self.assertEqual([each.id for each in pending.waiting(secrets, NOW).changes], [asked[1]])
        with self.sqlite() as connection:
            uids = "SELECT uid FROM keychain_store_secrets"
            found = connection.execute(
                f"SELECT count(*) FROM keychain_store_versions WHERE uid NOT IN ({uids})"
            )
            self.assertEqual(found.fetchone(), (0,))

    def test_the_first_use_within_an_hour(self) -> None:
        upkeep, hour = self.upkeep(), NOW - NOW % 3600
        uses = [("a", hour), ("a", hour + 3599), ("b", hour), ("a", hour + 3600)]
        found = [upkeep.is_first_use(name, now) for name, now in uses]
        self.assertEqual(found, [True, False, True, True])

    def test_a_change_that_is_damaged_keeps_no_other_from_being_removed(self) -> None:
        secrets = self.opened.secrets
        for name in "cde":
            secrets.set(name, "x", now=NOW, tags=[TWO_PERSONS])
        asked = {
            pending.PREFIX + pending.make(secrets, NOW, Change("delete", name)).pending: name
            for name in "cde"
        }
        damaged = min(asked)
        with self.sqlite() as connection:
            connection.execute(
                "UPDATE keychain_store_versions SET metadata_digest = zeroblob(32) WHERE uid = "
                "(SELECT uid FROM keychain_store_secrets WHERE name = ?)",
                (damaged,),
            )
        now = NOW + pending.LIFE
        keep_up = self.upkeep().keep_up
        problem = self.assertRaises(StoreTampered, keep_up, self.opened, "me", now)
        self.assertIn(f"secret '{damaged}': its rows were changed", str(problem))
        removed = {name for _, _, name, _ in self.recorded}
        self.assertEqual(removed, {*"cde"} - {asked[damaged]})
        self.assertEqual(secrets.names_below(pending.PREFIX), [damaged])
