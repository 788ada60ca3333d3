from __future__ import annotations

import csv
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web._csv import table


class TableTests(SynchronousTestCase):
    def test_formulas(self) -> None:
        for begin in "=+-@\t\r\n\uff1d":
            cell = f"{begin}HYPERLINK(1)"
            read = list(csv.reader(StringIO(table(["a"], [[cell]]).decode(), newline="")))
            self.assertEqual(read, [["a"], [f"'{cell}"]])
        self.assertEqual(table(["a", "b"], [[None, 7]]), b"a,b\r\n,7\r\n")

    @given(st.lists(st.text().filter(bool), min_size=2, max_size=4))
    def test_cells_stay_what_they_are(self, cells: list[str]) -> None:
        content = table(["h"], [cells]).decode()
        _, row = csv.reader(StringIO(content, newline=""))
        for written, cell in zip(row, cells, strict=True):
            self.assertIn(written, (cell, f"'{cell}"))
            self.assertNotIn(written[0], "=+-@\t\r")
