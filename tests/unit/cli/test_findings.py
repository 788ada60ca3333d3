from __future__ import annotations

import io
import json
import os

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import _findings
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.inspection import Finding, Findings

FOUND = Findings(
    "/srv/master",
    (
        Finding(
            "problem", "a", "it is\x1b open", ("x", "y", "z", "\r"), "close it", "https://p/#a"
        ),
        Finding("note", "b", "it is old"),
    ),
)


class FindingsTests(SynchronousTestCase):
    def test_lines_for_people(self) -> None:
        self.patch(os, "environ", {"TERM": "xterm"})
        lines = [
            *("problems:", "  a: it is\\x1b open", "      x; y; z; and 1 more", "      close it"),
            *("      https://p/#a", "", "notes:", "  b: it is old", ""),
        ]
        self.assertEqual(list(_findings.lines_of(FOUND)), lines)
        self.assertEqual(_findings.counts(FOUND), "1 problem, 0 not checked, 1 note")

    def test_objects_for_programs(self) -> None:
        first, second = map(json.loads, _findings.objects_of(FOUND))
        self.assertEqual((first["type"], first["remedy"]), ("finding", "close it"))
        self.assertEqual((second["kind"], second["page"]), ("b", ""))
        counts = {"problem": 1, "unchecked": 0, "note": 1}
        self.assertEqual(_findings.count_of(FOUND), counts)

    def test_how_a_command_ends(self) -> None:
        for level, status in (("problem", 1), ("unchecked", 3), ("note", 0)):
            found = Findings("", (Finding(level, "a", ""), Finding("note", "a", "")))
            self.assertEqual(_findings.status_of(found), status)

    def test_progress(self) -> None:
        stream = io.StringIO()
        terminal = Terminal(stream, show_status=True, clock=lambda: 0.0)
        with _findings.progress_at(terminal) as progress:
            progress(0, 0, "looking")
            self.assertTrue(stream.getvalue().endswith("looking"))
        self.assertTrue(stream.getvalue().endswith("looking\r\x1b[K"))
        stream = io.StringIO()
        with _findings.progress_at(Terminal(stream, show_status=True)) as progress:
            progress(1, 2, "asking")
        self.assertIn("50%", stream.getvalue())
