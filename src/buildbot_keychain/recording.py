"""`Recording`: has the audit trail record lookups, and what a policy decides on them.

Each lookup has one event, when it ends: also where its answer is shared with others, or comes from
a cache. What a policy denies is a decision; so is what it decides without a lookup.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Hashable
from time import perf_counter
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure

from buildbot_keychain.access import Observation
from buildbot_keychain.audit import Administration, AuditTrail, Decision, Lookup
from buildbot_keychain.audit.asked import ASKED, Asked
from buildbot_keychain.audit.events import FAILED, GIVEN, NOT_FOUND, WITHHELD
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import (
    AuditUnavailable,
    ProviderError,
    SecretNotFound,
    safe_summary,
)
from buildbot_keychain.metrics import LookupCounts
from buildbot_keychain.secretive import secretive
from buildbot_keychain.uses import REFUSED

_UNKNOWN = Requester("unknown")

_MOST_DESCRIBED = 4096
"""Rules, and combinations of them, whose texts are kept."""


@secretive
class Recording:
    """Records the lookups of one manager.

    :param trail: where the events go.
    :ivar counts: how many there were, for metrics.
    :ivar digest_key: the key of the digests of values that events have; without it, they have none.
    """

    def __init__(self, trail: AuditTrail) -> None:
        self.trail = trail
        self.counts = LookupCounts()
        self.digest_key: bytes | None = None
        self._observers: list[Callable[[Observation], object]] = []
        self._described: dict[tuple[int, ...], tuple[tuple[str, ...], object]] = {}

    def tell(self, observer: Callable[[Observation], object]) -> None:
        """Call `observer` with an `Observation` of each lookup."""
        self._observers.append(observer)

    def observe(self, seen: Observation) -> None:
        """Take what `Access` has decided."""
        self.counts.decided[seen.outcome] += 1
        asked = ASKED.get()
        if asked is not None and asked.seen is None:
            asked.seen = seen
        elif self.trail.is_watched and seen.rules:
            self.trail.record(self._decision(seen))
        for observer in self._observers:
            observer(seen)

    async def recorded(
        self,
        name: str,
        requester: Requester | None,
        look_up: Callable[[], Awaitable[SecretDetails]],
    ) -> SecretDetails:
        """Return what `look_up` does, once it is recorded. Call it in a context of its own.

        :raise AuditUnavailable: when it cannot be, and must.
        """
        asked, start = Asked(), perf_counter()
        ASKED.set(asked)  # the context is that of this lookup alone
        try:
            details = await look_up()
        except Exception as error:
            self.counts.note_error(error)
            if self.trail.is_watched:
                took = perf_counter() - start
                self._record_error(name, requester or _UNKNOWN, asked, (error, took))
            raise
        details.asked = asked
        if self.trail.fails_closed:
            took = perf_counter() - start
            await self._require(self._lookup(name, requester or _UNKNOWN, asked, details, took))
            self.counts.given[details.source] += 1
        else:
            self.given(name, requester or _UNKNOWN, details, start)
        return details

    def given(
        self,
        name: str,
        requester: Requester,
        details: SecretDetails,
        start: float | None = None,
        key: Hashable = None,
    ) -> None:
        """Record that a secret is given, where nobody has to wait for that.

        :param details: what is given, and what was learned in the course of its lookup.
        :param start: when the lookup began, if there was one.
        :param key: what `key_of` returns.
        """
        self.counts.given[details.source] += 1
        trail = self.trail
        if not trail.is_watched:
            return
        key = key or self.key_of(name, requester, details)
        if key is None or not trail.repeat(key):
            seconds = None if start is None else perf_counter() - start
            trail.record(self._lookup(name, requester, details.asked, details, seconds), key)

    def key_of(self, name: str, requester: Requester, details: SecretDetails) -> Hashable:
        """Return what is equal for lookups that are alike while their event is kept.

        ``None`` where their events may differ, as those of values that may differ.
        """
        if self.digest_key is not None:
            return None
        asked, source = details.asked, details.source
        seen = asked.seen
        decided = seen and (
            seen.outcome,
            seen.canonical.get(source),
            tuple(map(id, seen.rules)),
        )
        # Nothing else has these ids then: the event has the requester, `_described` the rules.
        return (
            name,
            id(requester),
            source,
            details.version,
            asked.answer,
            asked.canonical,
            decided,
        )

    def record_direct(
        self, name: str, requester: Requester, details: SecretDetails
    ) -> Awaitable[None] | None:
        """Record that a provider was asked by somebody else's code, and has answered.

        :return: what must have succeeded before anybody gets the answer, if anything.
        """
        self.counts.given[details.source] += 1
        if not self.trail.is_watched:
            return None
        event = self._lookup(name, requester, Asked(), details, None)
        if self.trail.fails_closed:
            return self._require(event)
        self.trail.record(event)
        return None

    async def _require(self, event: Lookup) -> None:
        """Record that a value is given, before anybody gets it.

        :raise AuditUnavailable: when it cannot be recorded.
        """
        try:
            await self.trail.require(event, event.secret)
        except (AuditUnavailable, CancelledError) as error:
            self.counts.note_error(error)
            reason = "the lookup was cancelled meanwhile"
            if isinstance(error, AuditUnavailable):
                reason = error.reason
            withheld = Lookup(event.secret, event.requester, WITHHELD, event.provider, error=reason)
            self.trail.record(withheld)
            raise

    async def evicted(
        self,
        evict: Callable[[], Awaitable[None]],
        name: str | None,
        provider: str | None,
        person: str = "",
    ) -> None:
        """Do what `evict` does, and record that.

        :param name: the name of the secret that is evicted; ``None`` for all of them.
        :param provider: the name of its provider; ``None`` for all of them.
        :param person: who wants it; empty for code that runs here.
        """
        outcome = "done"
        try:
            await evict()
        except Exception as error:
            outcome = safe_summary(Failure(error))
            raise
        finally:
            about = {"secret": name or "", "provider": provider or "", "outcome": outcome}
            self.trail.record(Administration("evict", person=person, **about))

    def note_action(
        self, provider: str, action: str, person: str, secret: str, outcome: str
    ) -> None:
        """Record what somebody has done to a provider: see `IRecordsActions`."""
        self.trail.record(Administration(action, person, secret, provider, outcome))

    def _lookup(
        self,
        name: str,
        requester: Requester,
        asked: Asked,
        details: SecretDetails,
        seconds: float | None,
    ) -> Lookup:
        facts: dict[str, Any] = {
            "secret": name,
            "requester": requester,
            "outcome": GIVEN,
            "provider": details.source,
            "answer": asked.answer,
            "seconds": seconds,
        }
        seen = asked.seen
        if seen is not None and seen.rules:
            facts["decision"] = seen.outcome
            facts["rules"] = self._rules(seen)
        canonical = _canonical(asked, details.source)
        if details.version is not None or canonical:
            facts["version"], facts["canonical"] = details.version, canonical
        if self.digest_key is not None:
            facts["digest"] = self.digest(details.value)
        return Lookup.of(**facts)

    def digest(self, value: str) -> str:
        """Return the keyed digest of a value; empty where those are not wanted."""
        if self.digest_key is None:
            return ""
        text = value.encode("utf-8", "surrogatepass")
        return hmac.digest(self.digest_key, text, "sha256").hex()

    def _record_error(
        self, name: str, requester: Requester, asked: Asked, what: tuple[Exception, float]
    ) -> None:
        error, seconds = what
        seen = asked.seen
        if seen is not None and seen.outcome in REFUSED:
            self.trail.record(self._decision(seen, seconds))
            return
        rules = self._rules(seen) if seen is not None else ()
        provider = error.provider if isinstance(error, ProviderError) else ""
        outcome = NOT_FOUND if isinstance(error, SecretNotFound) else FAILED
        self.trail.record(
            Lookup(
                str(name),
                requester,
                outcome,
                provider,
                _canonical(asked, provider),
                decision=seen.outcome if rules else "",
                rules=rules,
                error=f"{type(error).__name__}: {safe_summary(Failure(error))}",
                seconds=seconds,
            )
        )

    def _rules(self, seen: Observation) -> tuple[str, ...]:
        """Return the rules that have decided, each with where it is written."""
        key = tuple(map(id, seen.rules))
        found = self._described.get(key)
        if found is None:
            rules = [f"{rule!r} ({rule.location})" for rule in seen.rules if rule is not None]
            if len(self._described) >= _MOST_DESCRIBED:
                self._described.clear()
                self.trail.end_repetitions()
            # While the rules are kept, no others have their ids.
            found = self._described[key] = tuple(dict.fromkeys(rules)), seen.rules
        return found[0]

    def _decision(self, seen: Observation, seconds: float | None = None) -> Decision:
        rules = self._rules(seen)
        return Decision(seen.name, seen.requester, seen.outcome, rules, seen.reasons(), seconds)


def _canonical(asked: Asked, provider: str) -> str:
    """Return the one spelling in a provider of the name that was asked for; empty if not known."""
    if asked.canonical or asked.seen is None:
        return asked.canonical
    spelling: str = asked.seen.canonical.get(provider, "")
    return spelling
