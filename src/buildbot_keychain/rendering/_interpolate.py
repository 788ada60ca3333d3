"""`Interpolate`: a format string whose ``%(selector:…)s`` parts are filled in when it is rendered.

The grammar is Buildbot's (manual, "Interpolate"): the selectors ``prop``, ``src``, ``kw``,
``worker`` and ``secret``, each with an operator after the key or without one:

====================  ===========================================================================
``key``               the value; nothing if there is none (a missing secret is an error)
``key:-default``      the value; the default if there is none
``key:~default``      the value; the default if there is none or it is empty
``key:+text``         the text if there is a value, else nothing
``key:?|yes|no``      ``yes`` if there is a value, else ``no``; any character may delimit
``key:#?|yes|no``     ``yes`` if the value is true, else ``no``
====================  ===========================================================================

Defaults and texts may contain further selectors. For secrets, unlike in Buildbot, the operators ask
the providers: "there is a value" means that one of them has the secret. A secret's name may contain
colons and selectors: ``%(secret:deploy-%(prop:env)s)s``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from zope.interface import implementer

from buildbot_keychain.boundary import guarded_rendering
from buildbot_keychain.errors import RenderingError, quote
from buildbot_keychain.interfaces import IRenderable, IRenderingContext
from buildbot_keychain.patterns import ANYTHING
from buildbot_keychain.rendering._identity import identity
from buildbot_keychain.rendering._names import (
    Shaped,
    ShapedRenderable,
    expected_shape,
    format_shape,
    shaped,
)
from buildbot_keychain.rendering._selectors import OPERATORS, SELECTORS, LookUp, split_secret


class _Part(NamedTuple):
    """One ``%(…)s``: how its value is looked up, and what stands for it in the text.

    :param present: the text if there is a value; the value itself if it is ``None``.
    :param absent: the text if there is no value; nothing if it is ``None``.
    """

    look_up: LookUp
    operator: str
    present: Interpolate | None
    absent: Interpolate | None

    async def shaped(self, context: Any) -> Shaped:  # noqa: ANN401 - an IRenderingContext
        there, found = await self.look_up(context)
        if self.operator in {"~", "#?"}:
            there = there and bool(found.value)
        if there and self.present is None:
            return _EMPTY if found.value is None else found
        chosen = self.present if there else self.absent
        return _EMPTY if chosen is None else await chosen.shaped(context)


_EMPTY = Shaped("", "")


@implementer(IRenderable)
class Interpolate(ShapedRenderable):
    """The format string `fmtstring`, filled in when it is rendered.

    :param fmtstring: Python ``%`` formatting; with keyword arguments or none, the selectors above;
        with positional arguments, plain ``%s``.
    :param args: the values for ``%s``, in order; may be renderables.
    :param kwargs: the values for ``%(kw:…)s``; may be renderables.
    :raise RenderingError: when the format is wrong.
    """

    def __init__(self, fmtstring: str, *args: object, **kwargs: object) -> None:
        if args and kwargs:
            msg = f"Interpolate({quote(fmtstring)}) takes positional or keyword arguments, not both"
            raise RenderingError(msg)
        self.fmtstring = fmtstring
        self.args = args
        self.kwargs = kwargs
        self._parts = {} if args else {key: self._parse(key) for key in _keys(fmtstring)}

    def getRenderingFor(self, context: object) -> Deferred[str]:
        """Return the text (`str`).

        :raise SecretNotFound: when no provider has a secret that it names without a default.
        """
        return guarded_rendering(self.render(IRenderingContext(context)))

    async def render(self, context: Any) -> str:  # noqa: ANN401 - an IRenderingContext
        """Return the text, for a renderable that contains this one."""
        return str((await self.shaped(context)).value)

    async def shaped(self, context: Any) -> Shaped:  # noqa: ANN401 - an IRenderingContext
        """Return the text and its shape."""
        values: Any
        shapes: Any
        if self.args:
            filled_in = [await shaped(arg, context) for arg in self.args]
            values, shapes = zip(*filled_in, strict=True)
        else:
            parts = {key: await part.shaped(context) for key, part in self._parts.items()}
            values = {key: part.value for key, part in parts.items()}
            shapes = {key: part.shape for key, part in parts.items()}
        text = context.formatted(self.fmtstring % values, self.fmtstring, values)
        return Shaped(text, format_shape(self.fmtstring, shapes))

    def expected_shape(self) -> str:
        """Return the shape that the text will have if everything in it is filled in."""
        shapes: Any = tuple(map(expected_shape, self.args)) or self._expected_shapes
        return format_shape(self.fmtstring, shapes)

    @property
    def _expected_shapes(self) -> dict[str, object]:
        return {key: self._expected_shape(key, part) for key, part in self._parts.items()}

    def _expected_shape(self, key: str, part: _Part) -> object:
        if part.present is not None:
            return part.present.expected_shape()
        selector, name, *_ = key.split(":")
        return expected_shape(self.kwargs.get(name)) if selector == "kw" else ANYTHING

    def _parse(self, key: str) -> _Part:
        selector, colon, rest = key.partition(":")
        parse = SELECTORS.get(selector)
        if not colon or parse is None:
            msg = (
                f"{quote(f'%({key})s')} in {quote(self)}: a part is written %(selector:key)s, "
                f"with one of the selectors {', '.join(sorted(SELECTORS))}"
            )
            raise RenderingError(msg)
        look_up, modifier = parse(rest, self.kwargs, self._nested)
        if modifier is None:
            return _Part(look_up, "", None, None)
        operator = next((op for op in OPERATORS if modifier.startswith(op)), None)
        if operator is None:
            msg = (
                f"{quote(f'%({key})s')} in {quote(self)}: the key must be followed by one of the "
                "operators :- :~ :+ :? :#?"
            )
            raise RenderingError(msg)
        text = modifier[len(operator) :]
        if operator in {"-", "~"}:
            return _Part(look_up, operator, None, self._nested(text))
        if operator == "+":
            return _Part(look_up, operator, self._nested(text), None)
        yes, no = _split_ternary(key, text)
        return _Part(look_up, operator, self._nested(yes), self._nested(no))

    def _nested(self, fmtstring: str) -> Interpolate:
        return Interpolate(fmtstring, **self.kwargs)

    def __repr__(self) -> str:
        args = "".join(f", {arg!r}" for arg in self.args)
        kwargs = "".join(f", {key}={value!r}" for key, value in self.kwargs.items())
        return f"Interpolate({self.fmtstring!r}{args}{kwargs})"

    def __str__(self) -> str:
        """Raise a `RenderingError`: a text with it in it would hold its format, not its text.

        :raise RenderingError: always.
        """
        msg = (
            f"{quote(self)} cannot become part of a text before it is rendered: write one "
            "Interpolate for the whole text, with %(kw:name)s for its parts"
        )
        raise RenderingError(msg)

    def __format__(self, spec: str) -> str:
        """Raise a `RenderingError`, as `__str__` does."""
        return str(self)

    def _identity(self) -> object:
        return self.fmtstring, identity(self.args), identity(self.kwargs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Interpolate):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())


def secret_names(fmtstring: str) -> Iterator[tuple[str, bool]]:
    """Yield each secret's name as a format string has it, and whether the secret is needed.

    It is not if something stands for a missing one. That includes names in defaults; a name may
    have parts that are rendered. A text that is not a format string has none.
    """
    try:
        keys = _keys(fmtstring, may_show_all=True)  # Buildbot's own Interpolate renders that
    except RenderingError:
        return
    for key in keys:
        selector, _, rest = key.partition(":")
        if selector == "secret":
            name, modifier = split_secret(rest)
            yield name, modifier is None
            yield from secret_names(name)
            yield from secret_names(modifier or "")
        else:
            yield from secret_names(rest)


class _KeyRecorder(dict[str, str]):
    """Records which keys a format string asks for, and whether it shows all values.

    ``100% sure`` does: it has a conversion without a key, ``% s``.
    """

    shows_all = False

    def __missing__(self, key: str) -> str:
        self[key] = ""
        return ""

    def __repr__(self) -> str:
        self.shows_all = True
        return ""


def _keys(fmtstring: str, *, may_show_all: bool = False) -> list[str]:
    keys = _KeyRecorder()
    try:
        fmtstring % keys
    except (TypeError, ValueError) as error:
        raise _not_a_format(fmtstring, keys, str(error)) from error
    if keys.shows_all and not may_show_all:
        raise _not_a_format(fmtstring, keys, "a conversion without a key")
    return list(keys)


_UNENDED = r"(?<!%%)%s(?![#0 +-]*\d*(?:\.\d+)?[sra])"
"""A part that no conversion of a text ends."""


def _not_a_format(fmtstring: str, keys: Iterable[str], problem: str) -> RenderingError:
    parts = (f"%({key})" for key in keys)
    unended = next((p for p in parts if re.search(_UNENDED % re.escape(p), fmtstring)), None)
    if unended is None:
        hint = f"{problem}; a plain % is written %%"
    else:
        hint = f"an s ends a part: write {quote(f'{unended}s')}"
    return RenderingError(f"{quote(fmtstring)} is not a format string: {hint}")


def _split_ternary(key: str, text: str) -> tuple[str, str]:
    """Split ``|yes|no`` at the second delimiter that is not inside parentheses."""
    delimiter, rest = text[:1], text[1:]
    if delimiter not in {"", "("}:
        depth = 0
        for index, character in enumerate(rest):
            depth += (character == "(") - (character == ")")
            if depth == 0 and character == delimiter:
                return rest[:index], rest[index + 1 :]
    msg = f"{quote(f'%({key})s')}: a choice is written :?|yes|no, with any delimiter but '('"
    raise RenderingError(msg)
