"""What a file of secrets holds, by name: texts, and what is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


class Malformed(ValueError):
    """A text that cannot be read; says why, as the end of a sentence, and quotes nothing."""


@dataclass(frozen=True)
class NotText:
    """Stands for a value that is not a text.

    :param what: what it is: ``a number``.
    :param remedy: what to do about it.
    """

    what: str
    remedy: str = "put it in quotes"


Entries = dict[str, "str | NotText"]
"""What a file holds, by the names that lookups use."""

NULL = NotText("null", "write a text, '' for an empty one")
NUMBER = NotText("a number")
BOOLEAN = NotText("a boolean")
LIST = NotText("a list", "give each of its items a name")
BROKEN = NotText("a text with half of a character", "encode it in base64")


def flattened(tree: object) -> Entries:
    """Give the leaves of nested mappings, their names joined by ``/``.

    :param tree: a `dict` with keys of type `str`; its values such ones again, or leaves.
    :raise Malformed: when it is no mapping, or two leaves get one name.
    """
    if not isinstance(tree, dict):
        raise Malformed("it holds no names and values, but one value")
    entries: Entries = {}
    for name, leaf in _leaves(tree):
        if name in entries:
            raise Malformed("two values have one name: one nested, one with a '/' in its name")
        entries[name] = _entry(leaf)
    return entries


def _leaves(tree: dict[str, Any]) -> Iterator[tuple[str, object]]:
    waiting = [("", tree)]
    while waiting:
        above, branch = waiting.pop()
        for key, value in branch.items():
            if isinstance(value, dict):
                waiting.append((f"{above}{key}/", value))
            else:
                yield above + key, value


def _entry(leaf: object) -> str | NotText:
    if isinstance(leaf, NotText):
        return leaf
    if isinstance(leaf, str):
        return leaf if leaf.encode("utf-8", "replace").decode() == leaf else BROKEN
    if isinstance(leaf, bool):
        return BOOLEAN
    if leaf is None:
        return NULL
    if isinstance(leaf, list):
        return LIST
    return NUMBER if isinstance(leaf, (int, float)) else NotText("a date or a time")
