"""What a decrypted entry of a password store says: its first line, its fields, all of it.

The first line is the password; lines like ``user: alice`` below it are fields, and so are those of
the YAML that gopass puts below ``---`` (pass(1), "Description"; gopass, docs/secrets.md). Pure.
"""

from __future__ import annotations

WHOLE = "*"
"""The field that stands for the whole entry, exactly as it is."""

ONE_TIME = "otp"
"""The field that stands for the current code of the entry's ``otpauth://`` line."""

_GOPASS_MIME = "GOPASS-SECRET-1.0"


def is_readable(entry: str) -> bool:
    """Tell whether `entry` has its password in its first line.

    Entries that gopass 1.10 to 1.12 wrote begin with a header instead.
    """
    return _lines(entry)[0] != _GOPASS_MIME


def password(entry: str) -> str:
    """Give the first line, without its line end."""
    return _lines(entry)[0]


def field(entry: str, name: str) -> str | None:
    """Give what follows ``name:`` in the first line below the password that begins with it.

    Blanks around it are left out. ``None`` where there is no such line.
    """
    for line in _lines(entry)[1:]:
        key, mark, value = line.partition(":")
        if mark and key.strip() == name:
            return value.strip()
    return None


def one_time_uri(entry: str) -> str | None:
    """Give the first line that is an ``otpauth://`` URI, or ``None``."""
    lines = (line.strip() for line in _lines(entry))
    return next((line for line in lines if line.lower().startswith("otpauth://")), None)


def _lines(entry: str) -> list[str]:
    return [line.removesuffix("\r") for line in entry.split("\n")]
