"""`Recording`: has the audit trail record lookups, and what a policy decides on them.

Each lookup has one event, when it ends: also where its answer is shared with others, or comes from
a cache. What a policy denies is a decision; so is what it decides without a lookup.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from time import perf_counter

from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure

from buildbot_keychain.access import Observation
from buildbot_keychain.audit import Administration, AuditTrail, Decision, Given, Lookup
from buildbot_keychain.audit.asked import ASKED, Asked
from buildbot_keychain.audit.events import FAILED, NOT_FOUND, WITHHELD
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

_MOST_KEPT = 4096
"""What was given, and to whom, that is kept for when it is given again."""


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
        self._given: dict[tuple[str, int], Given] = {}

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
        if self.trail.is_watched:
            given = self.given(name, requester or _UNKNOWN, details)
            took = perf_counter() - start
            if self.trail.fails_closed:
                await self._require(given, took)
            else:
                self.trail.give(given, took)
        self.counts.given[details.source] += 1
        return details

    def given(self, name: str, requester: Requester, details: SecretDetails) -> Given:
        """Return what is to be recorded when a secret is given; the same for lookups alike.

        :param details: what is given, and what was learned in the course of its lookup.
        """
        asked, provider = details.asked, details.source
        seen = asked.seen
        canonical, decision = asked.canonical, ""
        rules: tuple[object, ...] = ()
        if seen is not None:
            canonical = canonical or seen.canonical.get(provider, "")
            if seen.rules:
                decision, rules = seen.outcome, seen.rules
        digest = "" if self.digest_key is None else self.digest(details.value)
        facts = provider, canonical, details.version, decision, asked.answer, digest
        key = name, id(requester)
        given = self._given.get(key)
        if given is None or not given.says(rules, facts):
            if len(self._given) >= _MOST_KEPT:
                self._given.clear()
            # While it is kept, no other requester has its id.
            given = self._given[key] = Given(name, requester, rules, facts)
        return given

    def again(self, given: Given, details: SecretDetails) -> None:
        """Record that a secret is given again, where nobody has to wait for that.

        :param given: what `given` has returned before for these details.
        """
        provider, *_, digest = given.facts
        self.counts.given[provider] += 1
        if self.trail.is_watched:
            if self.digest_key is not None or digest:
                # The key may be another one than then.
                given = self.given(given.secret, given.requester, details)
            self.trail.give(given, None)

    def record_direct(
        self, name: str, requester: Requester, details: SecretDetails
    ) -> Awaitable[None] | None:
        """Record that a provider was asked by somebody else's code, and has answered.

        :return: what must have succeeded before anybody gets the answer, if anything.
        """
        self.counts.given[details.source] += 1
        if not self.trail.is_watched:
            return None
        details.asked = Asked()
        given = self.given(name, requester, details)
        if self.trail.fails_closed:
            return self._require(given, None)
        self.trail.give(given, None)
        return None

    async def _require(self, given: Given, took: float | None) -> None:
        """Record that a value is given, before anybody gets it.

        :raise AuditUnavailable: when it cannot be recorded.
        """
        try:
            await self.trail.require(given, took)
        except (AuditUnavailable, CancelledError) as error:
            self.counts.note_error(error)
            reason = "the lookup was cancelled meanwhile"
            if isinstance(error, AuditUnavailable):
                reason = error.reason
            withheld = Lookup(given.secret, given.requester, WITHHELD, given.provider, error=reason)
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
        rules = () if seen is None else self.trail.rules.of(seen.rules)
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

    def _decision(self, seen: Observation, seconds: float | None = None) -> Decision:
        rules = self.trail.rules.of(seen.rules)
        return Decision(seen.name, seen.requester, seen.outcome, rules, seen.reasons(), seconds)


def _canonical(asked: Asked, provider: str) -> str:
    """Return the one spelling in a provider of the name that was asked for; empty if not known."""
    if asked.canonical or asked.seen is None:
        return asked.canonical
    spelling: str = asked.seen.canonical.get(provider, "")
    return spelling
