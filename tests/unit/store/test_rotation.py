from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from buildbot_keychain.errors import KeyRingError, StoreConflict
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.rekeying import Rekeying
from buildbot_keychain.store.resealing import Resealed
from buildbot_keychain.store.ring import ADDED, RETIRED, KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.rotation import Rotation
from buildbot_keychain.store.rows import Rows
from buildbot_keychain.store.store import Store
from buildbot_keychain.store.verification import verify
from tests.support.postgresql import PostgreSQLTestCase
from tests.support.store_case import DamagedStoreTestCase, StoreTestCase
from tests.support.store_keys import NOW

VALUES = {f"secret {number}": f"value {number}" for number in range(7)}


class RotationTests(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        for name, value in VALUES.items():
            self.store.set(name, value, now=NOW)
        self.store.set("secret 0", VALUES["secret 0"], now=NOW)
        self.rotation = Rotation(self.store._ledger, self.ring_file)
        self.first = self.ring_file.read().keys[0].id

    def states(self) -> list[str]:
        return [key.state for key in self.ring_file.read().keys]

    def assert_all_is_there(self, store: Store | None = None) -> None:
        store = store or self.open()
        found = {name: getattr(store.get(name), "text", None) for name in VALUES}
        self.assertEqual(found, VALUES)

    def copied_ring(self) -> RingFile:
        """Return the ring of another machine, as it is now."""
        directory = self.base / "elsewhere"
        directory.mkdir(mode=0o700, exist_ok=True)
        path = directory / "ring"
        path.touch(mode=0o600)
        path.write_bytes(Path(self.ring_file.path).read_bytes())
        return RingFile(path)

    def test_all_at_once(self) -> None:
        progress: list[int] = []
        done = self.rotation.rotate(now=NOW, alive_since=NOW, progress=progress.append)
        self.assertEqual((done.done, done.problems, progress), (8, (), [8]))
        self.assertEqual(self.states(), [RETIRED, ADDED])
        self.assert_all_is_there(self.store)
        self.assert_all_is_there()
        report = verify(self.store._ledger)
        second = self.ring_file.read().keys[1].id
        self.assertEqual((report.problems, report.keys), ((), {second: 8}))

    def test_a_key_is_replaced_when_it_is_older(self) -> None:
        def rotate(oldest: int) -> Any:
            return self.rotation.rotate_if_older(oldest, "master", now=NOW + 9, alive_since=NOW)

        self.assertIsNone(rotate(NOW - 1))
        self.assertEqual(self.states(), [ADDED])
        kid, done = rotate(NOW)
        self.assertEqual((done.done, self.states()), (8, [RETIRED, ADDED]))
        self.assertEqual(kid, self.ring_file.read().keys[1].id)
        self.assertIsNone(rotate(NOW))
        self.assertEqual(len(self.states()), 2)
        self.assert_all_is_there()

    def test_of_several_masters_one_replaces_it(self) -> None:
        """Each thinks that the key is old, and comes after another has replaced it."""
        masters = [Rotation(self.ledger(f"m{n}"), RingFile(self.ring_file.path)) for n in range(4)]
        begin = threading.Barrier(len(masters))

        def rotate(rotation: Rotation) -> None:
            begin.wait(60)
            rotation.rotate_if_older(NOW, "master", now=NOW + 9, alive_since=NOW)

        threads = [threading.Thread(target=rotate, args=(master,)) for master in masters]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(self.states(), [RETIRED, ADDED])
        self.assert_all_is_there()

    def test_a_master_that_lacks_the_new_key_is_waited_for(self) -> None:
        ring_file = self.copied_ring()
        other = Rotation(Ledger(self.database(), ring_file, "other"), ring_file)
        for _ in range(2):
            other.announce("other", NOW)
            error = self.assertRaises(
                StoreConflict,
                self.rotation.rotate_if_older,
                NOW,
                "master",
                now=NOW,
                alive_since=NOW,
            )
            self.assertIn("is not in the ring of 'other'; copy", str(error))
        self.assertEqual(self.states(), [ADDED, ADDED])
        self.copied_ring()
        other.announce("other", NOW)
        self.rotation.rotate_if_older(NOW, "master", now=NOW, alive_since=NOW)
        self.assertEqual(self.states(), [RETIRED, ADDED])

    def test_what_was_interrupted_goes_on_whatever_the_age_of_the_key(self) -> None:
        self.rotation.promote(self.rotation.start(NOW + 5), now=NOW, alive_since=NOW)
        _, done = self.rotation.rotate_if_older(NOW, "master", now=NOW + 9, alive_since=NOW) or (
            b"",
            None,
        )
        self.assertEqual(done and done.done, 8)
        self.assertEqual(self.states(), [RETIRED, ADDED])

    def test_what_is_known_of_keys_and_masters(self) -> None:
        def uses() -> list[tuple[str, int]]:
            return [(key.use, key.data_keys) for key in self.rotation.known_keys()]

        self.rotation.announce("one", NOW)
        self.assertEqual(uses(), [("primary", 8)])
        second = self.rotation.start(NOW)
        self.assertEqual(uses(), [("primary", 8), ("waiting", 0)])
        self.rotation.announce("two", NOW + 1)
        one, two = self.rotation.masters()
        self.assertEqual((one.name, one.seen, one.lacks), ("one", NOW, (second,)))
        self.assertEqual((two.name, two.seen, two.lacks), ("two", NOW + 1, ()))
        self.rotation.promote(second, now=NOW, alive_since=NOW + 1)
        self.assertEqual(uses(), [("older", 8), ("primary", 0)])
        self.rotation.rewrap(NOW)
        self.rotation.finish()
        self.assertEqual(uses(), [("retired", 0), ("primary", 8)])

    def test_a_key_that_is_added_while_an_announcement_waits_is_announced(self) -> None:
        other, database = self.ledger("other"), self.store._ledger.database
        writing, waits = database.writing, threading.Event()

        def wait_to_write() -> AbstractContextManager[Rows]:
            waits.set()
            return writing()

        with patch.object(database, "writing", wait_to_write):
            thread = threading.Thread(target=self.rotation.announce, args=("master", NOW))
            with other.database.writing():
                thread.start()
                self.assertTrue(waits.wait(60))
                Rotation(other, self.ring_file).start(NOW)
            thread.join(60)
        self.assertEqual([master.lacks for master in self.rotation.masters()], [()])

    def test_the_old_key_opens_nothing_afterwards(self) -> None:
        old = self.copied_ring()
        self.rotation.rotate(now=NOW, alive_since=NOW)
        error = self.assertRaises(KeyRingError, Ledger, self.database(), old, "late")
        self.assertIn("lacks the key", str(error))

    def test_again_and_again(self) -> None:
        for _ in range(3):
            self.assertEqual(self.rotation.rotate(now=NOW, alive_since=NOW).done, 8)
        self.assertEqual(self.states(), [RETIRED, RETIRED, RETIRED, ADDED])
        self.assert_all_is_there()

    def test_it_goes_on_where_it_was_interrupted(self) -> None:
        kid = self.rotation.start(NOW)
        self.assertEqual(self.rotation.start(NOW), kid)
        self.rotation.promote(kid, now=NOW, alive_since=NOW)
        self.assertRaises(StoreConflict, self.rotation.finish)

        def stop(done: int) -> None:
            raise InterruptedError

        self.assertRaises(InterruptedError, self.rotation.rewrap, NOW, stop, batch=3)
        self.assert_all_is_there()
        self.store.set("secret 1", VALUES["secret 1"], now=NOW)
        self.assertEqual(self.rotation.rotate(now=NOW, alive_since=NOW).done, 5)
        self.assertEqual(self.states(), [RETIRED, ADDED])
        self.assert_all_is_there()

    def test_masters_that_are_alive_must_have_the_key_first(self) -> None:
        other_ring = self.copied_ring()
        other = Ledger(self.database(), other_ring, "other")
        Rotation(other, other_ring).announce("other", NOW)
        self.rotation.announce("master", NOW)
        kid = self.rotation.start(NOW)
        self.rotation.announce("master", NOW)
        promote: dict[str, Any] = {"now": NOW, "alive_since": NOW - 60}
        error = self.assertRaises(StoreConflict, self.rotation.promote, kid, **promote)
        self.assertIn("not in the ring of 'other'", str(error))
        self.assert_all_is_there(Store(other))
        self.copied_ring()
        Rotation(other, other_ring).announce("other", NOW)
        self.rotation.promote(kid, **promote)
        self.assertEqual(self.rotation.rewrap(NOW).done, 8)
        self.assert_all_is_there(Store(other))
        Store(other).set("new", "from the other", now=NOW)
        self.assertEqual(self.value("new"), "from the other")

    def test_a_master_that_is_late_fails_until_it_has_the_key(self) -> None:
        other_ring = self.copied_ring()
        other = Store(Ledger(self.database(), other_ring, "other"))
        self.rotation.rotate(now=NOW, alive_since=NOW)
        self.assertIn("lacks the key", str(self.assertRaises(KeyRingError, other.get, "secret 1")))
        self.assertRaises(KeyRingError, other.set, "secret 1", "x", now=NOW)
        self.copied_ring()
        self.assert_all_is_there(other)

    def test_a_master_that_is_down_is_not_waited_for_and_needs_the_ring_when_it_is_back(
        self,
    ) -> None:
        other_ring = self.copied_ring()
        Rotation(Ledger(self.database(), other_ring, "other"), other_ring).announce("other", NOW)
        self.store.set("new", "while it was down", now=NOW)
        self.rotation.announce("master", NOW + 100)
        error = self.assertRaises(
            StoreConflict, self.rotation.rotate, now=NOW + 100, alive_since=NOW
        )
        self.assertIn("not in the ring of 'master', 'other'", str(error))
        self.rotation.announce("master", NOW + 100)
        done = self.rotation.rotate(now=NOW + 100, alive_since=NOW + 1)
        self.assertEqual((done.done, self.states()), (9, [RETIRED, ADDED]))
        error = self.assertRaises(KeyRingError, Ledger, self.database(), other_ring, "other")
        self.assertIn("copy it from a master that has the key", str(error))
        self.copied_ring()
        self.assert_all_is_there(Store(Ledger(self.database(), other_ring, "other")))

    def test_a_master_with_an_old_ring_changes_nothing(self) -> None:
        """It is in use while the others rotate, and tries to do so itself."""
        other_ring = self.copied_ring()
        ledger = Ledger(self.database(), other_ring, "other")
        late = Rotation(ledger, other_ring)
        self.rotation.rotate(now=NOW, alive_since=NOW)
        late.announce("other", NOW)  # which others can tell from it
        before = verify(self.store._ledger)
        ring = other_ring.read()
        for work in (
            lambda: late.rotate(now=NOW, alive_since=NOW),
            lambda: late.promote(self.first, now=NOW, alive_since=NOW),
            late.finish,
            lambda: Rekeying(ledger).rekey_all(since=NOW, now=NOW),
            lambda: Store(ledger).set("a", "x", now=NOW),
            lambda: Store(ledger).rename("secret 1", "a", now=NOW),
        ):
            self.assertIn("lacks the key", str(self.assertRaises(KeyRingError, work)))
        self.assertEqual(verify(self.store._ledger), before)
        self.assertEqual(other_ring.read(), ring)
        self.assert_all_is_there()

    def test_two_masters_that_begin_at_once_with_rings_of_their_own(self) -> None:
        """Neither promotes a key that the other lacks, whoever comes first."""
        other_ring = self.copied_ring()
        other = Rotation(Ledger(self.database(), other_ring, "other"), other_ring)
        keys = {self.rotation: self.rotation.start(NOW), other: other.start(NOW)}
        self.rotation.announce("master", NOW)
        other.announce("other", NOW)
        for rotation, kid in keys.items():
            error = self.assertRaises(
                StoreConflict, rotation.promote, kid, now=NOW, alive_since=NOW
            )
            self.assertIn(f"the key {kid.hex()} is not in the ring of", str(error))
        self.copied_ring()  # of one to the other
        other.announce("other", NOW)
        self.assertEqual(self.rotation.rotate(now=NOW, alive_since=NOW).done, 8)
        self.assert_all_is_there(Store(Ledger(self.database(), other_ring, "other")))

    def test_a_key_that_waits_to_be_promoted_is_not_retired(self) -> None:
        kid = self.rotation.start(NOW)
        self.rotation.finish()
        self.assertEqual(self.states(), [ADDED, ADDED])
        self.rotation.promote(kid, now=NOW, alive_since=NOW)
        self.assertEqual(self.rotation.rewrap(NOW).done, 8)

    def test_a_key_that_another_master_promotes_in_the_meantime_is_not_retired(self) -> None:
        other = Rotation(self.ledger("other"), self.ring_file)

        class Late(RingFile):
            def update(self, change: Callable[[KeyRing], KeyRing]) -> KeyRing:
                other.promote(other.start(NOW), now=NOW, alive_since=NOW)
                return super().update(change)

        Rotation(self.store._ledger, Late(self.ring_file.path)).finish()
        self.assertEqual(self.states(), [ADDED, ADDED])
        self.store.set("new", "value", now=NOW)
        self.assertEqual(other.rotate(now=NOW, alive_since=NOW).done, 8)

    def test_the_journal_has_one_entry_for_it(self) -> None:
        before = verify(self.store._ledger).entries
        self.rotation.rotate(now=NOW, alive_since=NOW)
        self.assertEqual(verify(self.store._ledger).entries, before + 1)

    def test_values_are_encrypted_again(self) -> None:
        def payloads() -> list[bytes | None]:
            with self.store._ledger.reading() as view:
                uids = [view.state.uid(name) or b"" for name in VALUES]
                return [view.rows.payload(uid, 1) for uid in uids]

        before = payloads()
        self.rotation.rotate(now=NOW, alive_since=NOW)
        self.assertEqual(payloads(), before)
        rekeying = Rekeying(self.store._ledger)
        progress: list[tuple[int, int]] = []
        done = rekeying.rekey_all(
            since=NOW + 5, now=NOW + 5, progress=lambda *done: progress.append(done)
        )
        self.assertEqual((done, progress[-1]), (Resealed(7, ()), (7, 7)))
        self.assertEqual(set(payloads()) & set(before), set())
        self.assert_all_is_there()
        self.assertEqual(rekeying.rekey_all(since=NOW + 5, now=NOW + 6), Resealed(0, ()))
        self.assertEqual(verify(self.store._ledger).problems, ())


class DamageTests(DamagedStoreTestCase):
    """On SQLite."""

    def setUp(self) -> None:
        super().setUp()
        self.rotation = Rotation(self.store._ledger, self.ring_file)

    def test_what_does_not_open_is_named_and_left(self) -> None:
        found = self.rotation.rotate(now=NOW, alive_since=NOW)
        self.assertEqual(found.done, 2)
        (problem,) = found.problems
        self.assertIn("secret 'b': version 1: it is not a sealed box", problem)
        self.assertEqual([key.state for key in self.ring_file.read().keys], [ADDED, ADDED])

    def test_it_does_not_keep_the_rest_from_being_rotated_again(self) -> None:
        for keys in (2, 3, 4):
            found = self.rotation.rotate(now=NOW, alive_since=NOW)
            self.assertEqual((found.done, len(found.problems)), (2, 1))
            newest = self.ring_file.read().keys[keys - 1].id
            self.assertEqual(verify(self.store._ledger).keys[newest], 2)

    def test_by_age_it_is_rotated_once(self) -> None:
        def rotate(now: int) -> Any:
            return self.rotation.rotate_if_older(now - 10, "master", now=now, alive_since=now)

        found = rotate(NOW + 10)
        self.assertEqual((found[1].done, len(found[1].problems)), (2, 1))
        self.assertIsNone(rotate(NOW + 11))
        self.assertEqual(rotate(NOW + 20)[1].done, 2)

    def test_what_was_interrupted_is_finished_before_a_new_rotation(self) -> None:
        self.rotation.rotate(now=NOW, alive_since=NOW)
        kid = self.rotation.start(NOW)
        self.rotation.promote(kid, now=NOW, alive_since=NOW)
        self.assertEqual(self.rotation.rotate(now=NOW, alive_since=NOW).done, 2)
        self.assertEqual(self.ring_file.read().keys[-1].id, kid)


class PostgreSQLRotationTests(PostgreSQLTestCase, RotationTests):
    """On PostgreSQL."""
