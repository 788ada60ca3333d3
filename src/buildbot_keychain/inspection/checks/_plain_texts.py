"""Looks for what was meant to be a secret and is none: a format without `Interpolate`, a class."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from buildbot.interfaces import IRenderable
from buildbot.process import properties
from buildbot.schedulers.forcesched import BaseParameter

from buildbot_keychain.errors import quote
from buildbot_keychain.inspection._places import arguments_of, is_ours, places_in
from buildbot_keychain.rendering import Interpolate, Secret

_FORMAT = re.compile(r"%\(secret:[^()\s]{1,60}\)s")
_REPR = re.compile(r"\bSecret\('[^'()\\\s]{1,60}'\)")
_KNOWN = ("buildbot.", "buildbot_keychain.")
_CLASSES = (Secret, Interpolate, properties.Secret, properties.Interpolate)


class PlainText(NamedTuple):
    """A place where the name of a secret is used in place of its value.

    :param problem: what is wrong, as a sentence.
    :param is_certain: whether the code that is given it is Buildbot's or ours, which fills in
        nothing. That of others may.
    """

    problem: str
    is_certain: bool


def plain_texts(config: Any) -> Iterator[PlainText]:
    """Yield the places where a build would get the name of a secret, not its value.

    :param config: Buildbot's ``MasterConfig``, loaded.
    """
    for place in places_in(config):
        is_known = place.owner is None or str(place.owner.__module__).startswith(_KNOWN)
        for problem in dict.fromkeys(_problems_in(place.arguments, set())):
            yield PlainText(f"{place.words}: {problem}", is_known)


def _problems_in(value: Any, seen: set[int]) -> Iterator[str]:
    if id(value) in seen:
        return
    seen.add(id(value))
    problem = _problem_of(value)
    if problem:
        yield problem
    for part in _parts_of(value):
        yield from _problems_in(part, seen)


def _problem_of(value: Any) -> str:
    """Return what is wrong with `value` itself, or a blank text."""
    if isinstance(value, str):
        return _problem_of_text(value)
    if isinstance(value, type) and issubclass(value, _CLASSES):
        name = value.__name__
        return f"the class {name} stands where a secret is meant: write {name}('...')"
    if isinstance(value, properties.WithProperties):
        found = _FORMAT.search(value.fmtstring)
        return (
            f"WithProperties knows no secrets: write Interpolate({quote(found[0])})"
            if found
            else ""
        )
    if isinstance(value, properties.Property) and str(value.key).startswith("secret:"):
        name = value.key.partition(":")[2]
        return f"{quote(value.key)} is not a property: write Secret({quote(name)})"
    return ""


def _problem_of_text(text: str) -> str:
    found = _FORMAT.search(text)
    if found:
        shown = quote(found[0])
        return (
            f"nothing is filled into the text {shown}: write Interpolate({shown}), or "
            f"Interpolate({quote('%' + found[0])}) where the text itself is meant"
        )
    found = _REPR.search(text)
    if found:
        return (
            f"the text {quote(found[0])} is not a secret, and nobody looks it up: write "
            f"{found[0]} itself, or Interpolate({quote(found[0])}) where the text is meant"
        )
    return ""


def _parts_of(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, BaseParameter):
        return [getattr(value, "default", None), getattr(value, "fields", None)]
    given = arguments_of(value)
    # A renderable may fill its texts in.
    if not given and is_ours(value) and not IRenderable.providedBy(value):
        return list(getattr(value, "__dict__", {}).values())
    return list(given.values())
