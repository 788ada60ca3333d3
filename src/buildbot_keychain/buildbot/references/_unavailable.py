"""A property of a running build whose secret cannot be looked up: who reads it gets the error.

Buildbot keeps a property as a tuple of its value and its source. `Unavailable` is such a tuple that
does not give its value away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from buildbot_keychain.errors import KeychainError

Entry = tuple[Any, str]
"""A property: its value and its source."""


class Unavailable(Entry):
    """The stored text of a property and its source; reading the text raises `error`."""

    error: KeychainError

    @classmethod
    def of(cls, entry: Entry, error: KeychainError) -> Unavailable:
        """Return `entry` as one that cannot be read."""
        unavailable = cls(entry)
        unavailable.error = error
        return unavailable

    def __getitem__(self, index: Any) -> Any:
        """Return the source; raise the error for anything else."""
        return tuple.__getitem__(self, 1) if index == 1 else self._fail()

    def __iter__(self) -> Iterator[Any]:
        """Raise the error."""
        self._fail()

    def __repr__(self) -> str:
        return f"Unavailable({str(self.error)!r})"

    def _fail(self) -> NoReturn:
        raise self.error.with_traceback(None)


def stored_entry(entry: Any) -> Entry:
    """Return a property of a build as it is stored, which is no error."""
    value, source = tuple.__iter__(entry)
    return value, source
