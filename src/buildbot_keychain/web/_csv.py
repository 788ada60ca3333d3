"""`table`: CSV (RFC 4180) that a spreadsheet shows as text, whatever the names in it are."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

CSV = "text/csv; charset=utf-8"

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that a spreadsheet would calculate; full-width forms count as well."""


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table with a header.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(content: object) -> str:
    text = "" if content is None else str(content)
    return f"'{text}" if text.startswith(_FORMULA) else text
