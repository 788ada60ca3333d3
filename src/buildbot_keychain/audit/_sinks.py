"""What a configuration may name as sinks."""

from __future__ import annotations

from typing import Any

from twisted.logger import ILogObserver

from buildbot_keychain.audit._observer import AuditToObserver
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.interfaces import IAuditSink


def require_sinks(given: object) -> tuple[Any, ...]:
    r"""Return the argument ``audit`` of a manager as `IAuditSink`\ s, each of them checked.

    An ``ILogObserver`` becomes one.

    :raise ConfigurationError: when it is no list of them, or one cannot work.
    """
    if not isinstance(given, (list, tuple)):
        msg = "audit must be a list of sinks, such as [AuditToFile('/var/log/audit.jsonl')]"
        raise ConfigurationError(msg)
    sinks: list[Any] = []
    for each in given:
        if isinstance(each, type):
            msg = f"audit: {each.__name__} is a class, not a sink: write {each.__name__}(...)"
            raise ConfigurationError(msg)
        sink = each
        if not IAuditSink.providedBy(each):
            if not ILogObserver.providedBy(each):
                kind = type(each).__name__
                msg = (
                    f"audit: {kind} is not a sink: it provides neither IAuditSink nor ILogObserver"
                )
                raise ConfigurationError(msg)
            sink = AuditToObserver(each)
        sink.check()
        sinks.append(sink)
    names = [sink.name for sink in sinks if not isinstance(sink, AuditToObserver)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        msg = f"audit: two sinks are {twice!r}; each needs a place of its own"
        raise ConfigurationError(msg)
    return tuple(sinks)
