"""Collects the numbers of a manager, of those who count them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure

from buildbot_keychain import errors, uses
from buildbot_keychain.attention import EXPIRES, Attention
from buildbot_keychain.audit import MOST_WAITING, SinkState
from buildbot_keychain.details import CERTIFICATE, LEASE, SECRET, SECRET_ID, TOKEN
from buildbot_keychain.errors import safe_summary
from buildbot_keychain.interfaces import IHasPools, IHoldsCredentials
from buildbot_keychain.metrics import table
from buildbot_keychain.metrics._counts import FAILED, OUTCOMES, LookupCounts
from buildbot_keychain.metrics.table import Histogram, Sample
from buildbot_keychain.resilience import BUCKETS, STATES, ProviderState

_log = Logger()

_DECISIONS = {
    uses.GIVEN: "no_policy",
    uses.ALLOWED: "allowed",
    uses.DENIED: "denied",
    uses.NEEDS_APPROVAL: "needs_approval",
    uses.WOULD_BE_DENIED: "reported",
}

_OTHER = "other"
_ERRORS = frozenset(
    name
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, errors.ProviderError)
) | {"cancelled", _OTHER}
"""What an error may be called. Code of others may have classes of any name."""

_KINDS = frozenset({SECRET, TOKEN, SECRET_ID, LEASE, CERTIFICATE})
"""What needs attention; providers of others may have more."""


def samples_of_manager(
    counts: LookupCounts,
    providers: Sequence[Any],
    states: Iterable[ProviderState],
    sinks: Iterable[SinkState],
    attention: Iterable[Attention],
) -> Iterator[Sample]:
    """Yield what there is of any manager.

    :param counts: of its lookups.
    :param providers: those that are configured.
    :param states: how each of them does.
    :param sinks: how each sink of its audit trail does.
    :param attention: what needs attention.
    """
    yield table.VERSION.of(1, _version())
    yield from _lookups(counts, [provider.name for provider in providers])
    for state in states:
        yield from _provider(state)
    for provider in providers:
        for interface, collect in ((IHasPools, _pools), (IHoldsCredentials, _credentials)):
            if interface.providedBy(provider):
                yield from _tried(collect, provider)
    yield from _attention(attention, [provider.name for provider in providers])
    for sink in sinks:
        yield from _sink(sink)


@cache
def _version() -> str:
    return version("buildbot-keychain")


def _lookups(counts: LookupCounts, names: Iterable[str]) -> Iterator[Sample]:
    ended = dict.fromkeys([("", outcome) for outcome, _ in OUTCOMES], 0)
    ended["", FAILED] = 0
    for name in names:
        yield table.LOOKUPS.of(counts.given[name], name, "given")
        ended[name, FAILED] = 0
    for (name, outcome), count in counts.ended.items():
        # What is not configured any more, or never was, has no label of its own.
        ended[(name if (name, outcome) in ended else ""), outcome] += count
    for (name, outcome), count in ended.items():
        yield table.LOOKUPS.of(count, name, outcome)
    for decision, shown in _DECISIONS.items():
        yield table.DECISIONS.of(counts.decided[decision], shown)


def _provider(state: ProviderState) -> Iterator[Sample]:
    name = state.provider
    yield table.DURATION.of(Histogram(BUCKETS, state.latencies, state.seconds), name)
    for metric, value in (
        (table.IN_PROGRESS, state.in_progress),
        (table.WAITING, state.waiting),
        (table.SHARED, state.joined),
        (table.SKIPPED, state.skipped),
        (table.OPENED, state.opened),
        (table.HITS, state.hits),
        (table.MISSES, state.misses),
        (table.CACHED, state.cached),
        (table.STALE, state.stale),
        (table.IS_STALE, int(state.is_stale)),
    ):
        yield metric.of(value, name)
    for breaker in STATES:
        yield table.BREAKER.of(int(state.breaker == breaker), name, breaker)
    found = dict.fromkeys(sorted(_ERRORS), 0)
    for error, count in state.errors.items():
        found[error if error in found else _OTHER] += count
    for error, count in found.items():
        yield table.ERRORS.of(count, name, error)


def _tried(collect: Callable[[Any], Iterable[Sample]], provider: Any) -> list[Sample]:  # noqa: ANN401 - as below
    """Return what `collect` does; nothing if the provider, which may be anybody's code, fails."""
    try:
        return list(collect(provider))
    except Exception:  # noqa: BLE001 - all other metrics are there nevertheless
        _log.error(
            "the provider {name!r} has no metrics: {why}",
            name=provider.name,
            why=safe_summary(Failure()),
        )
        return []


def _pools(provider: Any) -> Iterator[Sample]:  # noqa: ANN401 - an IHasPools
    states = provider.pool_states()
    for metric, values in (
        (table.POOL_SIZE, [state.size for state in states]),
        (table.POOL_BUSY, [state.busy for state in states]),
        (table.POOL_WAITING, [state.waiting for state in states]),
    ):
        yield metric.of(sum(values), provider.name)


def _credentials(provider: Any) -> Iterator[Sample]:  # noqa: ANN401 - an IHoldsCredentials
    held = provider.credentials()
    for kind in (TOKEN, LEASE):
        left = [each.left for each in held if each.kind == kind]
        yield table.CREDENTIALS.of(len(left), provider.name, kind)
        ending = [seconds for seconds in left if seconds is not None]
        if ending:
            yield table.CREDENTIAL_LEFT.of(min(ending), provider.name, kind)


def _attention(items: Iterable[Attention], names: Iterable[str]) -> Iterator[Sample]:
    found = Counter(dict.fromkeys([(name, SECRET, EXPIRES) for name in names], 0))
    for item in items:
        kind = item.kind if item.kind in _KINDS else _OTHER
        found[item.provider, kind, item.problem] += 1
    for (name, kind, problem), count in found.items():
        yield table.ATTENTION.of(count, name, kind, problem.replace(" ", "_"))


def _sink(state: SinkState) -> Iterator[Sample]:
    yield table.SINK_UP.of(int(not state.problem), state.name)
    yield table.SINK_WARNING.of(int(bool(state.warning)), state.name)
    yield table.LOST.of(state.lost, state.name)
    # Rounded, so that a single event, such as that something was hidden, does not show.
    yield table.LAG.of(math.floor(state.lag), state.name)
    yield table.QUEUE.of(math.floor(100 * state.waiting / MOST_WAITING) / 100, state.name)
