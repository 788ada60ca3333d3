"""Strict UTF-8: whether bytes are a text, and whether a `str` is one.

No function raises: an exception would hold the bytes, which may be a secret.
"""

from __future__ import annotations


def decode(content: bytes) -> str | None:
    """Return the text that `content` encodes, or ``None`` if it is not valid UTF-8."""
    text = content.decode("utf-8", "replace")
    return text if text.encode("utf-8") == content else None


def text_or_bytes(content: bytes) -> str | bytes:
    """Return the text that `content` encodes, or `content` if it is not valid UTF-8."""
    text = decode(content)
    return content if text is None else text


def is_encodable(text: str) -> bool:
    """Return whether `text` can be written as UTF-8: whether it has no lone surrogate."""
    return text.encode("utf-8", "replace").decode("utf-8") == text
