"""Where a new value comes from: a prompt, a pipe or a file."""

from __future__ import annotations

from tests.support.store_commands import PIPED, StoreCommandCase


class ValueTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()

    def test_a_prompt(self) -> None:
        person = self.answering(PIPED, PIPED)
        self.assertEqual(self.run_command("set", "a", typed=True).status, 0)
        self.assertEqual(self.value("a"), PIPED)
        self.assertIn(b"value of 'a', again: ", person.seen)
        self.assertNotIn(b"canary", person.seen)

    def test_two_different_answers(self) -> None:
        self.answering(*"123456")
        self.assertFails(4, "nothing was changed", "set", "a", typed=True)
        self.assertEqual(self.value("a"), None)

    def test_a_file(self) -> None:
        key = "-----BEGIN KEY-----\ncanary\n-----END KEY-----\n"
        path = self.base / "key"
        path.write_text(key)
        self.set_piped("a", "--file", str(path))
        self.assertEqual(self.value("a"), key)
        self.assertFails(4, "No such file", "set", "b", "--file", self.base / "none")

    def test_the_end_of_a_line(self) -> None:
        """That of the only line is dropped; a key keeps all of its own."""
        for written, stored in (
            (b"x\n", "x"),
            (b"x\r\n", "x"),
            (b"x\n\n", "x\n\n"),
            (b"x\ny\n", "x\ny\n"),
            (b" x ", " x "),
        ):
            self.set_piped("a", "--replace" if self.value("a") else "--create", text=written)
            self.assertEqual(self.value("a"), stored)

    def test_bytes(self) -> None:
        self.set_piped("a", "--bytes", text=b"\0\xff\n")
        found = self.open().secrets.get("a")
        assert found is not None
        self.assertEqual(found.content, b"\0\xff\n")
        self.assertFails(4, "add --bytes", "set", "b", text=b"\xff")

    def test_nothing(self) -> None:
        for empty in (b"", b"\n"):
            self.assertFails(4, "the value is empty", "set", "a", text=empty)
        self.assertFails(4, "longer than 1 MiB", "set", "a", text=b"x" * ((1 << 20) + 1))
        self.assertEqual(self.value("a"), None)
