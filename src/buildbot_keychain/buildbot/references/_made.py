"""`MadeValues`: the templates of the values that were rendered, by the object that each value is.

A value is known until the build that rendered it ends, or as long as the properties live that
Buildbot makes for one rendering of a scheduler. It is a copy of its own, so no other text is that
object; what is rendered again in the same way is the same object. Python shares texts of one
character, so those are not known: they are passed on like any text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from sys import getsizeof
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from buildbot_keychain.buildbot.references._templates import (
    DEEPEST,
    Name,
    Template,
    depth_of,
    filled,
    names_of,
    of_literal,
    of_secret,
)
from buildbot_keychain.secretive import secretive

_MOST = 10_000
"""Values that are kept of one owner; of more, the oldest that it did not receive are forgotten."""

_LARGEST = 32 * 1024 * 1024
"""Bytes that the texts of these may have in all; of more, the same is true."""

_SHORTEST = 2
"""Characters of a text that is an object of its own."""

_KEPT_BY = "keychain_made"
"""The attribute of whoever rendered values that keeps them."""


@secretive
class Made(NamedTuple):
    """How a value was made, and of what values of secrets."""

    template: Template
    values: Mapping[Name, str]


@secretive
class _Value:
    """A value with its template; the values that it was made of are kept with it."""

    __slots__ = ("__weakref__", "made", "text")

    def __init__(self, text: str, made: Made) -> None:
        self.text = text
        self.made = made


class _Kept:
    """The values of one owner, which Buildbot may copy or pickle: a copy of this has none."""

    def __init__(self) -> None:
        self._received: list[_Value] = []
        # By their texts, which differ as a rule; the oldest is the first.
        self._rendered: dict[str, list[_Value]] = {}
        self._count = self._size = 0

    def __reduce__(self) -> Any:
        return _Kept, ()

    def receive(self, value: _Value) -> None:
        """Keep a value that a build has received, of which there are not many."""
        self._received.append(value)

    def like(self, text: str, made: Made) -> _Value | None:
        """Return the value with this text that was made in this way."""
        for value in self._rendered.get(text, ()):
            if _is_same(value.made, made):
                return value
        return None

    def add(self, value: _Value) -> None:
        """Keep a value that was rendered."""
        self._rendered.setdefault(value.text, []).append(value)
        self._count += 1
        self._size += getsizeof(value.text)
        while len(self._rendered) > 1 and (self._count > _MOST or self._size > _LARGEST):
            text = next(iter(self._rendered))
            count = len(self._rendered.pop(text))
            self._count -= count
            self._size -= count * getsizeof(text)


class MadeValues:
    """The values of one master's builds and schedulers. No method shows one."""

    def __init__(self) -> None:
        self._of_object: WeakValueDictionary[int, _Value] = WeakValueDictionary()

    def secret(self, owner: object, name: Name, value: str) -> str:
        """Return the value of a secret as an object of which it is known what it is.

        :param owner: who has rendered it.
        """
        return self._keep(owner, value, Made(of_secret(name), {name: value}))

    def formatted(self, owner: object, text: str, fmtstring: str, values: Any) -> str:
        """Return `text` as an object of which it is known how it was made, if it has a secret.

        :param values: what `fmtstring` was filled with: a tuple, or a dict by key.
        """
        parts = self._parts_of(values)
        if parts is None:
            return text
        templates, own = parts
        return self._keep(owner, text, Made({"format": fmtstring, "values": templates}, own))

    def made_again(self, owner: object, template: Template, values: Mapping[Name, str]) -> Any:
        """Return what a template makes of the values of its secrets, as known as they were."""
        if "list" in template:
            return [self.made_again(owner, part, values) for part in template["list"]]
        if "dict" in template:
            parts = template["dict"].items()
            return {key: self.made_again(owner, part, values) for key, part in parts}
        value = filled(template, values.__getitem__)
        own = {name: values[name] for name in names_of(template)}
        return self._keep(owner, value, Made(template, own), received=True) if own else value

    def of(self, value: object, depth: int = 0) -> Made | None:
        """Return how `value`, or something in a list or dict, was made, if it has a secret."""
        if isinstance(value, str):
            known = self._of_object.get(id(value))
            return known.made if known is not None and known.text is value else None
        if not isinstance(value, (list, tuple, dict)) or depth >= DEEPEST:
            return None
        parts = self._parts_of(value, depth + 1)
        if parts is None:
            return None
        templates, own = parts
        return Made({"dict" if isinstance(value, dict) else "list": templates}, own)

    def keeping(self, text: str) -> object:
        """Return what keeps it known how `text` was made, as long as this lives."""
        return self._of_object.get(id(text))

    def forget(self, owner: object) -> None:
        """Forget what `owner` has rendered and received."""
        vars(owner).pop(_KEPT_BY, None)

    def _parts_of(self, values: Any, depth: int = 0) -> tuple[Any, dict[Name, str]] | None:
        """Return the templates of several values, and of what they were made, if one has a secret.

        :param values: a list or tuple, or a dict by key; the templates are in a list or dict too.
        """
        by_key = isinstance(values, Mapping)
        items = list(values.items() if by_key else enumerate(values))
        found = {key: self.of(value, depth) for key, value in items}
        known = [made for made in found.values() if made is not None]
        if not known:
            return None
        templates = {key: _template(value, found[key]) for key, value in items}
        own = {name: value for made in known for name, value in made.values.items()}
        return (templates if by_key else list(templates.values())), own

    def _keep(self, owner: object, text: str, made: Made, *, received: bool = False) -> str:
        if len(text) < _SHORTEST or depth_of(made.template) > DEEPEST:
            return text
        kept: _Kept = vars(owner).setdefault(_KEPT_BY, _Kept())
        known = kept.like(text, made)
        if known is not None and not received:
            return known.text
        value = _Value(text[:1] + text[1:], made)
        (kept.receive if received else kept.add)(value)
        self._of_object[id(value.text)] = value
        return value.text


def _is_same(one: Made, other: Made) -> bool:
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - of objects of other code that were filled in
        return False


def _template(value: Any, made: Made | None) -> Template:
    return of_literal(value) if made is None else made.template


def is_storable(template: Template) -> bool:
    """Return whether JSON gives back what a template holds."""
    try:
        return bool(json.loads(json.dumps(template)) == template)
    except (TypeError, ValueError, RecursionError):
        return False
