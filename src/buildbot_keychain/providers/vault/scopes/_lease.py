"""`Lease`: what an engine made for one scope, and for how long; pure.

An answer without a lease (an SSH certificate, a PKI certificate of a role without leases) may still
say when it ends. Where it does not, it is kept for as long as a build's scope, so that its fields
belong together, and for a minute otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from buildbot_keychain.errors import InvalidSecret, quote
from buildbot_keychain.providers.vault.renewal import Term, parse_seconds
from buildbot_keychain.providers.vault.secrets import DynamicName
from buildbot_keychain.providers.vault.transport import RequestContext
from buildbot_keychain.secretive import secretive

SHORT_LIFE = 60.0
"""Seconds that an answer without a lease and an end is kept for services."""


@secretive
@dataclass(frozen=True)
class Lease:
    """One answer of an engine.

    :param fields: what it contains.
    :param id: the id that renews it; empty where there is no lease.
    :param term: how long it lives.
    """

    fields: Mapping[str, Any] = field(repr=False)
    id: str
    term: Term

    def renewed(self, answer: Mapping[str, Any], now: float) -> Lease:
        """Return the lease after a renewal."""
        term = self.term.renewed(now, answer.get("lease_duration"), answer.get("renewable"))
        return replace(self, term=term)

    def ending_after(self, ttl: float) -> Lease:
        """Return the same with an end of our own."""
        return replace(self, term=replace(self.term, ttl=ttl))

    def text(self, name: DynamicName, context: RequestContext) -> str:
        """Return the field that `name` asks for; of a list of texts, one line for each.

        :raise ProviderError: when there is no such field.
        :raise InvalidSecret: when it is not a text.
        """
        wanted = name.field
        if wanted is None and len(self.fields) == 1:
            wanted = next(iter(self.fields))
        if wanted is None or wanted not in self.fields:
            problem = "choose one"
            if wanted is not None:
                problem = f"{quote(wanted)} is not one of them"
            fields = ", ".join(sorted(map(str, self.fields))) or "none"
            raise context.error(f"the answer has the fields {fields}; {problem}: ...|field")
        value = self.fields[wanted]
        if isinstance(value, list) and all(isinstance(line, str) for line in value):
            value = "\n".join(value)
        if not isinstance(value, str):
            reason = f"the field {quote(wanted)} is of type {type(value).__name__}, not a text"
            raise InvalidSecret(context.provider, context.path, reason)
        return value


def parse_lease(answer: Mapping[str, Any], now: float, wall_clock: float) -> Lease | None:
    """Return what an answer contains, or ``None`` where it contains nothing.

    :param now: seconds, by the caller's clock.
    :param wall_clock: seconds since the epoch, for answers that say when they end.
    """
    fields = answer.get("data")
    if not isinstance(fields, Mapping) or not fields:
        return None
    ttl = parse_seconds(answer.get("lease_duration"))
    if not ttl:
        end = parse_seconds(fields.get("expiration"))
        ttl = max(end - wall_clock, 1.0) if end else 0.0
    lease_id = answer.get("lease_id")
    lease_id = lease_id if isinstance(lease_id, str) else ""
    renewable = bool(lease_id) and answer.get("renewable") is True
    return Lease(fields, lease_id, Term.granted(now, ttl, renewable))
