"""A value whose special characters are written twice, or behind a mark of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["dollar_signs", "doubled_quotes", "doubled_single_quotes", "service_messages"]


def doubled_quotes(value: str) -> Iterator[str]:
    """Quotes twice: SQL (ISO 9075), PowerShell, CSV (RFC 4180); signs of percentage, and braces.

    PostgreSQL has backslashes twice as well, in ``E'...'`` and in rows.
    """
    yield value.replace("'", "''")
    yield value.replace('"', '""')
    yield value.replace("%", "%%")
    yield value.replace("{", "{{").replace("}", "}}")
    yield re.sub('([`$"])', r"`\1", value)
    doubled = value.replace("\\", "\\\\")
    yield doubled.replace("'", "''")
    yield doubled.replace('"', '""')


def doubled_single_quotes(value: str) -> Iterator[str]:
    """Single quotes twice: inside single quotes of YAML (1.2.2 section 7.3.2) and SQL."""
    yield value.replace("'", "''")


def dollar_signs(value: str) -> Iterator[str]:
    """Dollar signs twice, as make and Docker Compose want them, or once if it was written so.

    ninja also has one before colons and blanks. systemd doubles signs of percentage as well, and so
    does Terraform, in strings and only before braces.
    """
    yield value.replace("$", "$$")
    yield value.replace("$$", "$")
    yield re.sub("[$: ]", r"$\g<0>", value)
    yield re.sub("[$ ]", r"$\g<0>", value)
    yield value.replace("$", "$$").replace("%", "%%")
    literal = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    yield re.sub(r"[$%](?=\{)", r"\g<0>\g<0>", literal)


_IN_MESSAGES = {ord(mark): f"|{mark}" for mark in "|'[]"} | {10: "|n", 13: "|r"}


def service_messages(value: str) -> Iterator[str]:
    """With bars, in service messages of TeamCity, where what is not ASCII may be a number."""
    text = value.translate(_IN_MESSAGES)
    yield text
    for digits in ("04x", "04X"):
        yield re.sub("[^\x00-\x7f]", lambda match: f"|0x{ord(match[0]):{digits}}", text)  # noqa: B023
