"""`Lease`: what an engine made for one scope, and for how long; pure.

An answer without a lease (an SSH certificate, a PKI certificate of a role without leases) has an
end all the same where it says so. Where it does not say, it is kept for a scope of a build, so that
its fields belong together, and for a minute otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from buildbot_keychain.errors import InvalidSecret, quote
from buildbot_keychain.providers.vault.secrets._dynamic_names import DynamicName
from buildbot_keychain.providers.vault.transport._request_context import Lookup

RENEWED_AT = 1 / 3
"""Of a life: before half of it is gone, with time for a second try."""

SHORT_LIFE = 60.0
"""Seconds that an answer without lease and end serves whoever is no build."""


@dataclass(frozen=True)
class Lease:
    """One answer.

    :param fields: what it holds.
    :param id: by which it is renewed; empty where there is no lease.
    :param obtained: seconds, by the clock of whoever asks.
    :param ttl: seconds that it lives from then; 0 for as long as its scope.
    :param renewable: whether it can be made to live longer.
    :param first_ttl: seconds that it lived at first.
    """

    fields: Mapping[str, Any] = field(repr=False)
    id: str
    obtained: float
    ttl: float
    renewable: bool
    first_ttl: float

    def has_ended(self, now: float) -> bool:
        """Tell whether it is over."""
        return bool(self.ttl) and now >= self.obtained + self.ttl

    @property
    def can_be_renewed(self) -> bool:
        """Whether a renewal would gain something: near its longest life, it gives less and less."""
        return bool(self.id) and self.renewable and self.ttl * 2 > self.first_ttl

    def due(self) -> float | None:
        """Give when it is to be renewed; ``None`` for never."""
        return self.obtained + self.ttl * RENEWED_AT if self.can_be_renewed else None

    def renewed(self, answer: Mapping[str, Any], now: float) -> Lease:
        """Give what it has become by a renewal."""
        ttl = _seconds(answer.get("lease_duration"))
        return replace(self, obtained=now, ttl=ttl, renewable=answer.get("renewable") is True)

    def ending_after(self, seconds: float) -> Lease:
        """Give the same with an end of our own."""
        return replace(self, ttl=seconds)

    def text(self, name: DynamicName, lookup: Lookup) -> str:
        """Give the field that `name` asks for; of a list of texts, a line for each.

        :raise ProviderError: when there is no such field.
        :raise InvalidSecret: when it is not a text.
        """
        wanted = name.field
        if wanted is None and len(self.fields) == 1:
            wanted = next(iter(self.fields))
        if wanted is None or wanted not in self.fields:
            asked = "say which one" if wanted is None else f"{quote(wanted)} is not one of them"
            fields = ", ".join(sorted(map(str, self.fields))) or "none"
            raise lookup.failed(f"the answer has the fields {fields}; {asked}: ...|field")
        value = self.fields[wanted]
        if isinstance(value, list) and all(isinstance(line, str) for line in value):
            value = "\n".join(value)
        if not isinstance(value, str):
            reason = f"the field {quote(wanted)} is of type {type(value).__name__}, and no text"
            raise InvalidSecret(lookup.provider, lookup.path, reason)
        return value


def lease_of(answer: Mapping[str, Any], now: float, wall: float) -> Lease | None:
    """Give what an answer holds, or ``None`` where it holds nothing.

    :param now: seconds, by the clock of whoever asks.
    :param wall: seconds since the epoch, for answers that say when they end.
    """
    fields = answer.get("data")
    if not isinstance(fields, Mapping) or not fields:
        return None
    ttl = _seconds(answer.get("lease_duration"))
    identifier = answer.get("lease_id")
    if not ttl:
        end = _seconds(fields.get("expiration"))
        ttl = max(end - wall, 1.0) if end else 0.0
    return Lease(
        fields=fields,
        id=identifier if isinstance(identifier, str) else "",
        obtained=now,
        ttl=ttl,
        renewable=answer.get("renewable") is True,
        first_ttl=ttl,
    )


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and value > 0 else 0.0
