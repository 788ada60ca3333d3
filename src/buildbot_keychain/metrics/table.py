"""`METRICS`: every metric, and what it says. The reference in the documentation is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"


class Histogram(NamedTuple):
    """The value of a histogram.

    :param bounds: the upper bound of each bucket but the last, which has none.
    :param counts: how many are in each bucket alone, the last included.
    :param total: the sum of all that was measured.
    """

    bounds: Sequence[float]
    counts: Sequence[int]
    total: float


class Sample(NamedTuple):
    """A value of a metric.

    :param labels: the values of its labels, in their order.
    """

    metric: Metric
    value: float | Histogram
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Metric:
    """What is measured.

    :param name: what it is called in queries.
    :param kind: `COUNTER`, `GAUGE` or `HISTOGRAM`.
    :param text: what it says, in a line.
    :param labels: what its values are told apart by.
    :param guarded: whether it is shown to those alone who are known: texts may change it.
    """

    name: str
    kind: str
    text: str
    labels: tuple[str, ...] = ()
    guarded: bool = False

    def of(self, value: float | Histogram, *labels: str) -> Sample:
        """Return a value of it."""
        return Sample(self, value, labels)


_PROVIDER = ("provider",)
_SINK = ("sink",)

VERSION = Metric("keychain_build_info", GAUGE, "Always 1; the version is a label.", ("version",))

LOOKUPS = Metric(
    "keychain_lookups_total",
    COUNTER,
    "Lookups that have ended, by outcome; those that no provider answered have an empty provider.",
    ("provider", "outcome"),
)
DECISIONS = Metric(
    "keychain_decisions_total",
    COUNTER,
    "What the policy decided; nothing is decided on what a build is given again.",
    ("outcome",),
)

DURATION = Metric(
    "keychain_provider_request_duration_seconds",
    HISTOGRAM,
    "How long questions to a provider took, failed ones included; cached answers are none.",
    _PROVIDER,
)
IN_PROGRESS = Metric(
    "keychain_provider_requests_in_progress", GAUGE, "Questions that are under way.", _PROVIDER
)
WAITING = Metric(
    "keychain_provider_requests_waiting",
    GAUGE,
    "Lookups that wait for their turn, by rate= and concurrency=.",
    _PROVIDER,
)
SHARED = Metric(
    "keychain_provider_requests_shared_total",
    COUNTER,
    "Lookups that shared the question of another one.",
    _PROVIDER,
)
ERRORS = Metric(
    "keychain_provider_errors_total",
    COUNTER,
    "Questions that ended in an error, by its class.",
    ("provider", "error"),
)
SKIPPED = Metric(
    "keychain_provider_skipped_total",
    COUNTER,
    "Lookups that went on to the next provider, as this one was unavailable and is optional.",
    _PROVIDER,
)
BREAKER = Metric(
    "keychain_provider_breaker_state",
    GAUGE,
    "1 for the state that the breaker is in: closed (the provider is asked), open, probing.",
    ("provider", "state"),
)
OPENED = Metric(
    "keychain_provider_breaker_opened_total", COUNTER, "How often it was opened.", _PROVIDER
)
HITS = Metric("keychain_cache_hits_total", COUNTER, "Lookups answered by the cache.", _PROVIDER)
MISSES = Metric(
    "keychain_cache_misses_total",
    COUNTER,
    "Lookups that were not, where there is a cache.",
    _PROVIDER,
)
CACHED = Metric("keychain_cache_answers", GAUGE, "Answers in the cache.", _PROVIDER)
STALE = Metric(
    "keychain_stale_answers_total",
    COUNTER,
    "Lookups given the last answer of a provider that was unavailable.",
    _PROVIDER,
)
IS_STALE = Metric(
    "keychain_provider_is_stale", GAUGE, "Whether that was so the last time: 1 or 0.", _PROVIDER
)

POOL_SIZE = Metric(
    "keychain_pool_threads", GAUGE, "The most threads that a provider may use.", _PROVIDER
)
POOL_BUSY = Metric("keychain_pool_busy", GAUGE, "Threads that work for a provider.", _PROVIDER)
POOL_WAITING = Metric(
    "keychain_pool_waiting", GAUGE, "Calls that wait for one of these threads.", _PROVIDER
)

CREDENTIALS = Metric(
    "keychain_credentials",
    GAUGE,
    "Tokens and leases that a provider holds, its own and those of builds.",
    ("provider", "kind"),
)
CREDENTIAL_LEFT = Metric(
    "keychain_credential_remaining_seconds",
    GAUGE,
    "Seconds until the first of them ends, unless it is renewed; none where none has an end.",
    ("provider", "kind"),
)
ATTENTION = Metric(
    "keychain_attention",
    GAUGE,
    "Secrets, tokens and certificates that end soon, have ended or are too old.",
    ("provider", "kind", "problem"),
)

SINK_UP = Metric("keychain_audit_sink_up", GAUGE, "Whether the sink writes: 1 or 0.", _SINK)
SINK_WARNING = Metric(
    "keychain_audit_sink_warning",
    GAUGE,
    "Whether something will keep the sink from writing soon, such as a full disk: 1 or 0.",
    _SINK,
)
LAG = Metric(
    "keychain_audit_lag_seconds",
    GAUGE,
    "Seconds since the sink began with what it has not finished, in whole ones.",
    _SINK,
    guarded=True,
)
QUEUE = Metric(
    "keychain_audit_queue_ratio",
    GAUGE,
    "How full the queue of the sink is, from 0 to 1, in hundredths; more events are lost.",
    _SINK,
    guarded=True,
)
LOST = Metric("keychain_audit_lost_total", COUNTER, "Events that were lost.", _SINK)

APPROVALS = Metric(
    "keychain_approvals_total",
    COUNTER,
    "What has happened on this master to requests for approval.",
    ("event",),
)
APPROVALS_AWAITED = Metric(
    "keychain_approvals_awaited", GAUGE, "Requests for approval that builds of this master await."
)
REDACTIONS = Metric(
    "keychain_redactions_total",
    COUNTER,
    "How often secrets were hidden in what the master stores, by what that is.",
    ("sink",),
    guarded=True,
)
SERVICES_WAITING = Metric(
    "keychain_services_waiting", GAUGE, "Services and reports that wait for a secret."
)
BUILDS_WAITING = Metric(
    "keychain_builds_waiting",
    GAUGE,
    "Builds that wait: for an answer, for a provider that is away, or for an approval.",
)
REQUESTS_PAUSED = Metric(
    "keychain_build_requests_paused",
    GAUGE,
    "Build requests that are built again after a while, as a provider could not be reached.",
)

METRICS = (
    VERSION,
    LOOKUPS,
    DECISIONS,
    DURATION,
    IN_PROGRESS,
    WAITING,
    SHARED,
    ERRORS,
    SKIPPED,
    BREAKER,
    OPENED,
    HITS,
    MISSES,
    CACHED,
    STALE,
    IS_STALE,
    POOL_SIZE,
    POOL_BUSY,
    POOL_WAITING,
    CREDENTIALS,
    CREDENTIAL_LEFT,
    ATTENTION,
    SINK_UP,
    SINK_WARNING,
    LAG,
    QUEUE,
    LOST,
    APPROVALS,
    APPROVALS_AWAITED,
    REDACTIONS,
    SERVICES_WAITING,
    BUILDS_WAITING,
    REQUESTS_PAUSED,
)
"""In the order of the text."""
