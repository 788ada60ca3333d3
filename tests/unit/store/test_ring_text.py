from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store._ring_text import KeyLine, RingText, Wrap, parse

TEXT = RingText(
    bytes(16),
    (Wrap("passphrase", "alice", b"\1\2"), Wrap("age", "age1xyz", b"\3")),
    (KeyLine(b"k" * 8, "retired", 5, b"\4"), KeyLine(b"l" * 8, "added", 6, b"\5\6")),
)
MAC = b"m" * 32
WRITTEN = f"""\
buildbot-keychain ring 1
store {"00" * 16}
wrap passphrase alice 0102
wrap age age1xyz 03
key {"6b" * 8} retired 5 04
key {"6c" * 8} added 6 0506
check {"6d" * 32}
"""


class RingTextTests(SynchronousTestCase):
    def problem(self, content: str) -> str:
        return str(self.assertRaises(KeyRingError, parse, content.encode()))

    def test_both_ways(self) -> None:
        self.assertEqual(TEXT.signed(MAC).decode(), WRITTEN)
        self.assertEqual(parse(WRITTEN.encode()), (TEXT, MAC))

    def test_only_what_is_written_is_read(self) -> None:
        lines = WRITTEN.splitlines(keepends=True)
        for other in (
            WRITTEN[:-1],
            WRITTEN + "\n",
            WRITTEN + "x",
            WRITTEN.replace("04\n", "04\r\n"),
            WRITTEN.replace(" added", "  added"),
            WRITTEN.replace("0506", "050"),
            WRITTEN.replace("6d", "6D"),
            WRITTEN.replace("retired 5", "retired 05"),
            WRITTEN.replace("retired 5", "retired -5"),
            WRITTEN.replace("retired", "primary"),
            WRITTEN.replace("alice", "alice b"),
            WRITTEN.replace("alice", "\xe4"),
            WRITTEN.replace("0506", "05\u06606"),
            "".join(lines[:-1]),
            "".join([*lines[:3], *lines[4:6], lines[3], lines[6]]),
            "".join(lines[:4] + lines[6:]),
            "".join(lines[:1] + lines[2:]),
        ):
            self.assertIn("is damaged in its line", self.problem(other))

    def test_messages_hold_nothing_of_the_content(self) -> None:
        self.assertEqual(
            self.problem(WRITTEN.replace("0506", "s3cr3t")),
            "is damaged in its line 6; restore it from its backup",
        )

    def test_other_files_and_versions(self) -> None:
        self.assertIn("is not a key ring", self.problem(""))
        self.assertIn("is not a key ring", self.problem("-----BEGIN PRIVATE KEY-----"))
        self.assertIn("a later version", self.problem(WRITTEN.replace("ring 1", "ring 2")))

    def test_a_key_cannot_stand_twice(self) -> None:
        self.assertIn("has a key twice", self.problem(WRITTEN.replace("6c" * 8, "6b" * 8)))

    def test_a_label_that_cannot_be_written(self) -> None:
        for label in ("", "a b", "a\nkey", "ä", "a" * 201):
            text = RingText(bytes(16), (Wrap("age", label, b"\1"),), TEXT.keys)
            self.assertIn("label", str(self.assertRaises(KeyRingError, text.body)))
