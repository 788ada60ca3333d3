"""`Watch`: sees whether a value is shown, in whatever spelling, by a log or by an error.

It reads everything that twisted.logger and the standard library's logging are given, debug level
included, and knows the secrets through a `Redactor`: what that would hide was shown. It never
tells what it found but redacted.
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

_MOST = 10_000
_LONGEST = 300
_OPAQUE = (CodeType, FrameType, FunctionType, MethodType, ModuleType, TracebackType, type)


@implementer(ILogObserver)
class Watch(logging.Handler):
    """Sees all that is logged from `begin` to `end`."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self._redactor = Redactor()
        self._texts: list[str] = []

    def add(self, value: str) -> None:
        """Watch for `value` too: a `str` of letters and digits, 8 characters or more."""
        self._redactor.add("a value", value)

    def shows(self, text: str) -> bool:
        """Tell whether `text` shows one of the values."""
        return self._redactor.redact(text) != text

    def begin(self) -> None:
        """Listen to all logs."""
        self._level = logging.getLogger().level
        logging.getLogger().setLevel(logging.DEBUG)
        logging.getLogger().addHandler(self)
        globalLogPublisher.addObserver(self)

    def end(self) -> str:
        """Listen no more; give a text that showed a value, redacted, or nothing."""
        globalLogPublisher.removeObserver(self)
        logging.getLogger().removeHandler(self)
        logging.getLogger().setLevel(self._level)
        shown = next(filter(self.shows, self._texts), "")
        return self._redactor.redact(shown)[:_LONGEST]

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record of the standard library."""
        error = record.exc_info[1] if record.exc_info else None
        told = texts_of(error)
        for write in (record.getMessage, lambda: repr(record.args)):
            with suppress(Exception):
                told.append(write())
        self._texts.append("\n".join(told))

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Take an event of Twisted."""
        failure = event.get("log_failure")
        told = [eventAsText(dict(event)), *texts_of(failure.value if failure else None)]
        for value in event.values():
            with suppress(Exception):
                told.append(repr(value))
        self._texts.append("\n".join(told))


def texts_of(error: object) -> list[str]:
    """Give all text that can be got out of `error`: of its causes, and of attributes too.

    What a provider or another service keeps for itself is left out, and so are local variables.
    """
    texts: list[str] = []
    waiting, seen = deque([error]), {id(None)}
    while waiting and len(seen) < _MOST:
        thing = waiting.popleft()
        if id(thing) in seen or isinstance(thing, _OPAQUE) or _is_service(thing):
            continue
        seen.add(id(thing))
        texts += _written(thing)
        waiting.extend(_parts(thing))
    return texts


def _is_service(thing: object) -> bool:
    services = (ISecretProvider, IService, IReactorCore)
    return any(interface.providedBy(thing) for interface in services)


def _written(thing: object) -> Iterator[str]:
    if isinstance(thing, (bytes, bytearray)):
        yield bytes(thing).decode("utf-8", "replace")
    for write in (str, repr):
        with suppress(Exception):
            yield write(thing)


def _parts(thing: object) -> Iterator[object]:
    if isinstance(thing, BaseException):
        yield from (thing.args, thing.__cause__, thing.__context__)
    if isinstance(thing, Mapping):
        yield from (*thing.keys(), *thing.values())
    elif isinstance(thing, (list, tuple, AbstractSet)):
        yield from thing
    elif not isinstance(thing, (str, bytes, bytearray, int, float)):
        yield from getattr(thing, "__dict__", {}).values()
