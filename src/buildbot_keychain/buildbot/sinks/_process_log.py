"""Redaction of what this process logs: ``twistd.log`` and every other observer.

Twisted's logs and the standard library's belong to the process, not to a master, so they are
redacted with the secrets of every master in the process, each for as long as that master exists,
and so at least until it has stopped. Covered are ``twisted.logger`` and ``twisted.python.log``;
with them ``print``, ``warnings`` and standard error, which Twisted redirects there; and `logging`.

An event is redacted once, by the publisher that hands it to all observers, present and future. A
record of `logging` is redacted before its logger's filters see it, and again by each handler that
is handed one: some programs call handlers directly.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, ref

from twisted.logger import ILogObserver, Logger, LogPublisher, eventAsText, globalLogPublisher

from buildbot_keychain.buildbot.sinks._hidden_secrets import Reporter
from buildbot_keychain.buildbot.sinks._secret_failures import without_traceback
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.stdlib_log import redact_record
from buildbot_keychain.redaction.twisted_log import redact_event


class _EveryMaster:
    """Redacts with the redactors of all masters of this process."""

    def __init__(self) -> None:
        # A master holds its keychain, and that holds the redactor and what reports for the master.
        self.redactors: WeakKeyDictionary[Redactor, Callable[[], Reporter | None]] = (
            WeakKeyDictionary()
        )

    def redact(self, text: str) -> str:
        for redactor in tuple(self.redactors):
            text = redactor.redact(text)
        return text

    def report(self, sink: str, *values: object) -> None:
        """Have each master report what was hidden in the first of `values` that shows something."""
        for redactor, reporter_of in tuple(self.redactors.items()):
            reporter = reporter_of()
            if reporter is not None:
                reporter.hidden_in_process(sink, redactor.seen_by(None), values)


every_master = _EveryMaster()


def redact_process_logs(redactor: Redactor, reporter: Reporter | None = None) -> None:
    """Apply `redactor`, for as long as its master exists, to everything that this process logs.

    :param reporter: is told what was hidden, for as long as somebody holds it.
    """
    _redact_twisted()
    _redact_stdlib()
    every_master.redactors[redactor] = _nobody if reporter is None else ref(reporter)


def _nobody() -> None:
    """Return no reporter."""


class _RedactingPublisher(LogPublisher):
    """A publisher that redacts each event once, before any observer sees it."""

    def __call__(self, event: dict[str, Any]) -> None:
        event = without_traceback(event)
        redacted = redact_event(every_master, event)
        super().__call__(redacted)
        if redacted is not event:
            text = eventAsText(event, includeTimestamp=False, includeSystem=False)
            every_master.report("twistd.log", text, event)

    def _errorLoggerForObserver(self, observer: ILogObserver) -> Logger:
        """Return a logger to all others with which Twisted reports that `observer` has failed."""
        others = [other for other in self._observers if other is not observer]
        return Logger(observer=_RedactingPublisher(*others))


def _redact_twisted() -> None:
    """Have the publisher that everything in the process refers to redact.

    :raise TypeError: when its class is not Twisted's own; it is left as it is then.
    """
    publisher: Any = globalLogPublisher
    if type(publisher) not in {LogPublisher, _RedactingPublisher}:
        raise TypeError(f"twisted.logger.globalLogPublisher is a {type(publisher).__name__}")
    publisher.__class__ = _RedactingPublisher


def _redact_stdlib() -> None:
    for owner in (logging.Logger, logging.Handler):
        if not hasattr(owner.handle, "redacts"):
            owner.handle = _redacting(owner.handle)  # type: ignore[method-assign]


def _redacting(handle: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method `handle` of a logger or of a handler, for redacted records."""

    def handle_redacted(self: object, record: logging.LogRecord) -> Any:
        hidden = redact_record(every_master, record)
        if hidden is not None:
            every_master.report("logging record", *hidden)
        return handle(self, record)

    handle_redacted.redacts = True  # type: ignore[attr-defined]
    return handle_redacted
