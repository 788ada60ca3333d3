"""Redaction of what holds texts: lists, tuples, sets and dicts, as deep as they go.

A copy is made only where something changes. Numbers pass as they are. An object of any other type
passes only if what it prints shows no secret; otherwise the redacted text stands in its place, or
`WITHHELD`, where it cannot be printed.
"""

from __future__ import annotations

from typing import Any, Protocol

WITHHELD = "[withheld: it could not be redacted]"
"""What stands where redacting failed: the text is never passed on as it is."""


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
    if isinstance(value, (bytes, bytearray)):
        text = bytes(value).decode("utf-8", "surrogateescape")
        clean = redact_or_withhold(redactor, text)
        return value if clean == text else clean.encode("utf-8", "surrogateescape")
    if isinstance(value, (dict, list, tuple, set, frozenset)):
        return _redact_container(redactor, value, numbers=numbers)
    if numbers and isinstance(value, (int, float)) and not isinstance(value, bool):
        text = str(value)
        clean = redact_or_withhold(redactor, text)
        return value if clean == text else clean
    if value is None or isinstance(value, (bool, int, float, complex, type)):
        return value
    return _redact_object(redactor, value)


def _redact_object(redactor: Redacts, value: Any) -> Any:  # noqa: ANN401
    """Return an object if what it prints shows no secret, and otherwise the redacted text."""
    try:
        texts = [str(value), repr(value)]
    except Exception:  # noqa: BLE001 - what cannot be printed cannot be judged
        return WITHHELD
    clean = [redact_or_withhold(redactor, text) for text in texts]
    if clean != texts:
        return clean[0] if clean[0] != texts[0] else clean[1]
    return value


def _redact_container(redactor: Redacts, value: Any, *, numbers: bool) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        pairs = {
            redact_value(redactor, key): redact_value(redactor, item, numbers=numbers)
            for key, item in value.items()
        }
        return value if pairs == value else pairs
    items = [redact_value(redactor, item, numbers=numbers) for item in value]
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
