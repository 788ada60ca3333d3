"""Redaction of what this process logs: ``twistd.log`` and every other observer.

Twisted's logs and the standard library's belong to the process, not to a master, so they are
redacted with the secrets of every master in the process, each for as long as that master exists,
and so at least until it has stopped. Covered are ``twisted.logger`` and ``twisted.python.log``,
with present and future observers; with them ``print``, ``warnings`` and standard error, which
Twisted redirects there; and `logging`, before any handler sees a record.
"""

from __future__ import annotations

import logging
from typing import Any
from weakref import WeakSet

from twisted.logger import ILogObserver, globalLogPublisher

from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.stdlib_log import redact_record
from buildbot_keychain.redaction.twisted_log import RedactingObserver


class _EveryMaster:
    """Redacts with the redactors of all masters of this process."""

    def __init__(self) -> None:
        # A master holds its keychain, and that holds the redactor.
        self.redactors: WeakSet[Redactor] = WeakSet()

    def redact(self, text: str) -> str:
        for redactor in tuple(self.redactors):
            text = redactor.redact(text)
        return text


every_master = _EveryMaster()


def redact_process_logs(redactor: Redactor) -> None:
    """Apply `redactor`, for as long as its master exists, to everything that this process logs."""
    if not every_master.redactors:
        _redact_twisted()
        _redact_stdlib()
    every_master.redactors.add(redactor)


def _redact_twisted() -> None:
    publisher: Any = globalLogPublisher
    # Twisted has no public way to reach the observers that are there already.
    observers = publisher._observers  # noqa: SLF001
    observers[:] = [_redacting(observer) for observer in observers]

    def add_observer(observer: ILogObserver) -> None:
        type(publisher).addObserver(publisher, _redacting(observer))

    publisher.addObserver = add_observer


def _redacting(observer: Any) -> Any:
    if isinstance(observer, RedactingObserver):
        return observer
    return RedactingObserver(observer, every_master)


def _redact_stdlib() -> None:
    handle = logging.Logger.handle
    if getattr(handle, "redacts", False):
        return

    def handle_redacted(self: logging.Logger, record: logging.LogRecord) -> None:
        redact_record(every_master, record)
        handle(self, record)

    handle_redacted.redacts = True  # type: ignore[attr-defined]
    logging.Logger.handle = handle_redacted  # type: ignore[method-assign]
