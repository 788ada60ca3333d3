"""Redaction of what holds texts: lists, tuples, sets and dicts, as deep as they go.

A copy is made only where something changes. What is neither a text nor a container passes as it is.
"""

from __future__ import annotations

from typing import Any, Protocol

WITHHELD = "[withheld: it could not be redacted]"
"""What stands where redacting failed: the text is never passed on as it is."""


class Redacts(Protocol):
    """What redacts a text: a `Redactor`, or several as one."""

    def redact(self, text: str) -> str:
        """Give `text` with every secret in it replaced."""


def redact_value(redactor: Redacts, value: Any, *, numbers: bool = False) -> Any:  # noqa: ANN401
    """Give `value` with every text in it redacted; bytes are read as UTF-8.

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
    """Give `text` redacted or, should that fail for whatever reason, `WITHHELD`."""
    try:
        return redactor.redact(text)
    except Exception:  # noqa: BLE001 - a text that cannot be redacted is not passed on
        return WITHHELD
