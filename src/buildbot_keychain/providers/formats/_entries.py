"""The entries of a settings file, by name, and `flattened`, which makes them of nested mappings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from buildbot_keychain import utf8


class Malformed(ValueError):
    """A file that cannot be read.

    Its message says why, as the end of a sentence, and quotes nothing of the file.
    """


@dataclass(frozen=True)
class NonText:
    """Stands for a value that is not a text.

    :param what: what it is instead: ``a number``.
    :param remedy: what to do about it.
    """

    what: str
    remedy: str = "put it in quotes"


Entries = dict[str, "str | NonText"]
"""The values of a file, by the names that lookups use."""

NULL = NonText("null", "write a text, '' for an empty one")
NUMBER = NonText("a number")
BOOLEAN = NonText("a boolean")
DATE = NonText("a date or a time")
LIST = NonText("a list", "give each of its items a name")
NOT_UNICODE = NonText("a text that is not valid Unicode", "encode it in base64")


def flattened(tree: object) -> Entries:
    r"""Return the values of nested mappings, their names joined by ``/``.

    :param tree: a `dict` with keys of type `str`, whose values are again such `dict`\ s, or values.
    :raise Malformed: when it is not a `dict`, or two values get the same name.
    """
    if not isinstance(tree, dict):
        raise Malformed("it has no names, but one value")
    entries: Entries = {}
    for name, value in _values(tree):
        if name in entries:
            raise Malformed("two values have one name: one nested, one with a '/' in its name")
        entries[name] = _entry(value)
    return entries


def _values(tree: dict[str, Any]) -> Iterator[tuple[str, object]]:
    waiting = [("", tree)]
    while waiting:
        prefix, branch = waiting.pop()
        for key, value in branch.items():
            if isinstance(value, dict):
                waiting.append((f"{prefix}{key}/", value))
            else:
                yield prefix + key, value


def _entry(value: object) -> str | NonText:
    if isinstance(value, NonText):
        return value
    if isinstance(value, str):
        return value if utf8.is_encodable(value) else NOT_UNICODE
    if isinstance(value, bool):
        return BOOLEAN
    if value is None:
        return NULL
    if isinstance(value, list):
        return LIST
    return NUMBER if isinstance(value, (int, float)) else DATE
