"""`field_text`: a field of a structured value, by the name that a lookup uses. Pure.

``field`` is a field; ``a/b`` is ``b`` in the object ``a``, unless a field is called ``a/b`` itself;
``field:base64`` is the text that ``field`` encodes, unless a field is called so itself.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping

from buildbot_keychain import utf8
from buildbot_keychain.formats._entries import NonText, number_as_text

NUMBERS = ("error", "text")
"""What an argument `numbers` may be: whether a number is a text, as it is written."""

_BASE64 = ":base64"
_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


class FieldError(ValueError):
    """A field that is not a text: what it holds instead, and what to do; shows nothing of it."""


def field_text(tree: object, field: str, *, numbers: str = "error") -> str | None:
    """Return a field's text, or ``None`` where there is none of that name.

    :param tree: mappings and values, as `parse_json` or ``json`` returns them.
    :raise FieldError: when it is not a text.
    """
    if field.endswith(_BASE64) and not (isinstance(tree, Mapping) and field in tree):
        encoded = field_text(tree, field.removesuffix(_BASE64), numbers=numbers)
        return None if encoded is None else _decoded(encoded)
    for name in _steps(tree, field):
        if not isinstance(tree, Mapping) or name not in tree:
            return None
        tree = tree[name]
    return text_of(tree, numbers=numbers)


def text_of(value: object, *, numbers: str = "error") -> str:
    """Return a value that is a text.

    :raise FieldError: when it is not.
    """
    if numbers == "text":
        value = number_as_text(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
    if isinstance(value, str):
        if utf8.is_encodable(value):
            return value
        raise FieldError("characters that are not Unicode text; store it in base64")
    kind = value.what if isinstance(value, NonText) else _KINDS.get(type(value), "another value")
    msg = f"{kind}; store it as a text"
    if kind == "a number":
        msg += ', or set numbers="text"'
    raise FieldError(msg)


def _steps(tree: object, field: str) -> list[str]:
    if isinstance(tree, Mapping) and field in tree:
        return [field]
    return field.split("/")


def _decoded(encoded: str) -> str:
    try:
        text = utf8.decode(b64decode("".join(encoded.split()), validate=True))
    except (binascii.Error, ValueError) as error:
        raise FieldError("something other than base64") from error
    if text is None:
        raise FieldError("base64 of something that is not UTF-8 text")
    return text
