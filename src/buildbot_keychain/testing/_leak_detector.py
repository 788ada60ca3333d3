"""`LeakDetector`: finds secret values in logs and errors, in any spelling that redaction knows.

It listens to everything that twisted.logger and the standard library's logging receive, the debug
level included. A `Redactor` knows the values: a text that it would change shows one. What the
detector reports is redacted.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from types import CodeType, FrameType, FunctionType, MethodType, ModuleType, TracebackType
from typing import Any

from twisted.application.service import IService
from twisted.internet.interfaces import IReactorCore
from twisted.logger import ILogObserver, eventAsText, globalLogPublisher
from zope.interface import implementer

from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.redaction import Redactor

_MAX_OBJECTS = 10_000
_MAX_REPORT = 300
_OPAQUE = (CodeType, FrameType, FunctionType, MethodType, ModuleType, TracebackType, type)


@implementer(ILogObserver)
class LeakDetector(logging.Handler):
    """Listens to all logs between `start` and `stop`."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self._redactor = Redactor()
        self._texts: list[str] = []

    def add(self, value: str) -> None:
        """Look for `value` too: letters and digits, at least 8 characters."""
        self._redactor.add("a value", value)

    def is_leaked_by(self, text: str) -> bool:
        """Return whether `text` shows one of the values."""
        return self._redactor.redact(text) != text

    def start(self) -> None:
        """Begin to listen."""
        self._level = logging.getLogger().level
        logging.getLogger().setLevel(logging.DEBUG)
        logging.getLogger().addHandler(self)
        globalLogPublisher.addObserver(self)

    def stop(self) -> str:
        """Stop listening; return the first text that showed a value, redacted, or ``""``."""
        globalLogPublisher.removeObserver(self)
        logging.getLogger().removeHandler(self)
        logging.getLogger().setLevel(self._level)
        leaking = next(filter(self.is_leaked_by, self._texts), "")
        return self._redactor.redact(leaking)[:_MAX_REPORT]

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record of the standard library."""
        error = record.exc_info[1] if record.exc_info else None
        texts = texts_reachable_from(error)
        for render in (record.getMessage, lambda: repr(record.args)):
            with suppress(Exception):
                texts.append(render())
        self._texts.append("\n".join(texts))

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Take an event of Twisted."""
        failure = event.get("log_failure")
        error = failure.value if failure else None
        texts = [eventAsText(dict(event)), *texts_reachable_from(error)]
        for value in event.values():
            with suppress(Exception):
                texts.append(repr(value))
        self._texts.append("\n".join(texts))


def texts_reachable_from(error: object) -> list[str]:
    """Return all texts that can be reached from `error`: its causes and attributes included.

    Local variables are left out, and so is what a provider or another service keeps for itself.
    """
    texts: list[str] = []
    waiting, seen = deque([error]), {id(None)}
    while waiting and len(seen) < _MAX_OBJECTS:
        thing = waiting.popleft()
        if id(thing) in seen or isinstance(thing, _OPAQUE) or _is_service(thing):
            continue
        seen.add(id(thing))
        texts += _texts_of(thing)
        waiting.extend(_parts_of(thing))
    return texts


def _is_service(thing: object) -> bool:
    services = (ISecretProvider, IService, IReactorCore)
    return any(interface.providedBy(thing) for interface in services)


def _texts_of(thing: object) -> Iterator[str]:
    if isinstance(thing, (bytes, bytearray)):
        yield bytes(thing).decode("utf-8", "replace")
    for render in (str, repr):
        with suppress(Exception):
            yield render(thing)


def _parts_of(thing: object) -> Iterator[object]:
    if isinstance(thing, BaseException):
        yield from (thing.args, thing.__cause__, thing.__context__)
    if isinstance(thing, Mapping):
        yield from (*thing.keys(), *thing.values())
    elif isinstance(thing, (list, tuple, AbstractSet)):
        yield from thing
    elif not isinstance(thing, (str, bytes, bytearray, int, float)):
        yield from getattr(thing, "__dict__", {}).values()
