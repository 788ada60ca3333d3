"""The corpus is complete: every script is tested, and every exception is about one."""

from __future__ import annotations

import ast
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.integration.programs.kinds import KINDS
from tests.integration.programs.outputs import programs
from tests.integration.programs.promises import all_entries

HERE = Path(__file__).parent


class CorpusTests(SynchronousTestCase):
    def test_every_script_has_a_test(self) -> None:
        tested = {
            node.args[0].value
            for path in HERE.glob("test_*.py")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "check"
            and isinstance(node.args[0], ast.Constant)
        }
        self.assertEqual(tested, set(programs()))
        self.assertGreaterEqual(len(tested), 30)

    def test_every_exception_is_about_a_script_and_a_kind(self) -> None:
        kinds = {kind.name for kind in KINDS}
        for entry in all_entries():
            method, _, kind = entry.partition("/")
            self.assertIn(method.split()[0], programs())
            self.assertIn(kind or "token", kinds)

    def test_there_are_twelve_kinds_that_differ(self) -> None:
        self.assertEqual(len({kind.name for kind in KINDS}), 12)
        pieces = [piece for kind in KINDS for piece in kind.pieces]
        self.assertEqual(len(set(pieces)), len(pieces))
