"""``buildbot-keychain rename`` and ``rollback``."""

from __future__ import annotations

from tests.support.store_commands import StoreCommandCase


class RenameTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.set("a", "one")
        self.set("a", "two")

    def test_a_new_name(self) -> None:
        self.assertEqual(self.run_command("rename", "a", "deploy/a").status, 0)
        self.assertEqual((self.value("a"), self.value("deploy/a", 1)), (None, "one"))

    def test_a_name_that_is_taken(self) -> None:
        self.set("b", "x")
        self.assertFails(4, "exists already", "rename", "a", "b")
        self.assertFails(4, "must not contain", "rename", "a", "x|y")
        self.assertFails(4, "is not in the store", "rename", "x", "y")
        self.assertEqual(self.value("a"), "two")

    def test_an_older_version(self) -> None:
        ended = self.run_command("rollback", "a", "1")
        message = "buildbot-keychain: a: version 1 is the current one, and was 2\n"
        self.assertEqual((ended.status, ended.out, ended.err), (0, "", message))
        self.assertEqual(self.value("a"), "one")

    def test_a_version_that_is_not_kept(self) -> None:
        self.assertFails(4, "has no version 3; it has 1, 2", "rollback", "a", "3")
        self.assertFails(4, "is not in the store", "rollback", "x", "1")
