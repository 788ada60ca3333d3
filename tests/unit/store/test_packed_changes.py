"""What waits for a second person is kept as it was asked for."""

from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.changes import Change
from buildbot_keychain.store.generators import Recipe
from buildbot_keychain.store.packed_changes import packed, summary_of, unpacked

CHANGE = Change("edit", "a", "1-x", metadata={"tags": ["b", "c"], "description": "d"})


class PackedTests(SynchronousTestCase):
    def test_they_come_back(self) -> None:
        for change in (
            CHANGE,
            replace(CHANGE, value="a text\n", is_file=True),
            replace(CHANGE, value=b"\xff\x00"),
            replace(CHANGE, recipe=Recipe("token")),
            Change("rollback", "a", "1-x", version=3),
            Change("rename", "a", "1-x", new_name="b"),
        ):
            self.assertEqual(unpacked(packed(change)), change)

    def test_the_same_are_equal(self) -> None:
        same = replace(CHANGE, metadata={"description": "d", "tags": {"c", "b"}})
        self.assertEqual(packed(same), packed(CHANGE))
        self.assertNotEqual(packed(replace(CHANGE, revision="2-x")), packed(CHANGE))
        self.assertEqual(summary_of(replace(CHANGE, value="x")), summary_of(CHANGE))

    def test_anything_else_is_no_change(self) -> None:
        for content in (b"", b"{}", b"[]", b"\xff", packed(CHANGE).replace(b'"name"', b'"other"')):
            self.assertIsNone(unpacked(content))
