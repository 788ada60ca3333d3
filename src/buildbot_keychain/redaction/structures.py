"""Redaction of what holds texts: lists, tuples, sets and dicts, as deep as they go.

A copy is made only where something changes. Numbers pass as they are. An object of any other type
passes only if what it prints shows no secret; otherwise the redacted text stands in its place, or
`WITHHELD`, where it cannot be printed.

Nearly always nothing changes. So all the texts of a value are first looked at together (`Texts`),
and one by one only if there is something to hide in them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

WITHHELD = "[withheld: it could not be redacted]"
"""What stands where redacting failed: the text is never passed on as it is."""

PIECE = 8
"""Characters: no shorter piece of a secret is hidden at the end of a text."""

_HARMLESS = (
    *(bool, int, float, complex, type),
    *(dt.date, dt.time, dt.timedelta, dt.tzinfo),
)

_BYTES = (bytes, bytearray, memoryview)
_LISTS = (list, tuple, set, frozenset)
_REPRS = frozenset(cls.__repr__ for cls in (dict, *_LISTS))


class Redacts(Protocol):
    """What redacts a text: a `Redactor`, or several as one."""

    def redact(self, text: str) -> str:
        """Return `text` with every secret in it replaced."""


def redact_value(redactor: Redacts, value: Any, *, numbers: bool = False) -> Any:  # noqa: ANN401
    """Return `value` with every text in it redacted; bytes are read as UTF-8.

    :param numbers: whether a number that reads like a secret is replaced by a label too.
    """
    if isinstance(value, str):
        return redact_or_withhold(redactor, value)
    if _shows_nothing(redactor, value, numbers=numbers):
        return value
    return redact_each(redactor, value, numbers=numbers)


def redact_each(redactor: Redacts, value: Any, *, numbers: bool = False) -> Any:  # noqa: ANN401
    """Return what `redact_value` returns, having each text redacted once and on its own."""
    try:
        return _redact(redactor, value, numbers=numbers)
    except RecursionError:
        return WITHHELD


class Texts:
    """The texts of one or more values, each looked at as if it stood alone.

    They are joined by NUL. What is hidden in one of them is hidden in the joined ones too, but for
    a piece of a secret at the very end of a text. So each text that is long enough to end in one
    ends something that is looked at.
    """

    def __init__(self) -> None:
        self._whole: dict[str, None] = {}
        self._parts: list[str] = []
        self._complete = True

    def add(self, text: str) -> None:
        """Add a text that may end in a piece of a secret."""
        if len(text) < PIECE:
            self._parts.append(text)
        else:
            self._whole[text] = None

    def add_part(self, text: str) -> None:
        """Add a text behind which another one is always shown, such as the key of a dict."""
        self._parts.append(text)

    def add_value(self, value: object, *, numbers: bool = False) -> None:
        """Add every text in `value`."""
        try:
            self._add_value(value, numbers=numbers)
        except Exception:  # noqa: BLE001 - what cannot be printed, or is too deep
            self._complete = False

    def _add_value(self, value: object, *, numbers: bool) -> None:
        if isinstance(value, str):
            self.add(value)
        elif isinstance(value, _BYTES):
            self.add(bytes(value).decode("utf-8", "surrogateescape"))
        elif isinstance(value, (dict, *_LISTS)):
            self._add_container(value, numbers=numbers)
        elif _is_number(value):
            if numbers:
                self.add(str(value))
        elif not _is_harmless(value):
            self._add_object(value)

    def _add_container(self, value: Any, *, numbers: bool) -> None:  # noqa: ANN401
        if isinstance(value, dict):
            for key, item in value.items():
                self.add_part(key) if isinstance(key, str) else self._add_value(key, numbers=False)
                self._add_value(item, numbers=numbers)
        else:
            for item in value:
                self._add_value(item, numbers=numbers)
        if _prints_its_own(value):
            self._add_object(value)

    def _add_object(self, value: object) -> None:
        self.add(str(value))
        self.add(repr(value))

    def show_nothing(self, redactor: Redacts) -> bool:
        """Return whether there is nothing to hide in any of them, and all could be printed.

        :raise Exception: whatever the redactor raises.
        """
        if not self._complete:
            return False
        first, *others = self._whole or ("",)
        joined = "\0".join((*filter(None, dict.fromkeys(self._parts)), first))
        return all(redactor.redact(text) == text for text in (joined, *others) if text)


def _shows_nothing(redactor: Redacts, value: object, *, numbers: bool) -> bool:
    texts = Texts()
    try:
        texts.add_value(value, numbers=numbers)
        return texts.show_nothing(redactor)
    except Exception:  # noqa: BLE001 - then its parts are judged one by one
        return False


def _redact(redactor: Redacts, value: Any, *, numbers: bool) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return redact_or_withhold(redactor, value)
    if isinstance(value, _BYTES):
        text = bytes(value).decode("utf-8", "surrogateescape")
        clean = redact_or_withhold(redactor, text)
        return value if clean == text else clean.encode("utf-8", "surrogateescape")
    if isinstance(value, (dict, *_LISTS)):
        clean = _redact_container(redactor, value, numbers=numbers)
        return _redact_object(redactor, clean) if _prints_its_own(clean) else clean
    if _is_number(value):
        text = str(value)
        clean = redact_or_withhold(redactor, text) if numbers else text
        return value if clean == text else clean
    return value if _is_harmless(value) else _redact_object(redactor, value)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_harmless(value: object) -> bool:
    """Return whether what `value` prints is a number, a time, a class or an object's address."""
    if value is None or isinstance(value, _HARMLESS):
        return True
    cls = type(value)
    return cls.__repr__ is object.__repr__ and cls.__str__ is object.__str__


def _prints_its_own(value: object) -> bool:
    """Return whether a container may print something else than what it contains."""
    cls = type(value)
    return cls.__repr__ not in _REPRS or cls.__str__ is not object.__str__


def _redact_object(redactor: Redacts, value: Any) -> Any:  # noqa: ANN401
    """Return an object if what it prints shows no secret, and otherwise the redacted text."""
    try:
        texts = [str(value), repr(value)]
    except Exception:  # noqa: BLE001 - what cannot be printed cannot be judged
        return WITHHELD
    for text in texts:
        clean = redact_or_withhold(redactor, text)
        if clean != text:
            return clean
    return value


def _redact_container(redactor: Redacts, value: Any, *, numbers: bool) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        pairs = {
            _redact(redactor, key, numbers=False): _redact(redactor, item, numbers=numbers)
            for key, item in value.items()
        }
        return value if pairs == value else pairs
    items = [_redact(redactor, item, numbers=numbers) for item in value]
    if all(new is old for new, old in zip(items, value, strict=True)):
        return value
    # A named tuple takes its fields one by one.
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)


def redact_or_withhold(redactor: Redacts, text: str) -> str:
    """Return `text` redacted or, should that fail for whatever reason, `WITHHELD`."""
    try:
        return redactor.redact(text)
    except Exception:  # noqa: BLE001 - a text that cannot be redacted is not passed on
        return WITHHELD
