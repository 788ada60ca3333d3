"""`LineStream`: lines keep their positions while they are redacted."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli._line_stream import LineStream
from buildbot_keychain.redaction import RedactionPolicy, Redactor

KEY = "one\ncanary-of-line-two\nthree"


class LineStreamTests(SynchronousTestCase):
    """Positions are line numbers from 0."""

    def setUp(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("key", KEY)
        redactor.add("token", "canary-W7/x+9pQ")
        self.found: list[tuple[str, int]] = []
        self.stream: LineStream[int] = LineStream(
            redactor.seen_by(None), lambda *found: self.found.append(found)
        )
        self.number = 0

    def feed(self, *lines: str) -> list[tuple[int, bytes]]:
        first, self.number = self.number, self.number + len(lines)
        return self.stream.feed([line.encode() for line in lines], lambda index: first + index)

    def test_only_changed_lines_are_returned(self) -> None:
        changed = self.feed("a", "b canary-W7/x+9pQ", "c") + self.stream.close()
        self.assertEqual(changed, [(1, b"b <token>")])
        self.assertEqual(self.found, [("token", 1)])

    def test_a_secret_can_span_feeds(self) -> None:
        changed = self.feed("a", "one")
        self.assertTrue(self.stream.has_pending)
        self.assertEqual(changed, [])
        changed += self.feed("canary-of-line-two")
        changed += self.feed("three", "b")
        self.assertFalse(self.stream.has_pending)
        changed += self.stream.close()
        self.assertEqual(changed, [(1, b"<key>"), (2, b"<key>"), (3, b"<key>")])
        self.assertEqual(self.found, [("key", 1)])

    def test_a_false_start_is_left_alone(self) -> None:
        changed = self.feed("one") + self.feed("other") + self.stream.close()
        self.assertEqual((changed, self.found), ([], []))

    def test_two_secrets_on_neighbouring_lines(self) -> None:
        changed = self.feed("canary-W7/x+9pQ", "canary-W7/x+9pQ canary-W7/x+9pQ")
        changed += self.stream.close()
        self.assertEqual(changed, [(0, b"<token>"), (1, b"<token> <token>")])
        self.assertEqual(self.found, [("token", 0), ("token", 1), ("token", 1)])
