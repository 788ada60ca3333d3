"""A value whose special characters are written twice, or behind a mark of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["dollar_signs", "doubled_quotes", "doubled_single_quotes"]


def doubled_quotes(value: str) -> Iterator[str]:
    """Quotes twice: SQL (ISO 9075), PowerShell, CSV (RFC 4180); and signs of percentage.

    PostgreSQL has backslashes twice as well, in ``E'...'`` and in rows.
    """
    yield value.replace("'", "''")
    yield value.replace('"', '""')
    yield value.replace("%", "%%")
    yield re.sub('([`$"])', r"`\1", value)
    doubled = value.replace("\\", "\\\\")
    yield doubled.replace("'", "''")
    yield doubled.replace('"', '""')


def doubled_single_quotes(value: str) -> Iterator[str]:
    """Single quotes twice: inside single quotes of YAML (1.2.2 section 7.3.2) and SQL."""
    yield value.replace("'", "''")


def dollar_signs(value: str) -> Iterator[str]:
    """Dollar signs twice, as make and Docker Compose want them, or once if it was written so.

    ninja also has one before colons and blanks.
    """
    yield value.replace("$", "$$")
    yield value.replace("$$", "$")
    yield re.sub("[$: ]", r"$\g<0>", value)
    yield re.sub("[$ ]", r"$\g<0>", value)
