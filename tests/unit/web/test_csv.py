from __future__ import annotations

import csv
import re
from io import StringIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web._csv import table

FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
CELLS = st.text() | st.text(st.sampled_from("=+-@;\t\n\"' a,\uff1d"), max_size=6)


def text(header: list[str], rows: list[list[Any]]) -> str:
    return "".join(table(header, rows))


def csv_row(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


class TableTests(SynchronousTestCase):
    def test_formulas(self) -> None:
        for begin in "=+-@\t\r\n\uff1d":
            cell = f"{begin}HYPERLINK(1)"
            read = list(csv.reader(StringIO(text(["a"], [[cell]]), newline="")))
            self.assertEqual(read, [["a"], [f"'{cell}"]])
        self.assertEqual(text(["a", "b"], [[None, 7]]), "a,b\r\n,7\r\n")

    def test_formulas_where_another_mark_separates_cells(self) -> None:
        for cell in ("a;=1", 'a;"=1', "a; +1", "a\t-1", "a\n@1", "a;;\uff1d1", "\n=1", 'a;\n "=1'):
            content = text(["h", "i"], [["x", cell]])
            for separator in ";\t":
                for each in self.cells_of(content, separator):
                    self.assertFalse(each.lstrip('" \n').startswith(FORMULAS), (cell, each))
        plain = "it-is; a-b =c;d, -x"
        self.assertIn(plain, text(["h"], [[plain]]))

    @given(st.lists(CELLS.filter(bool), min_size=2, max_size=4))
    def test_cells_stay_what_they_are(self, cells: list[str]) -> None:
        content = text(["h"], [cells])
        _, row = csv.reader(StringIO(content, newline=""))
        for written, cell in zip(row, cells, strict=True):
            if not set(cell) & set(";\t\r\n"):
                self.assertIn(written, (cell, f"'{cell}"))
            self.assertEqual(written.replace("'", ""), cell.replace("'", ""))
            self.assertNotIn(written[0], "=+-@\t\r")
        for separator in ";\t":
            for each in self.cells_of(content, separator):
                self.assertFalse(each.startswith(FORMULAS), each)

    def cells_of(self, content: str, separator: str) -> list[str]:
        """Return the cells that a spreadsheet finds which takes another mark to separate them."""
        lines = re.split(r"[\r\n]", content)
        return [each for line in lines for each in csv_row(line, separator)]
