"""`Term`: how long a token or a lease lives, and when it must be renewed; pure.

Times are in seconds, by the caller's clock. A credential is renewed after a third of its life,
which leaves time for further attempts if that fails; they come more often as its end comes nearer.
A server allows a longest life. Near that a renewal gains little, and none is attempted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_RENEWED_AT = 1 / 3
"""The part of its life after which a credential is renewed."""
_RETRIED_AT = 1 / 4
"""The part of the remaining time after which a renewal that failed is tried again."""
_SHORTEST_WAIT = 0.5


@dataclass(frozen=True)
class Term:
    """The life of a credential.

    :param obtained: when it began.
    :param ttl: how long it lives from then; 0 where it has no end, or none is known.
    :param renewable: whether it can be made to live longer.
    :param first_ttl: how long it lived at first.
    """

    obtained: float
    ttl: float = 0.0
    renewable: bool = False
    first_ttl: float = 0.0

    @classmethod
    def granted(cls, now: float, duration: object, renewable: object) -> Term:
        """Return the term that a server grants, by the values of its answer."""
        ttl = parse_seconds(duration)
        return cls(now, ttl, renewable is True, ttl)

    def renewed(self, now: float, duration: object, renewable: object) -> Term:
        """Return the term after a renewal, by the values of the server's answer."""
        return replace(self, obtained=now, ttl=parse_seconds(duration), renewable=renewable is True)

    def has_ended(self, now: float) -> bool:
        """Return whether it is over."""
        return bool(self.ttl) and now >= self.obtained + self.ttl

    def remaining(self, now: float) -> float:
        """Return how long it still lives, at least 0; for one without an end, 0."""
        return max(self.obtained + self.ttl - now, 0.0) if self.ttl else 0.0

    def left(self, now: float) -> float | None:
        """Return how long it still lives; ``None`` where it has no end."""
        return self.remaining(now) if self.ttl else None

    @property
    def can_be_renewed(self) -> bool:
        """Whether a renewal would gain something."""
        return self.renewable and self.ttl * 2 > self.first_ttl

    @property
    def due(self) -> float | None:
        """When it must be renewed or replaced; ``None`` for never."""
        return self.obtained + self.ttl * _RENEWED_AT if self.ttl else None

    def next_attempt(self, now: float) -> float | None:
        """Return when to try again after a renewal that failed; ``None`` when it is too late."""
        left = self.remaining(now)
        return now + max(left * _RETRIED_AT, _SHORTEST_WAIT) if left > 0 else None


def parse_seconds(value: object) -> float:
    """Return a duration or a time of an answer in seconds; 0 where it has none."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and value > 0 else 0.0  # type: ignore[arg-type, operator]
