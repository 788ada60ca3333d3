"""Redaction of what Twisted's two logging systems write, `twisted.python.log` and `twisted.logger`.

A `RedactingObserver` stands before another observer, or before a publisher, and hands it redacted
copies of the events that show a secret; all others pass as they are. In a ``.tac`` file, a
worker's too::

    application.setComponent(ILogObserver, RedactingObserver(textFileLogObserver(file), redactor))

Formatting happens here, before the wrapped observer sees the event, because the text of an event
can come out of any object in it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, cast

from twisted.logger import ILogObserver, formatEvent
from twisted.python.failure import Failure
from twisted.python.log import textFromEventDict
from zope.interface import implementer

from buildbot_keychain.redaction.structures import WITHHELD, Redacts, Texts, redact_value

if TYPE_CHECKING:
    from collections.abc import Callable

# What says where and how an event was logged, not what: levels, loggers, sources, times, observers.
_PLACE = frozenset(
    {
        *("log_level", "log_logger", "log_namespace", "log_source", "log_time", "log_trace"),
        "time",
    }
)
_FAILURES = ("log_failure", "failure")
_SYSTEMS = frozenset(("log_system", "system"))
"""Names of parts of the process; the text of the event stands behind them in every log."""

_CONSTANTS = frozenset(("-", "{log_text}"))
"""What Twisted writes itself into nearly every event: no system, and the format of old events."""


@implementer(ILogObserver)
class RedactingObserver:
    """Hands redacted events to `observer`; equal to it, so that whoever added it can remove it."""

    def __init__(self, observer: Callable[[dict[str, Any]], object], redactor: Redacts) -> None:
        self.observer = observer
        self._redactor = redactor

    def __call__(self, event: dict[str, Any]) -> None:
        """Observe `event`, redacted if it shows a secret."""
        self.observer(redact_event(self._redactor, event))

    def __eq__(self, other: object) -> bool:
        return other is self or self.observer == other

    def __hash__(self) -> int:
        return hash(self.observer)

    def __repr__(self) -> str:
        return f"<RedactingObserver of {self.observer!r}>"


def redact_event(redactor: Redacts, event: dict[str, Any]) -> dict[str, Any]:
    """Return `event` itself if it shows no secret, and otherwise a redacted copy.

    What cannot be redacted is withheld.
    """
    try:
        text = _text_of(event)
        return event if _shows_nothing(redactor, event, text) else _redacted(redactor, event, text)
    except Exception:  # noqa: BLE001 - a text that cannot be redacted is not passed on
        place = {key: value for key, value in event.items() if key in _PLACE}
        # Old observers read the one, new ones the other.
        return {**place, "log_format": WITHHELD, "message": (WITHHELD,), "isError": 0}


def _text_of(event: dict[str, Any]) -> str | None:
    """Return the text that observers write; ``None`` if the event has none."""
    if event.get("log_format") is not None:
        return formatEvent(event)
    if "message" not in event:
        return None
    return textFromEventDict({"isError": 0, **event})


def _shows_nothing(redactor: Redacts, event: dict[str, Any], text: str | None) -> bool:
    texts = Texts()
    for key, value in event.items():
        if isinstance(value, str) and value in _CONSTANTS:
            continue
        if isinstance(value, str) and key in _SYSTEMS:
            texts.add_part(value)
        elif key in _FAILURES and isinstance(value, Failure):
            texts.add(_text_of_failure(value))
        elif key not in _PLACE:
            texts.add_value(value)
    texts.add(text or "")
    return texts.show_nothing(redactor)


def _redacted(redactor: Redacts, event: dict[str, Any], text: str | None) -> dict[str, Any]:
    result = {
        key: value if key in _PLACE else redact_value(redactor, value)
        for key, value in event.items()
    }
    clean = text if text is None else redactor.redact(text)
    if clean != text:
        # A secret inside of an object, or across several fields: only the text is handed on.
        for key in [key for key in result if not _is_plain(result[key])]:
            if key not in _PLACE and key not in _FAILURES:
                del result[key]
        result.update(log_format="{log_text}", log_text=clean, message=(clean,))
        result.pop("log_flattened", None)
    for key in _FAILURES:
        if isinstance(event.get(key), Failure):
            result[key] = redact_failure(redactor, event[key])
    return result


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (str, bytes, int, float, bool, list, tuple, dict))


class _RedactedFailure(Failure):
    """A failure whose tracebacks are texts that were redacted beforehand."""

    _redactor: Redacts

    def getTraceback(self, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401, N802 - Twisted's
        return self._redactor.redact(super().getTraceback(*args, **kwargs))

    def getErrorMessage(self) -> str:  # noqa: N802
        return self._redactor.redact(super().getErrorMessage())

    def getBriefTraceback(self) -> str:  # noqa: N802
        return self._redactor.redact(super().getBriefTraceback())

    def __str__(self) -> str:
        return self._redactor.redact(super().__str__())

    def __repr__(self) -> str:
        return self._redactor.redact(super().__repr__())


def redact_failure(redactor: Redacts, failure: Failure) -> Failure:
    """Return `failure` itself where it shows no secret, otherwise a copy that shows none.

    The copy has the type of the original; its exception's arguments and attributes are redacted.
    """
    text = _text_of_failure(failure)
    if redactor.redact(text) == text:
        return failure
    # Twisted's older failures cannot be copied otherwise: they are exceptions themselves.
    result: Any = _RedactedFailure.__new__(_RedactedFailure)
    vars(result).update(vars(failure))
    result._redactor = redactor  # noqa: SLF001 - our own
    # Local variables, where they were captured, and the live frames that lead to them.
    result.frames = [(name, file, line, (), ()) for name, file, line, *_ in failure.frames]
    if "stack" in vars(failure):  # until Twisted 24.7
        result.stack = []
    result.tb = None
    result.value = _redact_exception(redactor, failure.value)
    return cast("Failure", result)


def _text_of_failure(failure: Failure) -> str:
    return f"{failure.getTraceback(detail='verbose')}{failure.value!r}{failure.value!s}"


def _redact_exception(redactor: Redacts, error: BaseException | None) -> BaseException | None:
    if error is None:
        return None
    try:
        result = copy.copy(error)
        result.args = redact_value(redactor, error.args)
        vars(result).update(redact_value(redactor, vars(error)))
        result.__cause__ = result.__context__ = result.__traceback__ = None
        text = f"{result!r}{result!s}"
        if redactor.redact(text) == text:
            return result
    except Exception:  # noqa: BLE001, S110 - what cannot be copied is replaced
        pass
    return Exception(redactor.redact(f"{type(error).__name__}: {error}"))
