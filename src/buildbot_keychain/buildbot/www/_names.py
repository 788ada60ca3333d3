"""`NameLists`: the names of the secrets that providers can list, for pages.

A list is kept for a few seconds, so that many who look at pages cost a provider no more than one. A
provider is asked in a thread of its own: one that hangs keeps no other waiting, and is not asked
again while that goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.defer import gatherResults
from twisted.python.failure import Failure

from buildbot_keychain import utf8
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.errors import message_of, safe_summary
from buildbot_keychain.interfaces import ICanonicalNames, IListsNames
from buildbot_keychain.single_flight import SingleFlight
from buildbot_keychain.workpool import run_once

KEPT = 15.0
"""Seconds for which a list is kept."""

DEADLINE = 5.0
"""Seconds that a provider may take to list its secrets."""

MOST = 100_000
"""Names of one provider that are listed."""

_SILENT = f"it has not listed its secrets within {DEADLINE:g} seconds"


@dataclass(frozen=True)
class NameList:
    """The names of a provider's secrets, sorted.

    :param problem: why some are missing, or all of them, without a full stop.
    """

    names: tuple[str, ...] = ()
    problem: str = ""


@dataclass
class _Entry:
    provider: Any
    answering: Any  # kept, so that nothing else gets its id
    found: NameList = field(default_factory=NameList)
    until: float = 0.0
    is_busy: bool = False


class NameLists:
    """Lists names.

    :param clock: returns the reactor.
    """

    def __init__(self, clock: Callable[[], Any]) -> None:
        self._clock = clock
        self._entries: dict[int, _Entry] = {}
        """By the id of what answers.

        Services are equal if they are configured alike, and stay if configured otherwise.
        """
        self._flights = SingleFlight()

    @returns_deferred
    async def of(self, providers: Sequence[Any]) -> dict[str, NameList]:
        """Return the lists of those providers that can list their secrets, by their names."""
        asked = [provider for provider in providers if lists(provider)]
        known, entries = self._entries, [_Entry(each, _answering(each)) for each in asked]
        self._entries = {(key := id(each.answering)): known.get(key, each) for each in entries}
        entered, do = self._entries.items(), self._flights.do
        found = await gatherResults([do(key, partial(self._of, each)) for key, each in entered])
        return {provider.name: each for provider, each in zip(asked, found, strict=True)}

    def forget(self, provider: str) -> None:
        """Have the next caller wait for the list that a provider of this name has by then."""
        for key, entry in list(self._entries.items()):
            if entry.provider.name == provider:
                del self._entries[key]
                self._flights.close(key)

    async def _of(self, entry: _Entry) -> NameList:
        reactor = self._clock()
        if entry.is_busy or reactor.seconds() < entry.until:
            return entry.found
        entry.is_busy = True

        def work() -> NameList:
            try:
                return _listed(entry.provider.names())
            finally:
                entry.is_busy = False

        try:
            entry.found = await run_once(reactor, DEADLINE, "keychain-names", work)
        except DeferredTimeout:
            entry.found = NameList((), _SILENT)
        except Exception as error:  # noqa: BLE001 - a provider may be anybody's
            entry.found = NameList((), message_of(error) or safe_summary(Failure()))
        entry.until = reactor.seconds() + KEPT
        return entry.found


def with_canonical_names(providers: Iterable[Any]) -> frozenset[str]:
    """Return those of some providers, by their names, whose names of secrets are canonical."""
    are_canonical = [(each.name, ICanonicalNames.providedBy(each)) for each in providers]
    return frozenset(name for name, is_one in are_canonical if is_one)


def lists(provider: Any) -> bool:
    """Return whether a provider can list its secrets."""
    return bool(IListsNames.providedBy(_answering(provider)))


def _answering(provider: Any) -> Any:
    return getattr(provider, "hosted", None) or provider


def _listed(names: Iterable[object]) -> NameList:
    given = list(islice(names, MOST + 1))
    texts = sorted({n for n in given[:MOST] if isinstance(n, str) and utf8.is_encodable(n)})
    problems = []
    if len(given) > MOST:
        problems.append(f"it has more than {MOST} secrets, of which the others are not shown")
    if any(not isinstance(name, str) or not utf8.is_encodable(name) for name in given[:MOST]):
        problems.append("some of its names are not valid Unicode, and are not shown")
    return NameList(tuple(texts), "; ".join(problems))
