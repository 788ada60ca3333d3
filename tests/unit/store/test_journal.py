from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import StoreRolledBack, StoreTampered
from buildbot_keychain.store.journal import (
    START,
    Entry,
    Head,
    JournalState,
    require_not_older,
    signed,
)
from buildbot_keychain.store.records import ABSENT
from tests.support.store_keys import NOW

KEY = bytes(range(32))
A, B = b"a" * 16, b"b" * 16


def written(*whats: tuple[str, bytes, bytes], key: bytes = KEY) -> list[Entry]:
    """Return the entries for operations, secrets, and digests of their rows."""
    entries: list[Entry] = []
    head = START
    for operation, uid, digest in whats:
        entry = signed(key, head, Entry(0, NOW, operation, uid, 1, "alice", digest))
        entries.append(entry)
        head = entry.head
    return entries


def end(entries: list[Entry]) -> Head:
    return entries[-1].head


class JournalTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.entries = written(
            ("create a/b", A, b"1" * 32),
            ("create c", B, b"2" * 32),
            ("set", A, b"3" * 32),
            ("purge", B, ABSENT),
        )
        self.state = JournalState(KEY)


class FollowTests(JournalTestCase):
    def problem(self, entries: list[Entry], head: Head | None = None) -> str:
        return str(
            self.assertRaises(
                StoreTampered, JournalState(KEY).follow, entries, head or end(self.entries)
            )
        )

    def test_the_format(self) -> None:
        self.assertEqual(
            self.entries[0].mac.hex(),
            "2c491387edc96119d56ad8d7c3105ff8abf0aed3245503f4acaac6ddf5c9d0ab",
        )

    def test_the_last_digests_are_known(self) -> None:
        self.assertEqual(self.state.follow(self.entries, end(self.entries)), {A, B})
        self.assertEqual(self.state.head, end(self.entries))
        self.assertEqual((self.state.digest(A), self.state.digest(B)), (b"3" * 32, ABSENT))

    def test_names_are_those_that_the_journal_gave(self) -> None:
        self.state.follow(self.entries[:2], end(self.entries[:2]))
        self.assertEqual(self.state.names_after(), ["a/b", "c"])
        self.assertEqual((self.state.uid("a/b"), self.state.name(B)), (A, "c"))
        head = end(self.entries[:2])
        renamed = signed(KEY, head, Entry(0, NOW, "rename a b", A, 1, "alice", b"4" * 32))
        self.state.follow([renamed], end([renamed]))
        self.assertEqual(self.state.names_after(), ["a b", "c"])
        self.assertIsNone(self.state.uid("a/b"))
        self.assertEqual(self.state.names_after("a b"), ["c"])
        self.assertEqual(self.state.names_after("", 1), ["a b"])

    def test_the_history_of_a_secret_is_known(self) -> None:
        self.state.follow(self.entries[:3], end(self.entries[:3]))
        first, second, third, _ = self.entries
        self.assertTrue(self.state.has_history(A, [first, third]))
        self.assertTrue(self.state.has_history(B, [second]))
        for entries in (
            [],
            [first],
            [third],
            [third, first],
            [first, third, third],
            [first, second, third],
            [first, replace(third, time=NOW + 1)],
            [first, replace(third, actor="bob")],
            [first, replace(third, mac=bytes(32))],
        ):
            self.assertFalse(self.state.has_history(A, entries))

    def test_what_was_removed_has_no_name(self) -> None:
        self.state.follow(self.entries, end(self.entries))
        self.assertEqual((self.state.names_after(), self.state.name(B)), (["a/b"], None))

    def test_it_goes_on_where_it_ended(self) -> None:
        self.state.follow(self.entries[:2], end(self.entries[:2]))
        self.assertEqual(self.state.digest(B), b"2" * 32)
        self.assertEqual(self.state.follow(self.entries[2:3], end(self.entries[:3])), {A})
        self.assertEqual(self.state.follow([], end(self.entries[:3])), set())

    def test_each_part_of_each_entry_counts(self) -> None:
        for at, entry in enumerate(self.entries):
            for change in (
                {"time": NOW + 1},
                {"operation": "sets"},
                {"uid": b"c" * 16},
                {"version": 2},
                {"actor": "bob"},
                {"digest": b"4" * 32},
                {"mac": bytes(32)},
            ):
                changed = [*self.entries]
                changed[at] = replace(entry, **change)
                self.assertIn(f"entry {at + 1} of the journal was changed", self.problem(changed))

    def test_parts_cannot_move_between_fields(self) -> None:
        entry = self.entries[0]
        moved = replace(entry, operation="create a/", uid=b"b" + entry.uid)
        self.assertIn("entry 1", self.problem([moved, *self.entries[1:]]))

    def test_what_is_removed_added_or_moved(self) -> None:
        first, second, third, fourth = self.entries
        renumbered = replace(third, seq=2)
        for entries, expected in (
            ([first, third, fourth], "entry 2 of the journal was removed or moved"),
            ([second, third, fourth], "entry 1 of the journal was removed or moved"),
            ([first, second, second, third], "entry 3 of the journal was removed or moved"),
            ([first, renumbered, fourth], "entry 2 of the journal was changed"),
            ([first, second, third], "entries 4 to 4 were removed"),
            ([], "entries 1 to 4 were removed"),
            ([*self.entries, written(("set", A, A * 2))[0]], "entry 5"),
        ):
            self.assertIn(expected, self.problem(entries))

    def test_a_head_that_does_not_fit(self) -> None:
        self.assertIn("its head says 3", self.problem(self.entries, end(self.entries[:3])))
        self.assertIn(
            "head of the journal was changed", self.problem(self.entries, Head(4, bytes(32)))
        )

    def test_entries_of_another_store(self) -> None:
        others = written(("set", A, b"1" * 32), key=bytes(32))
        self.assertIn("entry 1 of the journal was changed", self.problem(others, end(others)))


class RollBackTests(JournalTestCase):
    def test_what_was_seen_is_there(self) -> None:
        for seen in (START, end(self.entries[:2]), end(self.entries)):
            require_not_older(seen, end(self.entries), seen.mac if seen.seq else None)

    def test_an_older_database(self) -> None:
        seen, head = end(self.entries), end(self.entries[:3])
        error = self.assertRaises(StoreRolledBack, require_not_older, seen, head, None)
        self.assertIn("ends with entry 3 of its journal, and entry 4 was seen", str(error))

    def test_an_older_database_that_went_on(self) -> None:
        other = written(("set", A, b"1" * 32), ("set", B, b"5" * 32), ("set", B, b"6" * 32))
        for mac in (other[1].mac, None):
            error = self.assertRaises(
                StoreRolledBack, require_not_older, end(self.entries[:2]), end(other), mac
            )
            self.assertIn("another history", str(error))


class CheckpointTests(JournalTestCase):
    def test_it_says_what_the_journal_said(self) -> None:
        for count in range(len(self.entries) + 1):
            state, entries = JournalState(KEY), self.entries[:count]
            state.follow(entries, end(entries) if entries else START)
            found = JournalState.from_checkpoint(KEY, state.checkpoint())
            assert found is not None
            self.assertEqual((found.head, found.names_after()), (state.head, state.names_after()))
            for uid in (A, B, b""):
                self.assertEqual(found.name(uid), state.name(uid))
                self.assertEqual(found.digest(uid), state.digest(uid))
                own = [entry for entry in entries if entry.uid == uid]
                self.assertEqual(found.has_history(uid, own), state.has_history(uid, own))
            found.follow(self.entries[count:], end(self.entries))
            self.assertEqual(found.uid("a/b"), A)
            self.assertIsNone(found.uid("c"))

    def test_it_opens_with_its_key_alone(self) -> None:
        content = self.state.checkpoint()
        self.assertIsNone(JournalState.from_checkpoint(KEY[::-1], content))
        for changed in (b"", content[:-1], content[1:], content + b"x"):
            self.assertIsNone(JournalState.from_checkpoint(KEY, changed))
