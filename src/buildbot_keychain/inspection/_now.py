"""What configurations of this process have read at once, with ``secrets.now``.

Buildbot may quote such a value, as it may quote any argument that is wrong. So whoever keeps the
values says how a redactor gets to know them.
"""

from __future__ import annotations

from collections.abc import Callable

from buildbot_keychain.redaction import RedactionPolicy, Redactor

_names: set[str] = set()
_keepers: list[Callable[[Redactor], None]] = []


def note_read(name: str) -> None:
    """Note that a configuration has read the secret `name`."""
    _names.add(name)


def names_read() -> frozenset[str]:
    """Return the names that have been read."""
    return frozenset(_names)


def keep_values(add_to: Callable[[Redactor], None]) -> None:
    """Have `add_to` make a redactor know the values that have been read."""
    _keepers.append(add_to)


def without_values(text: str) -> str:
    """Return a text without the values that have been read."""
    redactor = Redactor(RedactionPolicy.raw())
    for add_to in _keepers:
        add_to(redactor)
    return redactor.redact(text)
