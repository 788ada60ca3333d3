"""`MasterMetrics`: the metrics of one master, and the port that it may serve them on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred

from buildbot_keychain.buildbot.approvals import EVENTS
from buildbot_keychain.buildbot.sinks import LOG, SINKS
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.metrics import (
    LookupCounts,
    MetricsPort,
    MetricsServer,
    Sample,
    exposition,
    samples_of_manager,
    table,
)


class MasterMetrics:
    """Collects the numbers of one master, of those who count them.

    :param keychain: the `MasterKeychain`.
    :param counts: of its lookups.
    """

    def __init__(self, keychain: Any, counts: LookupCounts) -> None:
        self._keychain = keychain
        self._counts = counts
        self._server = MetricsServer(self._text, lambda: keychain.master.reactor)

    def follow(self, wanted: MetricsPort | None) -> None:
        """Serve them on a port while the master runs, if that is wanted."""
        server = self._server
        if wanted is not None and server.parent is None:
            maybeDeferred(server.setServiceParent, self._keychain.master)
        server.use(wanted)

    def text(self) -> Deferred[str]:
        """Return them in the text format of Prometheus."""
        return self._text(known=True)

    @returns_deferred
    async def _text(self, known: bool) -> str:  # noqa: FBT001 - a callback
        return exposition(self._samples(), known=known)

    def _samples(self) -> Iterator[Sample]:
        keychain = self._keychain
        yield from samples_of_manager(
            self._counts,
            keychain.providers.configuration.providers,
            keychain.provider_states.values(),
            keychain.audit.states,
            keychain.attention,
        )
        events = keychain.approval_records.events
        for event in EVENTS:
            yield table.APPROVALS.of(events[event], event)
        hidden = keychain.reporter.count_by_sink
        for sink in sorted({LOG, *SINKS.values(), *hidden}):
            yield table.REDACTIONS.of(hidden.get(sink, 0), sink)
        for metric, value in (
            (table.APPROVALS_AWAITED, keychain.approval_records.awaited),
            (table.SERVICES_WAITING, len(keychain.waiting_services)),
            (table.BUILDS_WAITING, keychain.waiting.count),
            (table.REQUESTS_PAUSED, keychain.retries.count),
        ):
            yield metric.of(value)
