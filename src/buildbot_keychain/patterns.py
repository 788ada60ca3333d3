"""Patterns of names, in which ``*`` stands for any characters, and nothing else is special.

``*`` stands for none, one or many characters, a ``/`` and line ends among them. Upper and lower
case differ. Comparing takes time in proportion to the text, whoever wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from operator import methodcaller

ANYTHING = "*"
"""What stands for any characters."""

Matcher = Callable[[str], bool]


def is_literal(pattern: str) -> bool:
    """Return whether `pattern` matches one text only: itself."""
    return ANYTHING not in pattern


def literal_prefix(pattern: str) -> str:
    """Return what every text that `pattern` matches begins with."""
    return pattern.partition(ANYTHING)[0]


def matches(pattern: str, text: str) -> bool:
    """Return whether `pattern` matches the whole of `text`."""
    return matcher_of(pattern)(text)


def matcher_of(pattern: str) -> Matcher:
    """Return the function that tells whether `pattern` matches a text."""
    first, *rest = pattern.split(ANYTHING)
    if not rest:
        return frozenset((pattern,)).__contains__
    if not any(rest):
        return methodcaller("startswith", first)
    *middle, last = rest
    shortest = len(first) + len(last)

    def match(text: str) -> bool:
        if len(text) < shortest or not text.startswith(first) or not text.endswith(last):
            return False
        # The leftmost place for each part leaves the most for those behind it.
        place, end = len(first), len(text) - len(last)
        for part in middle:
            place = text.find(part, place, end)
            if place < 0:
                return False
            place += len(part)
        return True

    return match


def matcher(patterns: Iterable[str]) -> Matcher:
    """Return the function that tells whether any of `patterns` matches a text."""
    given = frozenset(patterns)
    literals = frozenset(filter(is_literal, given))
    wild = given - literals
    prefixes = tuple(p[:-1] for p in wild if p.find(ANYTHING) == len(p) - 1)
    others = [matcher_of(p) for p in wild if p[:-1] not in prefixes]
    if others:
        return lambda text: (
            text in literals or text.startswith(prefixes) or any(match(text) for match in others)
        )
    if literals and prefixes:
        return lambda text: text in literals or text.startswith(prefixes)
    return methodcaller("startswith", prefixes) if prefixes else literals.__contains__


def covers(general: str, special: str) -> bool:
    """Return whether `general` matches every text that `special` matches."""
    # Only a `*` matches a `*`: no other part of a pattern contains one.
    return matches(general, special)


def expression(pattern: str, anything: str) -> re.Pattern[str]:
    """Return a regular expression of `pattern` with `anything`, another one, in place of ``*``."""
    return re.compile(anything.join(map(re.escape, pattern.split(ANYTHING))))
