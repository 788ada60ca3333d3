from __future__ import annotations

from buildbot_keychain.errors import KeyRingError, NotInStore, StoreTampered
from buildbot_keychain.store.rekeying import Rekeying
from buildbot_keychain.store.resealing import Resealed
from buildbot_keychain.store.rotation import Rotation
from tests.support.store_case import DamagedStoreTestCase, StoreTestCase
from tests.support.store_keys import NOW


class RekeyTests(StoreTestCase):
    """One secret; `test_rotation` has all of them, on both databases."""

    def test_one_secret(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.store.set("a", "two", now=NOW)
        rekeying = Rekeying(self.store._ledger)
        rekeying.rekey("a", now=NOW + 5)
        self.assertEqual((self.value("a", 1), self.value("a")), ("one", "two"))
        self.assertEqual(self.store.history("a")[-1].operation, "rekey")
        self.assertEqual(rekeying.rekey_all(since=NOW + 5, now=NOW + 6), Resealed(0, ()))
        self.assertRaises(NotInStore, rekeying.rekey, "b", now=NOW)


class DamageTests(DamagedStoreTestCase):
    def test_what_does_not_open_is_not_encrypted_again(self) -> None:
        for done in (2, 0):
            found = Rekeying(self.store._ledger).rekey_all(since=NOW + 5, now=NOW + 5)
            self.assertEqual(found.done, done)
            (problem,) = found.problems
            self.assertIn("secret 'b': version 1: it is not a sealed box", problem)
        self.assertEqual((self.value("a"), self.value("c")), ("x", "x"))
        self.assertRaises(StoreTampered, Rekeying(self.store._ledger).rekey, "b", now=NOW)
        self.assertEqual(len(self.store.history("b")), 1)

    def test_nothing_is_encrypted_again_where_the_ring_lacks_the_primary_key(self) -> None:
        rotation = Rotation(self.store._ledger, self.ring_file)
        kid = rotation.start(NOW)
        content = self.ring_file.path.read_bytes()
        rotation.promote(kid, now=NOW, alive_since=NOW)
        store = self.open()
        self.ring_file.path.write_bytes(content)
        self.ring_file.update(lambda ring: ring.with_retired(kid))
        store._ledger.reload_ring()
        self.assertRaises(
            KeyRingError, Rekeying(store._ledger).rekey_all, since=NOW + 5, now=NOW + 5
        )
