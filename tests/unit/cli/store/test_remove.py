"""``buildbot-keychain rm`` and ``undo``."""

from __future__ import annotations

from buildbot_keychain.cli import _prompt
from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import NOW

DAY = 86_400


class RemoveTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        for name in ("a", "b", "c"):
            self.set(name, name)

    def remove(self, *words: str) -> str:
        ended = self.run_command("rm", *words)
        self.assertEqual((ended.status, ended.out), (0, ""))
        return ended.err

    def names(self) -> list[str]:
        return [found.name for found in self.open().secrets.page() if not found.deleted]

    def known(self) -> list[str]:
        return [found.name for found in self.open().secrets.page()]

    def test_it_asks(self) -> None:
        person = self.answering("n")
        self.assertFails(4, "nothing was changed", "rm", "a", "b")
        self.assertIn(b"delete 'a', 'b'? [y/N] ", person.seen)
        self.assertEqual(self.names(), ["a", "b", "c"])
        self.answering("y")
        self.assertIn("a: deleted; undo brings it back", self.remove("a", "b"))
        self.assertEqual(self.names(), ["c"])

    def test_without_a_terminal(self) -> None:
        self.assertFails(2, "needs --yes", "rm", "a")
        self.remove("a", "--yes")
        self.assertEqual(self.names(), ["b", "c"])

    def test_it_can_be_undone(self) -> None:
        self.remove("a", "b", "--yes")
        ended = self.run_command("undo", "a")
        self.assertEqual((ended.status, ended.err), (0, "buildbot-keychain: a: it is back\n"))
        self.assertEqual(self.names(), ["a", "c"])
        self.assertEqual(self.value("a"), "a")

    def test_nothing_is_done_if_one_is_not_there(self) -> None:
        self.remove("c", "--yes")
        self.assertFails(4, "'x' is not in the store", "rm", "a", "x", "--yes")
        self.assertFails(4, "'c' is not in the store: it was deleted", "rm", "a", "c", "--yes")
        self.assertFails(4, "'x' is not in the store", "rm", "a", "x", "--purge", "--yes")
        self.assertFails(4, "'a' is not deleted", "undo", "c", "a")
        self.assertEqual(self.names(), ["a", "b"])

    def test_for_good(self) -> None:
        self.remove("c", "--yes")
        person = self.answering("y")
        self.remove("a", "c", "--purge")
        self.assertIn(b"remove 'a', 'c' for good? [y/N] ", person.seen)
        self.assertEqual(self.known(), ["b"])

    def test_what_was_deleted_a_while_ago(self) -> None:
        self.remove("a", "--yes")
        self.now = NOW + 10 * DAY
        self.remove("b", "--yes")
        self.now = NOW + 31 * DAY
        self.remove("--purge", "--yes")
        self.assertEqual(self.known(), ["b", "c"])
        self.assertIn("nothing was deleted that long ago", self.remove("--purge"))
        self.remove("--purge", "--older-than", "2w", "--yes")
        self.assertEqual(self.known(), ["c"])

    def test_what_is_brought_back_while_the_question_waits_stays(self) -> None:
        self.remove("a", "b", "--yes")
        self.now = NOW + 31 * DAY

        def confirmed(question: str, *, yes: bool) -> None:
            self.assertEqual((question, yes), ("remove 'a', 'b' for good?", False))
            self.open().secrets.undelete("a", now=self.now)

        self.patch(_prompt, "require_confirmed", confirmed)
        message = self.remove("--purge")
        self.assertIn("a: it is in use again, and stays\n", message)
        self.assertIn("b: removed for good\n", message)
        self.assertEqual((self.names(), self.value("a")), (["a", "c"], "a"))

    def test_what_makes_no_sense(self) -> None:
        self.assertFails(2, "no secret is named", "rm", "--yes")
        self.assertFails(2, "--older-than needs", "rm", "a", "--older-than", "1d", "--yes")

    def test_a_long_question(self) -> None:
        names = [f"s{number}" for number in range(7)]
        for name in names:
            self.set(name, "x")
        person = self.answering("n")
        self.run_command("rm", *names)
        self.assertIn(b"'s4' and 2 more? [y/N] ", person.seen)
