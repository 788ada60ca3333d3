"""What the answer of a provider must be: a text that is not blank."""

from __future__ import annotations

from buildbot_keychain import utf8
from buildbot_keychain.errors import InvalidSecret

LONGEST = 16 * 2**20
"""Characters of a value, or bytes: to hide as many takes half a minute."""


def is_blank(value: str) -> bool:
    """Return whether a value shows nothing: the byte order mark of a file is part of it."""
    return not value.removeprefix("\ufeff").strip()


def text_of(answer: object, provider: str, path: str) -> str:
    """Return the text of a provider's answer.

    :raise InvalidSecret: when it is not one.
    """
    problem = f"its answer is of type {type(answer).__name__}; it must be str, bytes or None"
    if isinstance(answer, (str, bytes)) and len(answer) > LONGEST:
        problem = f"its answer is longer than {LONGEST:,} characters, and cannot be hidden"
    elif isinstance(answer, str):
        if utf8.is_encodable(answer):
            return str(answer)
        problem = "its answer is not valid Unicode: it has a lone surrogate; store it in base64"
    elif isinstance(answer, bytes):
        text = utf8.decode(answer)
        if text is not None:
            return text
        problem = "its answer is not UTF-8 text; store it in base64"
    raise InvalidSecret(provider, path, problem)
