"""`Settings`: what a `SecretManager` in ``c["secretsProviders"]`` decides for the whole master."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from buildbot_keychain.attention import ANY_AGE, MaxAge
from buildbot_keychain.buildbot.outages import DEFAULT_LIMIT
from buildbot_keychain.configuration import DEADLINE, united
from buildbot_keychain.metrics import MetricsPort
from buildbot_keychain.policies import PolicySource
from buildbot_keychain.resilience import Resilience


@dataclass(frozen=True)
class AuditSettings:
    """The arguments ``audit`` and ``audit_...``, checked."""

    sinks: tuple[Any, ...] = ()
    fail_closed: bool = False
    digests: bool = False


@dataclass(frozen=True)
class Settings:
    """The arguments of the same names, checked."""

    public: frozenset[str] = frozenset()
    strict: bool = False
    report_hidden: bool = True
    allow_empty: frozenset[str] = frozenset()
    services_wait: bool = True
    outage: float = DEFAULT_LIMIT
    policies: PolicySource | None = None
    reports_only: bool = False
    audit: AuditSettings = AuditSettings()
    deadline: float = DEADLINE
    resilience: Mapping[str, Resilience] = field(default_factory=dict)
    metrics_port: MetricsPort | None = None
    max_age: MaxAge = ANY_AGE
    refresh: float | None = None


def settings_in(configured: Iterable[Any]) -> tuple[Settings, ...]:
    """Return the settings of the entries of ``c["secretsProviders"]``; a provider has none."""
    return tuple(e.keychain_settings for e in configured if hasattr(e, "keychain_settings"))


def settings_of(given: Sequence[Settings]) -> Settings:
    """Return what holds for a master with several settings; the defaults where there are none."""
    common = united(given)
    return Settings(
        public=common.public,
        strict=common.strict,
        report_hidden=all(each.report_hidden for each in given),
        allow_empty=common.allow_empty,
        services_wait=all(each.services_wait for each in given),
        outage=max((each.outage for each in given), default=DEFAULT_LIMIT),
        policies=common.policies,
        reports_only=common.reports_only,
        audit=AuditSettings(
            tuple(sink for each in given for sink in each.audit.sinks),
            any(each.audit.fail_closed for each in given),
            any(each.audit.digests for each in given),
        ),
        deadline=common.deadline,
        max_age=common.max_age,
        refresh=min((each.refresh for each in given if each.refresh is not None), default=None),
        resilience=common.resilience,
        metrics_port=next((each.metrics_port for each in given if each.metrics_port), None),
    )
