"""`Watch`: looks again and again for what is too old or ends soon.

It looks at what the providers use themselves, and at the secrets that were looked up since the
start. What their answers have said is enough for most; a provider is asked about a secret only
before it is warned of, or where its answers do not say how old a secret is. A provider that fails
is left alone until the next time, and what was found of it before stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.attention._ages import DAY, MaxAge
from buildbot_keychain.attention._attention import EXPIRED, EXPIRES, TOO_OLD, Attention
from buildbot_keychain.attention._list import AttentionList
from buildbot_keychain.attention._seen import Seen, SeenSecrets, core_of
from buildbot_keychain.certificates import Period
from buildbot_keychain.deferreds import within
from buildbot_keychain.details import SECRET, Expiry, SecretDescription
from buildbot_keychain.interfaces import ICanonicalNames, IDescribes, IExpires

FIRST = 60.0
"""Seconds from the start to the first look."""

INTERVAL = 3600.0
"""Seconds between two looks."""

SOON = 14 * DAY
"""Seconds before the end of something, from when on it is warned of."""

_SHARE = 1 / 4
"""The part of its life that something short-lived has left when it is warned of."""

_DEADLINE = 30.0
"""Seconds that a provider has for one answer."""


class Watch:
    """Looks at the providers and secrets of one manager.

    :param attention: what it finds is put there.
    :param seen: what was looked up.
    :param configured: returns the providers, and how old secrets may be.
    :param clock: returns an ``IReactorTime``.
    """

    def __init__(
        self,
        attention: AttentionList,
        seen: SeenSecrets,
        configured: Callable[[], tuple[Sequence[Any], MaxAge]],
        clock: Callable[[], Any],
    ) -> None:
        self._attention = attention
        self._seen = seen
        self._configured = configured
        self._clock = clock
        self._timer: Any = None
        self._looking: Deferred[None] | None = None

    def start(self) -> None:
        """Look soon, and then every hour."""
        self.stop()
        self._timer = self._clock().callLater(FIRST, self._time_is_up)

    def stop(self) -> None:
        """Look no more."""
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.addErrback(lambda _: None).cancel()

    def look(self) -> Deferred[None]:
        """Look now; never fails."""
        return Deferred.fromCoroutine(self._look())

    def _time_is_up(self) -> None:
        # From its start, so that one that was cancelled is not the end.
        self._timer = self._clock().callLater(INTERVAL, self._time_is_up)
        if self._looking is None:
            self._looking = looking = self.look()

            def ended(result: object) -> object:
                if self._looking is looking:
                    self._looking = None
                return result

            looking.addBoth(ended)

    async def _look(self) -> None:
        providers, ages = self._configured()
        parts: list[str] = []
        for provider in providers:
            for part, find in (
                (f"{provider.name} itself", partial(self._of_provider, provider)),
                (provider.name, partial(self._of_secrets, provider, ages)),
            ):
                parts.append(part)
                found = await self._tried(find)
                if found is not None:
                    self._attention.put(part, found)
        self._attention.keep(parts)

    async def _tried(self, find: Callable[[], Any]) -> list[Attention] | None:
        """Return what `find` does; ``None`` if it fails."""
        try:
            found: list[Attention] = await find()
        except Exception:  # noqa: BLE001 - lookups say what is wrong with a provider
            return None
        return found

    async def _of_provider(self, provider: Any) -> list[Attention]:  # noqa: ANN401 - an ISecretProvider
        expiries: list[Expiry] = []
        name = provider.name
        if IExpires.providedBy(provider):
            expiries = await self._asked(provider.expiries)
        return list(self._expiring(name, expiries))

    def _expiring(self, provider: str, expiries: Sequence[Expiry]) -> Iterator[Attention]:
        for each in expiries:
            problem = self._problem(each.when, each.life)
            if problem:
                yield Attention(each.kind, problem, provider, each.name, each.when, each.remedy)

    async def _of_secrets(self, provider: Any, ages: MaxAge) -> list[Attention]:  # noqa: ANN401 - an ISecretProvider
        found: dict[str, Attention] = {}
        for path, seen in self._seen.of(provider.name).items():
            limit = ages.of(provider.name, path)
            known = SecretDescription(path, seen.version, seen.created, seen.expires)
            valid, is_certain = seen.valid, limit is None or seen.created is not None
            if is_certain and not self._problem_of_secret(provider.name, known, valid, limit):
                continue
            # It may have been replaced since it was looked up.
            if IDescribes.providedBy(core_of(provider)):
                described: SecretDescription | None = await self._asked(
                    partial(provider.describe, path)
                )
                if described is None:
                    continue
                known, valid = described, None if _is_newer(described, seen) else valid
            elif ICanonicalNames.providedBy(provider):
                name = await self._asked(partial(provider.canonical, path))
                known = replace(known, name=name or path)
            item = self._problem_of_secret(provider.name, known, valid, limit)
            if item is not None:
                found[known.name] = item
        return list(found.values())

    def _problem_of_secret(
        self, provider: str, known: SecretDescription, valid: Period | None, limit: float | None
    ) -> Attention | None:
        """Return what is wrong with a secret, if anything.

        :param valid: when it is valid, if it is a certificate.
        :param limit: how old it may be.
        """
        item = partial(Attention, SECRET, provider=provider, name=known.name)
        if valid is not None:
            problem = self._problem(valid.ends, valid.ends - valid.begins)
            if problem:
                remedy = "it is a certificate: store a renewed one"
                return item(problem=problem, when=valid.ends, remedy=remedy)
        problem = self._problem(known.expires, None)
        if problem and known.expires is not None:
            return item(problem=problem, when=known.expires, remedy="store a new value")
        if limit is not None and known.created is not None:
            since = known.created + limit
            if since < self._now():
                remedy = f"replace it: max_age allows {limit / DAY:g} days"
                return item(problem=TOO_OLD, when=since, remedy=remedy)
        return None

    def _problem(self, when: float | None, life: float | None) -> str:
        """Return what is wrong with something that ends then; empty if nothing is."""
        if when is None:
            return ""
        left = when - self._now()
        if left <= 0:
            return EXPIRED
        return EXPIRES if left < min(SOON, SOON if life is None else life * _SHARE) else ""

    def _now(self) -> float:
        return float(self._clock().seconds())

    async def _asked(self, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - of any type
        """Return what a provider answers, within a deadline."""
        try:
            return await within(_DEADLINE, maybeDeferred(ask), self._clock())
        except DeferredTimeout:
            raise TimeoutError from None


def _is_newer(described: SecretDescription, seen: Seen) -> bool:
    """Return whether a secret is another one than when it was looked up."""
    if described.version is not None and seen.version is not None:
        return described.version != seen.version
    return described.created is not None and described.created > seen.at
