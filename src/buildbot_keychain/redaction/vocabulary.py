"""From a value to the needles that find it: the policy's forms and parts, judged by length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from .escapes import visible
from .forms import Spelling, base64_text, hexadecimal
from .loose import Reading, squeeze
from .needles import Needle
from .parts import lines
from .policy import RedactionPolicy
from .protection import ANYWHERE_LENGTH, Protection

__all__ = ["needles_of"]

_LINE_END = re.compile(r"[\r\n]")
_WHOLE_ONLY = frozenset({hexadecimal, base64_text})
"""Forms made of whole values, not of each of their lines."""


def needles_of(value: str, secret: int, policy: RedactionPolicy) -> Iterator[Needle]:
    """Yield everything that a policy looks for on account of a value (str) of a secret (its index).

    Yields nothing for a value that cannot be hidden. The same needle may come more than once.
    """
    for spelling in dict.fromkeys(_spellings(value, policy)):
        text = visible(spelling.text) if policy.through_escapes else spelling.text
        protection = policy.protection(text)
        if protection not in (Protection.ANYWHERE, Protection.WORDS):
            continue
        if spelling.before and len(text) < ANYWHERE_LENGTH:
            continue  # it would have to stand alone, and cannot
        for reading in _readings(spelling, text, policy):
            exact = reading is Reading.EXACT
            data = (text if exact else text.strip()).encode("utf-8", "surrogatepass")
            if not exact and not squeeze(data):
                continue  # of nothing but backspaces and white space nothing would be left
            yield Needle(
                secret,
                reading(data),
                reading,
                protection is Protection.WORDS,
                spelling.before.encode(),
                spelling.after,
            )


def _readings(spelling: Spelling, text: str, policy: RedactionPolicy) -> Iterator[Reading]:
    """The liberties under which a spelling is sought."""
    reading = Reading.FOLDED if spelling.any_case and "%" in text else Reading.EXACT
    flattened = _LINE_END.search(text.strip()) is not None
    if policy.through_cuts and len(text.strip()) >= ANYWHERE_LENGTH:
        if flattened:
            yield Reading.COLLAPSED
            reading = Reading.COLLAPSED
        yield reading.through_cuts()
        return
    yield reading
    if flattened:
        yield Reading.COLLAPSED
    if spelling.wraps and len(text) >= ANYWHERE_LENGTH:
        yield Reading.UNWRAPPED


def _spellings(value: str, policy: RedactionPolicy) -> Iterator[Spelling]:
    if not policy.length_rule:
        yield Spelling(value)
    yield from _written(value, policy)
    trimmed = _trim(value)
    if _encodes(trimmed, policy):
        for part in policy.parts:
            for text in part(trimmed):
                yield from _written(text, policy)


def _written(value: str, policy: RedactionPolicy) -> Iterator[Spelling]:
    """A value or a part of one, its lines, and all forms of both."""
    trimmed = _trim(value)
    yield Spelling(trimmed)
    yield from _lines(trimmed, policy)
    if not _encodes(trimmed, policy):
        return
    for text in _line_ends(trimmed):
        yield from _forms(text, policy)
    # White space does not make a short value long enough to be hidden inside words.
    padded = value != trimmed and len(value) <= policy.largest_encoded
    if padded and policy.protection(trimmed) is Protection.ANYWHERE:
        for spelling in _forms(value, policy):
            # White space that a form leaves as it is stays outside of the label.
            yield replace(spelling, text=spelling.text.strip())


def _trim(value: str) -> str:
    """A value without the byte order mark of a file, and without white space at its ends."""
    return value.removeprefix("\ufeff").strip()


def _encodes(text: str, policy: RedactionPolicy) -> bool:
    """Whether the forms of a text are sought."""
    weak = policy.protection(text) is Protection.NONE
    return not weak and len(text) <= policy.largest_encoded


def _line_ends(value: str) -> Iterable[str]:
    """A value as it is and with each usual kind of line ends, which forms may escape."""
    unix = re.sub("\r\n?", "\n", value)
    return dict.fromkeys((value, unix, unix.replace("\n", "\r\n")))


def _lines(value: str, policy: RedactionPolicy) -> Iterator[Spelling]:
    if policy.split_lines:
        for line in lines(value):
            yield Spelling(line)
            if len(value) <= policy.largest_encoded:
                yield from _forms(line, policy, whole=False)


def _forms(value: str, policy: RedactionPolicy, *, whole: bool = True) -> Iterator[Spelling]:
    for form in policy.forms:
        if not whole and form in _WHOLE_ONLY:
            continue
        for spelling in form(value):
            text = spelling if isinstance(spelling, Spelling) else Spelling(spelling)
            if text.text != value:
                yield text
