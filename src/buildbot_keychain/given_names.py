"""Where and how a master records which secrets its builds were given, for whoever reads it.

A name is stored in ASCII, so that any database keeps it; other characters as in a Python string.
"""

from __future__ import annotations

TABLE = "keychain_given"
"""The table in the master's database."""


def stored(name: str) -> str:
    """Return a name as it is stored."""
    return name.encode("unicode_escape").decode("ascii")


def read(text: str) -> str:
    """Return the name that is stored as `text`; what this library has not written stays."""
    try:
        return text.encode("ascii").decode("unicode_escape")
    except UnicodeError:
        return text
