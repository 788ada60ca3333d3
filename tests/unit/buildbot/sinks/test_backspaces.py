from __future__ import annotations

import re

from buildbot.util.lineboundaries import LineBoundaryFinder
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot import install
from buildbot_keychain.buildbot.sinks._backspaces import BackspacePattern
from buildbot_keychain.buildbot.sinks._process_log import redact_process_logs
from buildbot_keychain.redaction import RedactionPolicy, Redactor


class BackspacePatternTests(TestCase):
    def setUp(self) -> None:
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", "s3cr3t-of-a-terminal")
        redact_process_logs(self.redactor)
        self.pattern = BackspacePattern(re.compile("\x08+"))

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

    def test_it_takes_time_by_length_alone(self) -> None:
        text = "a" * 100_000 + "\b" * 100_000 + "ab\b" * 100_000
        self.assertEqual(len(self.pattern.sub("\n", text)), 100_000 + 1 + 300_000)

    def test_buildbot_uses_it_across_its_chunks(self) -> None:
        install({})
        finder = LineBoundaryFinder()
        text = "".join(
            finder.append(chunk) or "" for chunk in ("s3cr3", "tXY", "\b\b-of-a-", "terminal\n")
        )
        self.assertEqual(text, "s3cr3t-of-a-terminal\n")
