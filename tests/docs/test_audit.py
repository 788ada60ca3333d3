"""The reference of the audit trail agrees with the events, and its how-to with the command."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit.events import EVENTS
from buildbot_keychain.audit.form import FORMAT
from buildbot_keychain.cli._parser import build_parser

DOCS = Path(__file__).resolve().parents[2] / "docs"


class ReferenceTests(SynchronousTestCase):
    def test_each_event_has_a_table_of_its_fields(self) -> None:
        page = (DOCS / "reference" / "audit.md").read_text()
        self.assertIn(f"| `format` | {FORMAT} |", page)
        sections = dict(re.findall(r"(?ms)^## `(\w+)`\n(.*?)(?=^## |\Z)", page))
        found = {
            kind: re.findall(r"(?m)^\| `(\w+)` \|", section) for kind, section in sections.items()
        }
        self.assertEqual(
            found, {kind.kind: [field.name for field in fields(kind)] for kind in EVENTS}
        )


class HowToTests(SynchronousTestCase):
    def test_its_commands_are_valid(self) -> None:
        page = (DOCS / "how-to" / "audit.md").read_text()
        lines = re.findall(r"(?m)^buildbot-keychain (audit .*)$", page)
        self.assertEqual(len(lines), 3)
        for line in lines:
            build_parser().parse(line.replace("'", "").split())
