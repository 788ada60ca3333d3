"""Who can open a ring from now on."""

from __future__ import annotations

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store.rewrapping import Rewrapping, rewrap
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.wraps import Passphrase
from tests.support.kills import FILE_CALLS, kill_at_each
from tests.support.store_keys import CHEAP, NOW, StoreFilesTestCase

ALICE, BOB, CAROL = (Passphrase(f"of {name}", name, CHEAP) for name in ("alice", "bob", "carol"))


class RewrappingTests(StoreFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / "ring"
        self.ring = self.ring.with_new_key(NOW).with_retired(self.ring.keys[0].id)

    def write(self, *wrappers: Passphrase) -> KeyRing:
        ring = self.ring.wrapped_for(wrappers)
        RingFile(self.path).create(ring)
        return ring

    def rewrap(self, before: KeyRing, opener: Passphrase | None = ALICE, **how: object) -> KeyRing:
        openers = [opener] if opener else []
        rewrapping = Rewrapping(**{"proofs": openers, **how})  # type: ignore[arg-type]
        return rewrap(RingFile(self.path, openers), before, rewrapping)

    def opened_by(self, who: Passphrase) -> bool:
        try:
            return RingFile(self.path, [who]).read().keys == self.ring.keys
        except KeyRingError:
            return False

    def fails(self, text: str, before: KeyRing, **how: object) -> None:
        content = self.path.read_bytes()
        self.assertIn(text, str(self.assertRaises(KeyRingError, self.rewrap, before, **how)))
        self.assertEqual(self.path.read_bytes(), content)

    def test_somebody_is_added(self) -> None:
        before = self.write(ALICE)
        after = self.rewrap(before, added=[BOB])
        self.assertEqual(after.ring_key, before.ring_key)
        self.assertEqual((self.opened_by(ALICE), self.opened_by(BOB)), (True, True))
        self.fails("it is wrapped for passphrase bob already", after, added=[BOB])

    def test_one_that_was_not_wrapped(self) -> None:
        before = self.write()
        self.fails("there is nothing to remove", before, opener=None, removed=[("age", "x")])
        self.rewrap(before, None, added=[ALICE], proofs=[ALICE])
        self.assertTrue(self.opened_by(ALICE))
        self.assertRaises(KeyRingError, RingFile(self.path).read)

    def test_whoever_is_removed_cannot_open_it_with_what_they_kept(self) -> None:
        before = self.write(ALICE, BOB, CAROL)
        after = self.rewrap(before, removed=[("passphrase", "bob")], remade=[ALICE, CAROL])
        self.assertNotEqual(after.ring_key, before.ring_key)
        self.assertEqual([self.opened_by(who) for who in (ALICE, BOB, CAROL)], [True, False, True])

    def test_with_the_same_ring_key_nobody_else_is_needed(self) -> None:
        before = self.write(ALICE, BOB, CAROL)
        after = self.rewrap(before, removed=[("passphrase", "bob")])
        self.assertEqual(after.ring_key, before.ring_key)
        self.assertEqual([self.opened_by(who) for who in (ALICE, BOB, CAROL)], [True, False, True])

    def test_the_last_one(self) -> None:
        before = self.write(ALICE)
        self.fails("the last wrap cannot be removed", before, removed=[("passphrase", "alice")])
        self.fails("for passphrase:alice", before, removed=[("passphrase", "bob")])
        self.rewrap(before, removed=[("passphrase", "alice")], added=[BOB], proofs=[ALICE, BOB])
        self.assertEqual((self.opened_by(ALICE), self.opened_by(BOB)), (False, True))

    def test_nothing_that_was_given_would_open_it(self) -> None:
        before = self.write(ALICE, BOB)
        removed = [("passphrase", "alice")]
        self.fails("what opens it then must be given too", before, removed=removed, remade=[BOB])
        self.fails("what opens it then must be given too", before, removed=removed)
        self.fails("nothing that was given opens", before, added=[CAROL], proofs=[])

    def test_others_were_faster(self) -> None:
        before = self.write(ALICE)
        self.rewrap(before, added=[BOB])
        self.fails("others have wrapped the keys again meanwhile", before, added=[CAROL])

    def test_the_keys_that_others_add_meanwhile_stay(self) -> None:
        before = self.write(ALICE)
        RingFile(self.path, [ALICE]).update(lambda ring: ring.with_new_key(NOW + 1))
        self.assertEqual(len(self.rewrap(before, added=[BOB]).keys), 3)

    def test_kills(self) -> None:
        """At any time, it is as before or as it is to be, and opens."""
        self.write(ALICE)

        def work() -> None:
            before = RingFile(self.path, [ALICE]).read()
            if len(before.wraps) == 1:
                self.rewrap(before, added=[BOB])
            else:
                self.rewrap(before, removed=[("passphrase", "bob")], remade=[ALICE])

        def check() -> None:
            self.assertTrue(self.opened_by(ALICE))
            self.assertEqual(self.opened_by(BOB), len(RingFile(self.path).wraps()) == 2)

        self.assertGreater(kill_at_each(FILE_CALLS, work, check), 5)
