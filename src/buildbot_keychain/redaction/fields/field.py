"""What a field of a value is."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from buildbot_keychain.secretive import secretive

__all__ = ["Field", "Role"]


class Role(enum.Enum):
    """What the key or the place of a field says about it."""

    SECRET = "secret"  # noqa: S105 - not one
    """A password, token or key."""

    PUBLIC = "public"
    """A user, a host, a type, a region: known to many, or easily guessed."""

    UNKNOWN = "unknown"
    """Nothing: the field is judged by its text."""


@secretive
@dataclass(frozen=True)
class Field:
    """A text in a structured value."""

    text: str
    """As whoever reads the structure sees it."""

    key: str = ""
    """What it is called there; empty if it has no name."""

    role: Role = Role.UNKNOWN
    """What the key or the place says."""

    inside: tuple[Field, ...] = ()
    """The fields that it is itself made of."""

    def all(self) -> Iterator[Field]:
        """Yield this field and those inside."""
        yield self
        for field in self.inside:
            yield from field.all()

    def __repr__(self) -> str:
        """Return the key and the role, and nothing of the text."""
        return f"<{type(self).__name__} {self.key!r}, {self.role.value}>"
