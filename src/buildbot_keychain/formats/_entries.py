"""The entries of a settings file, by name, and `flattened`, which makes them of nested mappings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from buildbot_keychain import utf8
from buildbot_keychain.secretive import secretive

T = TypeVar("T")


class Malformed(ValueError):
    """A file that cannot be read.

    Its message says why, as the end of a sentence, and quotes nothing of the file.
    """


@secretive
@dataclass(frozen=True, slots=True)
class NonText:
    """Stands for a value that is not a text.

    :param what: what it is instead: ``a number``.
    :param remedy: what to do about it.
    :param written: a number as it is written; ``None`` for everything else.
    """

    what: str
    remedy: str = "put it in quotes"
    written: str | None = field(default=None, repr=False, compare=False)


MAX_DEPTH = 100
"""Levels of nesting."""

MAX_NAME = 1024
"""Characters of a name, with those that it is nested in."""

MAX_ENTRIES = 20_000

NESTED_TOO_DEEPLY = "it is nested too deeply"

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
    :raise Malformed: when it is not a `dict`, two values get the same name, or it is too large.
    """
    if not isinstance(tree, dict):
        raise Malformed("it has no names, but one value")
    entries: Entries = {}
    for name, value in _values(tree):
        add_entry(entries, name, _entry(value))
    return entries


def add_entry(entries: Entries, name: str, entry: str | NonText) -> None:
    """Add an entry.

    :raise Malformed: when its name is taken or too long, or there are too many.
    """
    if name in entries:
        raise Malformed("two values have one name: one nested, one with a '/' in its name")
    check_name(name)
    if len(entries) >= MAX_ENTRIES:
        msg = f"it has more than {MAX_ENTRIES} values"
        raise Malformed(msg)
    entries[name] = entry


def check_name(name: str) -> None:
    """Raise `Malformed` if a name, or the beginning of one, is too long."""
    if len(name) > MAX_NAME:
        msg = f"it has a name of more than {MAX_NAME} characters"
        raise Malformed(msg)


def _values(tree: dict[str, Any]) -> Iterator[tuple[str, object]]:
    waiting = [("", tree)]
    while waiting:
        prefix, branch = waiting.pop()
        for key, value in branch.items():
            check_name(key)
            if isinstance(value, dict):
                check_name(prefix + key)
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
    return number(str(value)) if isinstance(value, (int, float)) else DATE


def number(text: str) -> NonText:
    """Return what stands for a number that is written as `text`."""
    return replace(NUMBER, written=text)


def number_as_text(value: T) -> T | str:
    """Return a number as it is written, and anything else as it is."""
    if isinstance(value, NonText) and value.written is not None:
        return value.written
    return value
