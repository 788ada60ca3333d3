"""`Token`: what requests are authorised by, and how long it lasts; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_RENEWED_AT = 1 / 3
"""Of a token's life: before half of it is gone, with time for a second try."""


@dataclass(frozen=True)
class Token:
    """A token as a login or a renewal gave it.

    :param value: the token itself.
    :param obtained: seconds, by the clock of whoever asks.
    :param ttl: seconds that it lives from then; 0 for ever, or for as long as nobody knows.
    :param renewable: whether it can be made to live longer.
    :param first_ttl: seconds that it lived at first: a renewal that gives less is near the
        longest life that it may have.
    :param known: whether the server has said that it knows it.
    """

    value: str = field(repr=False)
    obtained: float
    ttl: float = 0.0
    renewable: bool = False
    first_ttl: float = 0.0
    known: bool = True

    def has_ended(self, now: float) -> bool:
        """Tell whether it is dead by now."""
        return bool(self.ttl) and now >= self.obtained + self.ttl

    def due(self) -> float | None:
        """Give when it is to be renewed or replaced; ``None`` for never."""
        return self.obtained + self.ttl * _RENEWED_AT if self.ttl else None

    @property
    def can_be_renewed(self) -> bool:
        """Whether a renewal would gain something."""
        return self.renewable and self.ttl * 2 > self.first_ttl


def is_token(value: object) -> bool:
    """Tell whether `value` can be sent as a token: a word of printable ASCII."""
    return isinstance(value, str) and bool(value) and value.isascii() and _is_word(value)


def token_of(answer: Mapping[str, Any], now: float, before: Token | None = None) -> Token | None:
    """Give the token in the ``auth`` of an answer, or ``None`` where there is none.

    :param before: the token that this one is a renewal of.
    """
    auth = answer.get("auth")
    if not isinstance(auth, Mapping) or not is_token(auth.get("client_token")):
        return None
    ttl = _seconds(auth.get("lease_duration"))
    return Token(
        value=auth["client_token"],
        obtained=now,
        ttl=ttl,
        renewable=auth.get("renewable") is True,
        first_ttl=before.first_ttl if before is not None else ttl,
    )


def looked_up(value: str, answer: Mapping[str, Any], now: float) -> Token:
    """Give the token `value` with what ``auth/token/lookup-self`` answered about it."""
    data = answer.get("data")
    data = data if isinstance(data, Mapping) else {}
    ttl = _seconds(data.get("ttl"))
    return Token(value, now, ttl, data.get("renewable") is True, ttl)


def _is_word(value: str) -> bool:
    return value.isprintable() and " " not in value


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and value > 0 else 0.0
