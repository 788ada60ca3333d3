"""What a stream says of the labels that it shows."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.audience import Label

TOKEN = "k9QmT2vXzR7p4WcL8HsJ3dFgA6eU"
OTHER = "Zx81bVn5Kq0RtY7uWm3Pj6LdSa2G"
KEY = "first-line-of-it\nsecond-line-of-it\nthird-line-of-it"
TEXT = f"one\n{TOKEN} {OTHER}\n{KEY}\n\nb {TOKEN} b {TOKEN}\n{TOKEN}"


class NoteTests(SynchronousTestCase):
    """`Audience.stream` with a `note`."""

    def setUp(self) -> None:
        self.redactor = Redactor(RedactionPolicy.build_log())
        for name, value in (("token", TOKEN), ("other", OTHER), ("key", KEY)):
            self.redactor.add(name, value)
        self.audience = self.redactor.seen_by({"token", "key"})

    def noted(self, size: int) -> tuple[str, list[Label]]:
        """Return the text redacted in pieces, and what was noted, with lines of the whole."""
        noted: list[Label] = []
        labels: list[Label] = []
        stream = self.audience.stream(labels.append)
        text = ""

        def release(released: str) -> None:
            nonlocal text
            lines = text.count("\n")
            noted.extend(label._replace(line=label.line + lines) for label in labels)
            labels.clear()
            text += released

        for start in range(0, len(TEXT), size):
            release(stream.feed(TEXT[start : start + size]))
        release(stream.close())
        return text, noted

    def test_each_label_and_its_line(self) -> None:
        """Whatever the pieces; a secret over several lines is noted once."""
        expected = [
            Label("token", "<token>", 1),
            Label("other", "<secret>", 1),
            Label("key", "<key>", 2),
            Label("token", "<token>", 6),
            Label("token", "<token>", 6),
            Label("token", "<token>", 7),
        ]
        for size in (1, 7, 64, 1_000):
            text, noted = self.noted(size)
            self.assertEqual(text, self.audience.redact(TEXT))
            self.assertEqual(noted, expected, size)

    def test_what_is_released_as_it_is(self) -> None:
        noted: list[Label] = []
        stream = self.audience.stream(noted.append)
        stream.feed("nothing\n" * 100)
        stream.close()
        self.assertEqual(noted, [])
