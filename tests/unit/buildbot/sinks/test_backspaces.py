from __future__ import annotations

import re

from buildbot.util.lineboundaries import LineBoundaryFinder
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.sinks._backspaces import BackspacePattern
from buildbot_keychain.redaction import RedactionPolicy, Redactor


class BackspacePatternTests(TestCase):
    def setUp(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("token", "s3cr3t-of-a-terminal")
        self.given: set[str] = {"token"}
        readers = redactor.seen_by(self.given)
        self.pattern = BackspacePattern(re.compile("\x08+"), lambda: readers)

    def test_letters_that_are_erased_hide_no_secret(self) -> None:
        for text in (
            "s3cr3tX\b-of-a-terminal",
            "s3cr3tXYZ\b\b\b-of-a\b\b-a-terminal",
            "s3cr3X\bt-ofYZ\b\b-a-terminal",
            "a line\n\b\bs3cr3t-of-a-terX\bminal",
            "\b\bs3cr3t-of-a-terminalXYZ\b\b\b",
        ):
            self.assertIn("s3cr3t-of-a-terminal", self.pattern.sub("\n", text), repr(text))

    def test_other_text_is_left_to_buildbot(self) -> None:
        for text in ("50%\b\b\b60%", "plain", "s3cr3t\b", "\b"):
            self.assertEqual(self.pattern.sub("\n", text), re.sub("\x08+", "\n", text))

    def test_a_guess_makes_no_difference(self) -> None:
        """To whom was not given the secret, and where the readers are unknown."""
        self.given.clear()
        text = "s3cr3tX\b-of-a-terminal"
        unknown = BackspacePattern(re.compile("\x08+"), lambda: None)
        for pattern in (self.pattern, unknown):
            self.assertEqual(pattern.sub("\n", text), "s3cr3tX\n-of-a-terminal")

    def test_it_takes_time_by_length_alone(self) -> None:
        text = "a" * 100_000 + "\b" * 100_000 + "ab\b" * 100_000
        self.assertEqual(len(self.pattern.sub("\n", text)), 100_000 + 1 + 300_000)

    def test_buildbot_uses_it_across_its_chunks(self) -> None:
        self.patch(LineBoundaryFinder, "newline_re", self.pattern)
        finder = LineBoundaryFinder()
        text = "".join(
            finder.append(chunk) or "" for chunk in ("s3cr3", "tXY", "\b\b-of-a-", "terminal\n")
        )
        self.assertEqual(text, "s3cr3t-of-a-terminal\n")
