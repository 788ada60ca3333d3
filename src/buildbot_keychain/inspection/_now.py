"""Names of secrets that configurations of this process have read at once, with ``secrets.now``."""

from __future__ import annotations

_names: set[str] = set()


def note_read(name: str) -> None:
    """Note that a configuration has read the secret `name`."""
    _names.add(name)


def names_read() -> frozenset[str]:
    """Return the names that have been read."""
    return frozenset(_names)
