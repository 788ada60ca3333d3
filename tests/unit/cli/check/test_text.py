from __future__ import annotations

import os
from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli.check._text import lines_of
from buildbot_keychain.inspection import Finding
from buildbot_keychain.inspection.check import Decision, Place, Report, Secret
from tests.unit.inspection.check.test_report import REPORT


class TextTests(SynchronousTestCase):
    def test_a_table_and_what_is_to_be_done(self) -> None:
        lines = list(lines_of(REPORT))
        self.assertEqual(lines[0].split()[:3], ["STATE", "PROVIDER", "VERSION"])
        self.assertEqual(lines[1].split(), ["missing", "-", "-", "-", "-", "-", "x"])
        self.assertEqual(lines[2].split()[:3], ["found", "files", "3"])
        decision = "allowed by Allow('y') (master.cfg:1), depending on outside: builder 'b'"
        self.assertTrue(lines[3].startswith(f"    {decision}"))
        end = [
            *("", "problems:", "  missing: no provider holds 'x'", "      here", "", "notes:"),
            *("  a: b", ""),
            "1 problem, 0 not checked, 1 note; 2 secrets in 2 places of 1 builder",
        ]
        self.assertEqual(lines[4:], end)

    def test_many_places_and_long_rules_are_shortened(self) -> None:
        places = tuple(Place(f"builder {number}", "env") for number in range(5))
        location = "/srv/master/rules.py:3"
        decision = Decision("allowed", f"Allow({'x' * 100!r})", location, (), places)
        report = replace(REPORT, secrets=(Secret("y", "found", decisions=(decision,)),))
        line = list(lines_of(report))[2]
        self.assertIn("...) (rules.py:3): builder 0, env=; builder 1, env=", line)
        self.assertTrue(line.endswith("; and 2 more"))

    def test_names_do_nothing_to_a_terminal(self) -> None:
        finding = Finding("note", "a", "x\x1b[31m", ("y\r",))
        report = Report("f", secrets=(Secret("z\x1b", "found"),), findings=(finding,))
        self.assertFalse(any("\x1b" in line or "\r" in line for line in lines_of(report)))

    def test_no_colour_without_a_terminal(self) -> None:
        self.patch(os, "environ", {"TERM": "xterm"})
        self.assertFalse(any("\x1b" in line for line in lines_of(REPORT)))
