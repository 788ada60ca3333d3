from __future__ import annotations

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store.envelope import key_id
from buildbot_keychain.store.ring import ADDED, RETIRED, KeyRing
from buildbot_keychain.store.wraps import Passphrase
from tests.support.secretive_objects import assert_is_not_sent
from tests.support.store_keys import CHEAP, NOW, StoreFilesTestCase

ALICE, BOB = (Passphrase(f"{name}'s", name, CHEAP) for name in ("alice", "bob"))


class KeyTests(StoreFilesTestCase):
    def test_a_new_ring(self) -> None:
        (key,) = self.ring.keys
        self.assertEqual(len(self.ring.store_id), 16)
        self.assertEqual((key.id, key.state, key.created), (key_id(key.key), ADDED, NOW))
        self.assertNotEqual(KeyRing.create(NOW).keys[0].key, key.key)

    def test_a_key_is_added_and_retired(self) -> None:
        old = self.ring.keys[0]
        ring = self.ring.with_new_key(NOW + 1)
        new = ring.keys[1]
        self.assertEqual((ring.sealing_key(old.id), ring.sealing_key(new.id)), (old.key, new.key))
        ring = ring.with_retired(old.id)
        self.assertEqual(ring.key(old.id), old.key)
        self.assertIn("retired", str(self.assertRaises(KeyRingError, ring.sealing_key, old.id)))

    def test_the_oldest_key_that_may_seal(self) -> None:
        ring = KeyRing.create(NOW).with_new_key(NOW)
        first, last = ring.keys
        self.assertEqual(ring.oldest(), first)
        self.assertEqual(ring.with_retired(first.id).oldest(), last)
        self.assertEqual(ring.with_retired(last.id).oldest(), first)

    def test_what_would_lose_something_is_refused(self) -> None:
        old = self.ring.keys[0].id
        ring = self.ring.with_new_key(NOW).with_retired(old)
        new = ring.keys[1].id
        for call, kid, expected in (
            (self.ring.with_retired, old, "the last that may seal"),
            (ring.with_retired, new, "the last that may seal"),
            (ring.with_retired, bytes(8), "lacks the key 0000000000000000"),
            (self.ring.key, new, f"lacks the key {new.hex()}"),
        ):
            self.assertIn(expected, str(self.assertRaises(KeyRingError, call, kid)))

    def test_nothing_shows_a_key(self) -> None:
        ring = self.ring.wrapped_for([ALICE])
        shown = repr(ring) + str(ring) + repr(ring.keys[0])
        self.assertNotIn(repr(ring.keys[0].key), shown)
        self.assertNotIn(repr(ring.ring_key), shown)
        for made in (ring, ring.keys[0]):
            assert_is_not_sent(self, made)


class FileTests(StoreFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ring = self.ring.with_new_key(NOW + 1).with_retired(self.ring.keys[0].id)

    def test_keys_in_clear(self) -> None:
        content = self.ring.to_bytes()
        self.assertEqual(KeyRing.from_bytes(content), self.ring)
        self.assertIn(self.ring.keys[0].key.hex().encode(), content)
        self.assertEqual([key.state for key in self.ring.keys], [RETIRED, ADDED])

    def test_wrapped_for_two_people(self) -> None:
        ring = self.ring.wrapped_for([ALICE, BOB])
        content = ring.to_bytes()
        for person in (ALICE, BOB):
            self.assertEqual(KeyRing.from_bytes(content, [person]), ring)
        for key in (*(key.key for key in ring.keys), ring.ring_key or b""):
            self.assertNotIn(key.hex().encode(), content)
        problem = str(
            self.assertRaises(
                KeyRingError, KeyRing.from_bytes, content, [Passphrase("no", cost=CHEAP)]
            )
        )
        self.assertIn("wrapped for passphrase alice, passphrase bob", problem)
        self.assertIn(
            "nothing was given", str(self.assertRaises(KeyRingError, KeyRing.from_bytes, content))
        )

    def test_keys_in_clear_are_refused_where_they_should_be_wrapped(self) -> None:
        """Somebody may have put both files in the place of others."""
        problem = self.assertRaises(KeyRingError, KeyRing.from_bytes, self.ring.to_bytes(), [ALICE])
        self.assertIn("is not wrapped, and should be", str(problem))

    def test_what_is_wrapped_stays_so(self) -> None:
        """A ring that one person opened is written for both, and its ring key is the same."""
        content = self.ring.wrapped_for([ALICE, BOB]).to_bytes()
        changed = KeyRing.from_bytes(content, [ALICE]).with_new_key(NOW + 2)
        self.assertEqual(KeyRing.from_bytes(changed.to_bytes(), [BOB]), changed)

    def test_somebody_is_added_and_taken_away(self) -> None:
        ring = self.ring.wrapped_for([ALICE])
        both = ring.wrapped_also_for([BOB])
        self.assertEqual(KeyRing.from_bytes(both.to_bytes(), [BOB]), both)
        self.assertIn("already", str(self.assertRaises(KeyRingError, both.wrapped_also_for, [BOB])))
        self.assertRaises(KeyRingError, self.ring.wrapped_also_for, [BOB])
        alone = both.wrapped_for([BOB])
        self.assertRaises(KeyRingError, KeyRing.from_bytes, alone.to_bytes(), [ALICE])
        self.assertNotEqual(alone.ring_key, both.ring_key)
        self.assertEqual(both.wrapped_for([]), self.ring)

    def test_every_bit_counts(self) -> None:
        content = self.ring.to_bytes()
        for at in range(len(content) * 8):
            self.assert_refused(flipped(content, at))

    def test_every_byte_counts_where_keys_are_wrapped(self) -> None:
        content = self.ring.wrapped_for([ALICE, BOB]).to_bytes()
        for at in range(len(content)):
            self.assert_refused(flipped(content, at * 8 + at % 8), ALICE)

    def assert_refused(self, content: bytes, *people: Passphrase) -> None:
        self.assertRaises(KeyRingError, KeyRing.from_bytes, content, people)

    def test_what_is_cut_off_is_missed(self) -> None:
        content = self.ring.to_bytes()
        for length in range(len(content)):
            self.assertRaises(KeyRingError, KeyRing.from_bytes, content[:length])

    def test_lines_of_wraps_are_authenticated(self) -> None:
        """Whoever cannot open the ring cannot take somebody out of it, or bring a key back."""
        content = self.ring.wrapped_for([ALICE, BOB]).to_bytes().decode()
        lines = content.splitlines(keepends=True)
        (bobs,) = (line for line in lines if " bob " in line)
        for changed in (
            content.replace(bobs, ""),
            content.replace(" bob ", " eve "),
            content.replace(" retired ", " added "),
            "".join(line for line in lines if " retired " not in line),
        ):
            problem = self.assertRaises(KeyRingError, KeyRing.from_bytes, changed.encode(), [ALICE])
            self.assertIn("damaged, or was changed", str(problem))


def flipped(content: bytes, bit: int) -> bytes:
    """Return `content` with one of its bits changed."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
