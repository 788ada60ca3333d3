"""In logs of real tools, redaction hides what was planted and changes nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.integration.programs.logs.corpus import MEGABYTE, make, plant
from tests.integration.programs.logs.holdings import HOLDINGS, Holding
from tests.integration.programs.logs.reference import (
    Change,
    Reference,
    is_hidden,
    keeps_colours,
)
from tests.support.readings import Search, readings

KIB = 1024
REQUIRED = bool(os.environ.get("KEYCHAIN_REQUIRE_INTEGRATION"))
SIZE = float(os.environ.get("KEYCHAIN_LOGS_MEGABYTES", "2"))


class LogsTests(SynchronousTestCase):
    def redact(self, log: str) -> str:
        redactor = Redactor(RedactionPolicy.build_log())
        for holding in HOLDINGS:
            redactor.add(holding.name, holding.value)
        stream = redactor.stream()
        data = log.encode()
        pieces = (data[start : start + 64 * KIB] for start in range(0, len(data), 64 * KIB))
        fed = [stream.feed_bytes(piece) for piece in pieces]
        return (b"".join(fed) + stream.close_bytes()).decode()

    def test_every_change_is_right_and_what_was_planted_is_hidden(self) -> None:
        log, planted = plant(make(SIZE), HOLDINGS, seed=10)
        if REQUIRED:
            self.assertGreater(len(log), SIZE * MEGABYTE / 2, "too few tools are installed")
        redacted = self.redact(log)
        reference = Reference(HOLDINGS)
        changes = list(reference.changes(log, redacted))
        wrong = sorted({self.described(one) for one in changes if not reference.is_right(one)})
        self.assertEqual(wrong, [])
        self.assertTrue(keeps_colours(log, redacted))
        self.assertEqual(self.shown(redacted, planted), [])
        altered = {line for one in changes for line in one.lines} - planted.keys()
        share = 100 * len(altered) / log.count("\n")
        print(f"{share:.2f} % of lines are changed")

    def described(self, change: Change) -> str:
        """Return where a change is, and not what it covers."""
        size = len(change.covered)
        return f"line {change.lines[0] + 1}: {size} characters are hidden as {change.name}"

    def shown(self, redacted: str, planted: dict[int, str]) -> list[str]:
        """Return which secrets are shown in the lines where they were planted."""
        lines = redacted.split("\n")
        shows = {holding.name: self.search(holding) for holding in HOLDINGS}
        return [
            f"line {at + 1} shows {name}" for at, name in planted.items() if shows[name](lines[at])
        ]

    def search(self, holding: Holding) -> Callable[[str], bool]:
        """Return a function that tells whether a line shows a secret."""
        if not holding.is_word:
            search = Search(holding.fields or [holding.value])
            return lambda line: search.reading(line) is not None
        if not is_hidden(holding.value):
            return lambda line: False
        word = re.compile(rf"(?<![^\W_]){re.escape(holding.value)}(?![^\W_])")
        return lambda line: any(word.search(read) for _, read in readings(line, depth=1))
