"""`table`: CSV (RFC 4180) that a spreadsheet shows as text, whatever the names in it are."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice

CSV = "text/csv; charset=utf-8"

_TOGETHER = 50
"""Rows that are written at once."""

_FORMULA = "[-=+@\uff1d\uff0b\uff0d\uff20]"
"""What a cell begins with that a spreadsheet would calculate; full-width forms count as well."""

_BEGIN = re.compile(rf"^(?={_FORMULA}|[\t\r\n])|(?<=[;\t\r\n])((?:[^\S\t\r\n]|\")*)(?={_FORMULA})")
"""Where a cell begins so, also for a spreadsheet that takes another mark to separate cells."""


_MAY_BEGIN = re.compile(rf"^{_FORMULA}|[;\t\r\n]")
"""What every text has in which a cell begins so; most have not."""


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a table with a header, some rows at a time.

    What a spreadsheet would take for a formula gets an apostrophe in front, also within a cell,
    where it follows a mark that separates cells in some countries.
    """
    rows = iter(rows)
    some: list[Sequence[object]] = [header]
    while some:
        text = StringIO()
        csv.writer(text).writerows([_cell(each) for each in row] for row in some)
        yield text.getvalue().encode("utf-8", "backslashreplace").decode()
        some = list(islice(rows, _TOGETHER))


def _cell(content: object) -> str:
    text = "" if content is None else str(content)
    return text if _MAY_BEGIN.search(text) is None else _BEGIN.sub(r"\1'", text)
