"""No regular expression of the package takes quadratic time, as far as its parts tell.

An expression is slow where a repetition without a bound can give characters to another one behind
it, and what follows can then fail. To `search`, each place of the text is such a repetition as
well. What cannot be told from the parts is in `REVIEWED`.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest

import buildbot_keychain

if sys.version_info >= (3, 11):
    from re import _constants as codes  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]
else:
    import sre_constants as codes
    import sre_parse as parser

_ARMOUR = "each try ends at the next line of armour"
_QUOTED = "a quote ends at the first one that is not escaped, or at the end, and is not tried again"

REVIEWED = {
    "cli._parser:_REPEATED": "texts are messages of the parser about what somebody typed",
    "formats._dotenv:_QUOTED": "used by `match`; " + _QUOTED,
    "formats._json:_BRACKETS": _QUOTED,
    "formats._toml:_TOKENS": _QUOTED,
    "inspection.plain_secrets._shapes:_PRIVATE_KEY": "each try ends at the next key",
    "providers.http._tls:_CERTIFICATE": _ARMOUR,
    "providers.http._tls:_KEY": _ARMOUR,
    "redaction.fields.documents:_SECTION": _ARMOUR,
    "redaction.fields.documents:_ELEMENT": "each try ends at the next beginning of a CDATA section",
    "redaction.fields.documents:_WORD": "of what does not end, the next word begins no quote",
    "redaction.fields.documents:_PGPASS": "colons are escaped in a field, or end it",
    "redaction.fields.entries:_ENTRY": _QUOTED,
    "redaction.fields.key_members:_XML": "each try ends at the next beginning of a key",
    "redaction.fields.private_keys:_SECTION": _ARMOUR,
    "redaction.fields.private_keys:_LINE": "a line has a last character that is not blank",
    "redaction.matching.dump_lines:_CELLS": "lines have at most 512 bytes",
    "redaction.matching.dump_lines:_DECIMALS": "lines have at most 512 bytes",
    "redaction.output.labels:_TOKEN_IN_HTML": "each try ends at the next bracket",
    "store.imports.jenkins._xml:_REFERENCE": "what does not end is matched to the end",
    "versions:_REQUIREMENT": "texts are our own requirements",
}
"""Expressions that the rule finds slow, by module and name, and why they are not."""

METHODS = {"findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"}
AT_A_PLACE = {"fullmatch", "match"}
FAR = 1024
"""From so many repetitions on, there is no bound."""

_SAMPLES = [*map(chr, range(256)), "\u4e2d", "\u2028"]
_EVERY = (1 << len(_SAMPLES)) - 1
_OTHER = 1 << 256
_NEWLINE = 1 << ord("\n")
_CHARACTERS = {codes.ANY, codes.LITERAL, codes.NOT_LITERAL, codes.IN}
_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}


@dataclasses.dataclass(frozen=True)
class Way:
    """How the characters of a repetition lead to a place behind it."""

    characters: int
    """Those it repeats, as a set of bits."""
    needed: frozenset[int] = frozenset()
    """Sets of which a character each is on the way."""

    def over(self, characters: int) -> Way:
        """Return the way on, over one of a set of characters."""
        return Way(self.characters, self.needed | {self.characters & characters})


class Reading:
    """What the parts of an expression can give to each other."""

    def __init__(self, pattern: re.Pattern[Any], *, searched: bool) -> None:
        """Read an expression."""
        self._flags = pattern.flags | (re.ASCII if isinstance(pattern.pattern, bytes) else 0)
        self._open: list[tuple[Way, int]] = []
        self.slow: list[str] = []
        """The characters of which many take long, for each pair of repetitions."""
        items: Any = parser.parse(pattern.pattern, self._flags)
        self._sequence(items, [Way(_EVERY)] if searched else [])

    def _sequence(self, items: Iterable[Any], ways: list[Way]) -> list[Way]:
        for code, argument in items:
            ways = self._item(code, argument, ways)
        return ways

    def _item(  # noqa: C901, PLR0911
        self, code: Any, argument: Any, ways: list[Way]
    ) -> list[Way]:
        if code in _CHARACTERS:
            characters = self._set(code, argument)
            self._fail()
            return [way.over(characters) for way in ways if way.characters & characters]
        if str(code) in _REPEATS:
            least, most, body = argument
            return self._repeat(least, most, body, ways)
        if code is codes.SUBPATTERN:
            _, added, removed, body = argument
            before, self._flags = self._flags, (self._flags | added) & ~removed
            ways = self._sequence(body, ways)
            self._flags = before
            return ways
        if code is codes.BRANCH:
            return self._branch(argument[1], ways)
        if code is codes.GROUPREF_EXISTS:
            return self._branch([argument[1], argument[2] or []], ways)
        if str(code) == "ATOMIC_GROUP":
            return self._sequence(argument, ways)
        if code in (codes.ASSERT, codes.ASSERT_NOT):
            direction, body = argument
            return self._assertion(code, direction, body, ways)
        if code is codes.AT:
            self._fail()
            if argument is codes.AT_BEGINNING_STRING:
                return []
            if argument is codes.AT_BEGINNING:
                multiline = self._flags & re.MULTILINE
                return [way.over(_NEWLINE) for way in ways if multiline]
            return ways
        if code is codes.GROUPREF:
            self._fail()
            return ways
        raise NotImplementedError(code)

    def _fail(self, unless: int = 0) -> None:
        """Note that an expression may fail here, except before characters that are excluded."""
        for _, characters in self._open:
            if not (unless and not unless & characters):
                shown = "".join(_SAMPLES[at] for at in range(256) if characters >> at & 1)
                self.slow.append(shown[:40])
        if not unless:
            self._open = []

    def _repeat(self, least: int, most: int, body: Any, ways: list[Way]) -> list[Way]:
        before, self._open = self._open, []
        if least:
            before, self._open = [], before
        after = ways
        for _ in range(max(1, min(least, 2))):
            after = self._sequence(body, after)
        if most >= FAR and least != most:
            after = self._many(body, ways, after)
        # That none comes is no failure.
        self._open += before
        return list(dict.fromkeys(after if least else [*ways, *after]))

    def _many(self, body: Any, ways: list[Way], inside: list[Way]) -> list[Way]:
        """Return the ways behind a repetition without a bound.

        :param inside: those behind one turn.
        """
        left, found = self._open, self.slow
        characters, needed = self._union(body), self._needed(body)
        opened = [
            (way, way.characters & characters)
            for way in ways
            if way.characters & characters
            and all(way.characters & each for each in needed)
            and all(each & characters for each in way.needed)
        ]
        # In the next turn, what is inside may give to itself.
        self.slow, self._open = [], []
        self._sequence(body, [way for way in inside if way not in ways])
        self.slow = found + self.slow
        self._open += left + opened
        return [*inside, *(way for way, _ in opened), Way(characters, frozenset(needed))]

    def _branch(self, branches: Iterable[Any], ways: list[Way]) -> list[Way]:
        before, after, opened = self._open, [], []
        for branch in branches:
            self._open = list(before)
            after += self._sequence(branch, ways)
            opened += self._open
        self._open = opened
        return list(dict.fromkeys(after))

    def _assertion(self, code: Any, direction: int, body: Any, ways: list[Way]) -> list[Way]:
        only = len(body) == 1 and body[0][0] in _CHARACTERS
        unless = self._set(*body[0]) if only and code is codes.ASSERT_NOT and direction > 0 else 0
        self._fail(unless)
        if direction > 0:
            opened, self._open = self._open, []
            self._sequence(body, ways)
            # It succeeds where the other one fails.
            if code is codes.ASSERT_NOT:
                self._fail()
            self._open = opened
            return ways
        before = self._union(body)
        return [way.over(~before if code is codes.ASSERT_NOT else before) for way in ways]

    def _needed(self, items: Iterable[Any]) -> set[int]:
        """Return sets of which each turn of a repetition has a character."""
        needed: set[int] = set()
        for code, argument in items:
            if code in _CHARACTERS:
                needed.add(self._set(code, argument))
            elif str(code) in _REPEATS and argument[0]:
                needed |= self._needed(argument[2])
            elif code is codes.SUBPATTERN:
                needed |= self._needed(argument[3])
            elif code is codes.BRANCH:
                needed.add(self._union([(code, argument)]))
        return needed

    def _union(self, items: Iterable[Any]) -> int:
        """Return all characters of parts of an expression."""
        characters = 0
        for code, argument in items:
            if code in _CHARACTERS:
                characters |= self._set(code, argument)
            elif str(code) in _REPEATS:
                characters |= self._union(argument[2])
            elif code is codes.SUBPATTERN:
                characters |= self._union(argument[3])
            elif code is codes.BRANCH:
                characters |= self._union(item for branch in argument[1] for item in branch)
            elif code is codes.GROUPREF_EXISTS:
                characters |= self._union([*argument[1], *(argument[2] or [])])
            elif str(code) == "ATOMIC_GROUP":
                characters |= self._union(argument)
            elif code is codes.GROUPREF:
                characters = _EVERY
        return characters

    def _set(self, code: Any, argument: Any) -> int:
        """Return the characters of a class as a set of bits."""
        if code is codes.ANY:
            return _EVERY if self._flags & re.DOTALL else _EVERY & ~_NEWLINE
        if code is codes.NOT_LITERAL:
            return _EVERY & ~self._set(codes.LITERAL, argument)
        if code is codes.LITERAL:
            return self._set(codes.RANGE, (argument, argument)) or _OTHER
        if code is codes.RANGE:
            first, last = argument
            cases = (str.lower, str.upper) if self._flags & re.IGNORECASE else (str,)
            return _bits(
                at
                for at, character in enumerate(_SAMPLES)
                if any(first <= ord(case(character)[0]) <= last for case in cases)
            )
        if code is codes.CATEGORY:
            name = str(argument).rpartition("_")[2]
            inside = re.compile(_CATEGORIES[name], self._flags & re.ASCII)
            characters = _bits(at for at, each in enumerate(_SAMPLES) if inside.match(each))
            return _EVERY & ~characters if "NOT" in str(argument) else characters
        characters = 0
        for one, its in argument:
            characters |= 0 if one is codes.NEGATE else self._set(one, its)
        return _EVERY & ~characters if argument[0][0] is codes.NEGATE else characters


def _bits(places: Iterable[int]) -> int:
    return sum(1 << place for place in places)


def slow(expression: str | bytes, *uses: str, flags: int = 0) -> list[str]:
    """Return of which characters many take an expression long in some use."""
    searched = bool(set(uses) - AT_A_PLACE)
    return Reading(re.compile(expression, flags), searched=searched).slow


def _modules() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(buildbot_keychain.__path__, "buildbot_keychain."):
        if not module.name.endswith("__main__"):
            yield importlib.import_module(module.name)


def _patterns(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
        return
    inner: Iterable[object] = ()
    if isinstance(value, Mapping):
        inner = [*value, *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner = value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = [getattr(value, field.name, None) for field in dataclasses.fields(value)]
    elif isinstance(value, type):
        inner = list(vars(value).values())
    if depth < 4:
        for each in inner:
            yield from _patterns(each, depth + 1)


def _expressions() -> Iterator[tuple[str, re.Pattern[Any], set[str]]]:
    """Yield each expression with its module and name, and the methods it is used with."""
    for module in _modules():
        tree = ast.parse(inspect.getsource(module))
        uses = defaultdict(set)
        short = module.__name__.removeprefix("buildbot_keychain.")
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Attribute) and node.attr in METHODS):
                continue
            if isinstance(node.value, ast.Name):
                uses[node.value.id].add(node.attr)
        for name, value in vars(module).items():
            if isinstance(value, type) and value.__module__ != module.__name__:
                continue
            for pattern in _patterns(value):
                yield f"{short}:{name}", pattern, uses.get(name) or METHODS
        for call in ast.walk(tree):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and isinstance(call.func.value, ast.Name)
                and call.func.value.id == "re"
                and call.func.attr in METHODS
                and isinstance(call.args[0], ast.Constant)
            ):
                pattern = re.compile(call.args[0].value)
                yield f"{short}:{call.args[0].value!r}", pattern, {call.func.attr}


def test_no_expression_of_the_package_is_slow() -> None:
    found = {}
    for name, pattern, uses in _expressions():
        if which := slow(pattern.pattern, *uses, flags=pattern.flags & ~re.UNICODE):
            found[name] = pattern.pattern, sorted(uses), which[0]
    assert {name: found[name] for name in found if name not in REVIEWED} == {}
    assert set(REVIEWED) - set(found) == set()


@pytest.mark.parametrize(
    ("expression", "use"),
    [
        (r"a*a*b", "match"),
        (r"[ab]*x?[bc]*d", "match"),
        (r"(?:a+)*b", "match"),
        (r"(?:a|b+)*c", "fullmatch"),
        (r"\s*\n", "search"),
        (r"<a>.*?</a>", "search"),
        (rb"\.\.+(?![./])", "finditer"),
        (r"(?=.*a.*b)c", "match"),
        (r"(?m)^a\s*\w*\s*b", "match"),
    ],
)
def test_a_slow_expression_is_found(expression: str | bytes, use: str) -> None:
    assert slow(expression, use)


@pytest.mark.parametrize(
    ("expression", "use"),
    [
        (r"a*b*c", "match"),
        (r"[a-z]+[0-9]*", "finditer"),
        (r"\s*\n", "match"),
        (r"(?<!\s)\s*\n", "search"),
        (r'"(?:[^"]*)"', "search"),
        (r"(?m)^[ \t]*#", "search"),
        (r"[A-Z]+(?![a-z])", "findall"),
        (r"a+(?:-a+)*b", "match"),
        (r"a{1,20}a{1,20}b", "match"),
    ],
)
def test_a_fast_expression_is_not(expression: str, use: str) -> None:
    assert slow(expression, use) == []
