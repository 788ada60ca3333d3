from __future__ import annotations

from functools import partial
from unittest.mock import patch

from buildbot_keychain.errors import StoreConflict, StoreError, StoreUnavailable
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.resealing import Resealed
from buildbot_keychain.store.ring import ADDED
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.rotating import KeyStatus, Rotating, Seen
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW


class RotatingTests(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        for number in range(7):
            self.store.set(f"secret {number}", "value", now=NOW)
        self.opened = OpenStore(self.url, self.ring_file.path, actor="master")
        self.addCleanup(self.opened.close)
        self.rotating = Rotating()

    def begin(
        self, actor: str = "ada (page)", now: int = NOW + 9, seen: Seen | None = None
    ) -> None:
        """Begin one; by default, whoever asks for it has seen the keys as they are."""
        self.rotating.begin(self.opened, actor, "m1", now, seen or self.status().seen)

    def go_on(self) -> None:
        self.rotating.go_on(self.opened, NOW + 10)

    def status(self) -> KeyStatus:
        return self.rotating.status(self.opened)

    def uses(self) -> list[str]:
        return [key.use for key in self.status().keys]

    def test_before_any(self) -> None:
        status = self.status()
        self.assertEqual((status.progress, status.interrupted, status.left), (None, False, 0))
        assert status.primary is not None
        self.assertEqual(status.primary.data_keys, 7)
        self.go_on()
        self.assertEqual(self.uses(), ["primary"])

    def test_a_new_key_seals_and_then_all_is_sealed_with_it(self) -> None:
        self.begin()
        status = self.status()
        self.assertEqual(self.uses(), ["older", "primary"])
        self.assertEqual((status.left, status.interrupted), (7, True))
        self.assertEqual([master.name for master in status.masters], ["m1"])
        assert status.progress is not None
        self.assertEqual((status.progress.actor, status.progress.began), ("ada (page)", NOW + 9))
        self.assertTrue(status.progress.goes_on)
        with self.assertRaisesRegex(StoreConflict, "goes on already"):
            self.begin()
        self.go_on()
        status = self.status()
        self.assertEqual(self.uses(), ["retired", "primary"])
        assert status.progress is not None
        self.assertEqual((status.progress.done, status.progress.goes_on), (7, False))
        self.assertEqual((status.progress.problem, status.interrupted), ("", False))

    def test_a_master_that_lacks_the_key_is_waited_for(self) -> None:
        """The key stays in the ring, and is the one that is promoted then."""
        self.opened.rotation.announce("m2", NOW)
        for _ in range(2):
            with self.assertRaisesRegex(StoreConflict, "not in the ring of 'm2'"):
                self.begin()
            self.assertEqual(self.uses(), ["primary", "waiting"])
        self.opened.rotation.announce("m2", NOW + 9)
        self.begin()
        self.go_on()
        self.assertEqual(self.uses(), ["retired", "primary"])

    def test_a_master_that_is_away_for_an_hour_is_not(self) -> None:
        self.opened.rotation.announce("m2", NOW)
        self.begin(now=NOW + 3601)
        self.assertEqual(self.uses(), ["older", "primary"])

    def test_what_was_interrupted_goes_on(self) -> None:
        """By a stop, and then by another process, without one more key."""
        self.begin()
        self.rotating.stop()
        by_two = partial(self.opened.rotation.rewrap, batch=2)
        with patch.object(self.opened.rotation, "rewrap", by_two):
            self.assertRaises(StoreUnavailable, self.go_on)
        status = self.status()
        assert status.progress is not None
        self.assertIn("stopped", status.progress.problem)
        self.assertEqual((status.progress.done, status.left), (2, 5))
        self.rotating = Rotating()
        self.begin("olga (page)")
        self.go_on()
        self.assertEqual(self.uses(), ["retired", "primary"])

    def test_a_data_key_that_does_not_open(self) -> None:
        """It is told. The next time, another rotation begins: there is nothing left of this one."""
        self.begin()
        found = Resealed(0, ("wrong",))
        with patch.object(self.opened.rotation, "rewrap", return_value=found):
            self.assertRaises(StoreError, self.go_on)
        status = self.status()
        assert status.progress is not None
        self.assertEqual(
            (status.progress.problem, status.progress.goes_on),
            ("data keys could not be sealed again: wrong", False),
        )
        self.begin()
        self.assertEqual(self.uses(), ["older", "older", "primary"])

    def test_the_database_was_away(self) -> None:
        """Before anything was sealed again: it goes on with the key that it has."""
        self.begin()
        away = StoreUnavailable("away")
        with patch.object(self.opened.rotation, "rewrap", side_effect=away):
            self.assertRaises(StoreUnavailable, self.go_on)
        status = self.status()
        assert status.progress is not None
        self.assertEqual((status.progress.problem, status.progress.goes_on), ("away", False))
        self.begin()
        self.go_on()
        self.assertEqual(self.uses(), ["retired", "primary"])

    def test_whoever_asks_twice_begins_one(self) -> None:
        seen = self.status().seen
        self.begin(seen=seen)
        self.go_on()
        with self.assertRaisesRegex(StoreConflict, "not as they were seen"):
            self.begin(seen=seen)
        self.assertEqual(self.uses(), ["retired", "primary"])

    def test_whoever_has_one_gone_on_with_twice_begins_none(self) -> None:
        self.begin()
        self.rotating = Rotating()
        seen = self.status().seen
        self.assertTrue(seen.interrupted)
        with self.assertRaisesRegex(StoreConflict, "not as they were seen"):
            self.begin(seen=Seen(seen.primary, interrupted=False))
        self.begin(seen=seen)
        self.go_on()
        with self.assertRaisesRegex(StoreConflict, "not as they were seen"):
            self.begin(seen=seen)
        self.assertEqual(self.uses(), ["retired", "primary"])

    def test_another_process_promotes_a_key_meanwhile(self) -> None:
        announce = self.opened.rotation.announce

        def announce_while_another_promotes(master: str, now: int) -> None:
            announce(master, now)
            other = OpenStore(self.url, self.ring_file.path, actor="other")
            self.addCleanup(other.close)
            other.rotation.rotate(now=now, alive_since=now)

        with (
            patch.object(self.opened.rotation, "announce", announce_while_another_promotes),
            self.assertRaisesRegex(StoreConflict, "not as they were seen"),
        ):
            self.begin()
        self.assertEqual(self.uses(), ["retired", "primary"])

    def test_two_begin_at_once(self) -> None:
        start = self.opened.rotation.start

        def start_while_another_begins(now: int) -> bytes:
            self.assertRaises(StoreConflict, self.begin, "olga (page)")
            return start(now)

        with patch.object(self.opened.rotation, "start", start_while_another_begins):
            self.begin()
        self.assertEqual(self.uses(), ["older", "primary"])

    def test_the_ring_cannot_be_written(self) -> None:
        with patch.object(RingFile, "update", side_effect=StoreError("full")):
            self.assertRaises(StoreError, self.begin)
        self.assertIsNone(self.status().progress)
        self.assertEqual([key.state for key in self.ring_file.read().keys], [ADDED])
