"""`Watch`: sees whether a value is shown, in whatever spelling, by a log or by an error.

It reads everything that twisted.logger and the standard library's logging are given, debug level
included, and knows the secrets through a `Redactor`: what that would hide was shown. It never
tells what it found but redacted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from types import CodeType, FrameType, FunctionType, MethodType, ModuleType, TracebackType
from typing import Any

from twisted.application.service import IService
from twisted.internet.interfaces import IReactorCore
from twisted.logger import ILogObserver, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.redaction import Redactor

_DEPTH = 8
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
        told = [vars(record), record.exc_info and record.exc_info[1]]
        self._texts.append("\n".join([record.getMessage(), *texts_of(told)]))

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Take an event of Twisted."""
        self._texts.append("\n".join(texts_of(dict(event))))


def texts_of(thing: object) -> list[str]:
    """Give all text that can be got out of `thing`: for an error its causes and attributes too.

    What a provider or another service keeps for itself is left out, and so are local variables.
    """
    return list(_texts(thing, set(), _DEPTH))


def _texts(thing: object, seen: set[int], depth: int) -> Iterator[str]:
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, (bytes, bytearray)):
        yield bytes(thing).decode("utf-8", "replace")
    if id(thing) in seen or not depth or thing is None or isinstance(thing, _OPAQUE):
        return
    seen.add(id(thing))
    yield from _written(thing)
    if any(kind.providedBy(thing) for kind in (ISecretProvider, IService, IReactorCore)):
        return
    for part in _parts(thing):
        yield from _texts(part, seen, depth - 1)


def _written(thing: object) -> Iterator[str]:
    for write in (str, repr):
        with suppress(Exception):
            yield write(thing)


def _parts(thing: object) -> Iterator[object]:
    if isinstance(thing, Failure):
        yield thing.value
        return
    if isinstance(thing, BaseException):
        yield from (thing.args, thing.__cause__, thing.__context__)
    if isinstance(thing, Mapping):
        yield from thing.keys()
        yield from thing.values()
    elif isinstance(thing, (list, tuple, AbstractSet)):
        yield from thing
    yield from getattr(thing, "__dict__", {}).values()
