from __future__ import annotations

import resource
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store.wraps import Cost, Passphrase
from tests.support.secretive_objects import assert_is_not_sent
from tests.support.store_keys import CHEAP

RING_KEY, STORE_ID = bytes(range(32)), bytes(range(16))


class PassphraseTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.wrapped = Passphrase("correct horse", "alice", CHEAP).wrap(RING_KEY, STORE_ID)

    def unwrapped(self, text: str, label: str = "alice", wrapped: bytes = b"") -> bytes | None:
        return Passphrase(text).unwrap(label, wrapped or self.wrapped, STORE_ID)

    def test_it_opens_what_it_wrapped(self) -> None:
        self.assertEqual(self.unwrapped("correct horse"), RING_KEY)
        self.assertNotIn(RING_KEY, self.wrapped)

    def test_the_default_cost_is_that_of_the_format(self) -> None:
        wrapped = Passphrase("correct horse").wrap(RING_KEY, STORE_ID)
        self.assertEqual(wrapped[16:28].hex(), "000100000000000300000004")
        self.assertEqual(self.unwrapped("correct horse", "passphrase", wrapped), RING_KEY)

    def test_another_passphrase_leaves_it_to_the_next(self) -> None:
        for text in ("correct horsf", "correct horse ", "Correct horse"):
            self.assertIsNone(self.unwrapped(text))

    def test_accents_count_however_they_are_typed(self) -> None:
        wrapped = Passphrase("caf\u00e9", "alice", CHEAP).wrap(RING_KEY, STORE_ID)
        self.assertEqual(self.unwrapped("cafe\u0301", wrapped=wrapped), RING_KEY)

    def test_a_wrap_is_bound_to_its_store_and_label(self) -> None:
        for label, store_id in (("bob", STORE_ID), ("alice", bytes(16))):
            self.assertRaises(
                KeyRingError, Passphrase("correct horse").unwrap, label, self.wrapped, store_id
            )

    def test_each_wrap_has_its_own_salt(self) -> None:
        again = Passphrase("correct horse", "alice", CHEAP).wrap(RING_KEY, STORE_ID)
        self.assertNotEqual(again[:16], self.wrapped[:16])

    def test_damage_is_an_error(self) -> None:
        for wrapped in (b"\0", self.wrapped[:28], self.wrapped[:-1], self.wrapped[:16] + bytes(12)):
            error = self.assertRaises(
                KeyRingError, self.unwrapped, "correct horse", "alice", wrapped
            )
            self.assertIn("damaged in its wrap for passphrase alice", str(error))

    def test_a_file_cannot_demand_all_of_the_memory_or_hours(self) -> None:
        for numbers in ("7fffffff0000000100000001", "000000207fffffff00000001"):
            wrapped = self.wrapped[:16] + bytes.fromhex(numbers) + self.wrapped[28:]
            error = self.assertRaises(
                KeyRingError, self.unwrapped, "correct horse", "alice", wrapped
            )
            self.assertIn("too much memory or time", str(error))

    def test_a_cost_that_it_could_not_be_opened_with_is_refused(self) -> None:
        for cost in (
            Cost(memory=(1 << 20) + 1),
            Cost(iterations=65),
            Cost(lanes=65),
            Cost(memory=31, lanes=4),
            Cost(iterations=0),
            Cost(lanes=0),
        ):
            error = self.assertRaises(KeyRingError, Passphrase, "x", cost=cost)
            self.assertIn("the cost must be", str(error))
        Passphrase("x", cost=Cost(1 << 20, 64, 64))

    def test_it_is_not_empty_and_not_shown(self) -> None:
        self.assertRaises(KeyRingError, Passphrase, "")
        self.assertNotIn("correct", repr(Passphrase("correct horse", cost=Cost())))
        assert_is_not_sent(self, Passphrase("correct horse"))

    def test_too_little_memory_is_not_a_traceback(self) -> None:
        """A file that was damaged may ask for more than there is."""
        wrapped = self.wrapped[:16] + (1 << 20).to_bytes(4, "big") + self.wrapped[20:]
        costly = Passphrase("correct horse", cost=Cost(1 << 20, 1, 1))
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limits = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (used + (256 << 20), limits[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_AS, limits)
        for calling in (
            lambda: self.unwrapped("correct horse", "alice", wrapped),
            lambda: costly.wrap(RING_KEY, STORE_ID),
        ):
            error = str(self.assertRaises(KeyRingError, calling))
            self.assertIn("needs 1024 MiB of memory", error)
