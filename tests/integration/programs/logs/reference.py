"""Judge what redaction changed in a log, by a rule that is slow, plain and independent of it.

What a label covers must be the secret of that name, a line of it, or one of its secret fields; it
may be escaped or encoded in any way that `tests.support.readings` undoes. Values under eight
characters must stand between what is neither letter nor digit, also where a list of bytes shows
them; values under four, and literals that everybody writes, must not be covered at all. What looks
like a label in a log and is shown as it is has not been changed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.integration.programs.logs.holdings import Holding
from tests.support.readings import readings, seen_on_terminal

_ANYWHERE = 8
_WORDS = 4
_LITERALS = ("true", "localhost", "null", "default", "production", "127.0.0.1")
_ARMOUR = re.compile("-----[A-Z ]+-----")
_ESCAPE_AT_END = re.compile(
    r"(?:%[0-9a-fA-F]{2}|\\(?:[a-z]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[0-7]{3}))\Z"
)
_SGR = re.compile("\x1b\\[[0-9;]*m")


@dataclass(frozen=True)
class Change:
    """What is covered as one secret, in which lines; what stands beside it there."""

    name: str
    covered: str = field(repr=False)
    before: str = field(repr=False)
    after: str = field(repr=False)
    lines: range
    parts: tuple[Change, ...] = field(default=(), repr=False)
    """The changes of single lines that this one has been put together from."""

    def joined_with(self, following: Change, between: str) -> Change:
        """Return one change for two that may be one text: only white space is shown between."""
        return Change(
            self.name,
            f"{self.covered}{between}{following.covered}",
            self.before,
            following.after,
            range(self.lines.start, following.lines.stop),
            (*(self.parts or (self,)), following),
        )


class Reference:
    """Knows the secrets by name."""

    def __init__(self, holdings: Iterable[Holding]) -> None:
        self._texts = {holding.name: frozenset(_texts(holding)) for holding in holdings}
        names = "|".join(map(re.escape, (*self._texts, "secret")))
        self._label = re.compile(f"<({names})>")

    def changes(self, original: str, redacted: str) -> Iterator[Change]:
        """Yield what has changed between two logs of as many lines.

        Raises `ValueError` if they differ in anything but labels.
        """
        lines, others = original.split("\n"), redacted.split("\n")
        if len(lines) != len(others):
            raise ValueError(f"{len(lines)} lines have become {len(others)}")
        last: Change | None = None
        for number, (line, other) in enumerate(zip(lines, others, strict=True)):
            for change in self._changes_of(line, other, number) if line != other else ():
                if last is not None:
                    shown = "\n".join([last.after, *lines[last.lines.stop : number], change.before])
                    if last.name == change.name and last.lines.stop <= number and shown.isspace():
                        last = last.joined_with(change, shown)
                        continue
                    yield last
                last = change
        if last is not None:
            yield last

    def _changes_of(self, line: str, other: str, number: int) -> Iterator[Change]:
        """Find the shortest texts that the labels of a line can stand for."""
        parts = self._label.split(other)
        pattern = "(.+?)".join(map(re.escape, parts[::2]))
        match = re.fullmatch(pattern, line, re.DOTALL)
        if match is None:
            raise ValueError(f"line {number + 1} differs in more than labels")
        for name, index in zip(parts[1::2], range(1, len(parts)), strict=False):
            start, end = match.span(index)
            lines = range(number, number + 1)
            if line[start:end] != f"<{name}>":
                yield Change(name, line[start:end], line[:start], line[end:], lines)

    def is_right(self, change: Change) -> bool:
        """Return whether what a label covers is the secret that it names."""
        return self._is_text(change) or (
            bool(change.parts) and all(self._is_text(part) for part in change.parts)
        )

    def _is_text(self, change: Change) -> bool:
        candidates = self._texts.get(change.name) or frozenset().union(*self._texts.values())
        covered = [read for _, read in readings(change.covered, depth=2)]
        return any(
            _same(read, text) and (len(text) >= _ANYWHERE or _alone(change))
            for read in [*covered, *_base64(change.covered)]
            for text in candidates
        ) or any(
            _same(shown, text) and not (before.isalnum() or after.isalnum())
            for before, shown, after in _bytes_of(change)
            for text in candidates
        )


def keeps_colours(original: str, redacted: str) -> bool:
    """Return whether two logs have the same colours, in the same lines."""
    pairs = zip(original.split("\n"), redacted.split("\n"), strict=True)
    return all(_SGR.findall(line) == _SGR.findall(other) for line, other in pairs)


def is_hidden(text: str) -> bool:
    """Return whether a text (str) may be covered where it stands alone."""
    return len(text) >= _WORDS and text.lower() not in _LITERALS and not _ARMOUR.fullmatch(text)


def _texts(holding: Holding) -> Iterator[str]:
    """Yield the texts that may be covered as a secret."""
    lines = [line.strip() for line in holding.value.splitlines()]
    long = [line for line in lines if len(line) >= _ANYWHERE]
    return filter(is_hidden, (holding.value.strip(), *holding.fields, *long))


def _same(read: str, text: str) -> bool:
    """Return whether something was read as a text, apart from white space and colours."""
    return " ".join(seen_on_terminal(read).split()) == " ".join(text.split())


def _alone(change: Change) -> bool:
    """Return whether no letter or digit stands beside a change; an escape is neither."""
    before = _ESCAPE_AT_END.sub(" ", seen_on_terminal(change.before))
    after = seen_on_terminal(change.after)
    return not before[-1:].isalnum() and not after[:1].isalnum()


_HEX = "[0-9a-fA-F]{2}"
_ANY = r"\w:.-"
_NONE = r"\0"
_LISTS = (
    (16, "", _HEX, "", 2, _NONE),
    (16, r"\\x", _HEX, "", 2, _NONE),
    (16, "0x", _HEX, r",\s+", 2, _NONE),
    (16, "0x", _HEX, r"\s+", 2, _NONE),
    (16, "", _HEX, ":", 4, r"\w.-"),
    (16, "", _HEX, r"\s+", 2, _ANY),
    (10, "", "[0-9]{1,3}", r",\s+", 2, _ANY),
    (10, "", "[0-9]{1,3}", ",", 2, _ANY),
    (10, "", "[0-9]{1,3}", r"\s+", 2, _ANY),
    (8, "", "[0-7]{3}", r"\s+", 2, _ANY),
    (8, r"\\", "[0-7]{3}", "", 2, _NONE),
)
"""Base, sign, number, what is between, how many make a list, and what does not stand beside it."""


def _bytes_of(change: Change) -> Iterator[tuple[str, str, str]]:
    """Yield what a change shows as a list of bytes, between two characters, in each base.

    One number beside it that looks like those of the list may be something else: a character is
    there if more of the list surely are.
    """
    for base, sign, number, between, least, edge in _LISTS:
        one = sign + number
        if re.fullmatch(f"{one}(?:{between}{one})+", change.covered):
            apart = between.replace(r"\s+", " {1,2}")
            before = re.search(
                f"(?<![{edge}])(?:{one}{apart}){{{least - 1}}}{sign}({number}){apart}$",
                change.before,
            )
            after = re.match(
                f"{apart}{sign}({number})(?:{apart}{one}){{{least - 1}}}(?![{edge}])", change.after
            )
            shown = re.findall(f"{sign}({number})", change.covered)
            yield _character(before, base), _characters(shown, base), _character(after, base)
    groups = change.covered.split()
    if re.fullmatch(rf"({_HEX}\s+)?{_HEX}{_HEX}(\s+{_HEX}{_HEX})*(\s+{_HEX})?", change.covered):
        half, other_half = len(groups[0]) == 2, len(groups[-1]) == 2
        before = re.search(
            rf"(?<!\w)({_HEX})$"
            if half
            else f"(?<![{_ANY}]){_HEX}{_HEX} {{1,2}}{_HEX}({_HEX}) {{1,2}}$",
            change.before,
        )
        after = re.match(
            rf"({_HEX})(?!\w)"
            if other_half
            else f" {{1,2}}({_HEX}){_HEX} {{1,2}}{_HEX}{_HEX}(?![{_ANY}])",
            change.after,
        )
        shown = re.findall(_HEX, "".join(groups))
        yield _character(before, 16), _characters(shown, 16), _character(after, 16)


def _character(match: re.Match[str] | None, base: int) -> str:
    return chr(int(match[1], base)) if match else ""


def _characters(numbers: Iterable[str], base: int) -> str:
    return "".join(chr(int(each, base)) for each in numbers)


def _base64(text: str) -> Iterator[str]:
    """Yield what a text is in base64, if it is that; `readings` tries more, and all in one."""
    digits = "".join(text.split()).rstrip("=")
    if re.fullmatch("[A-Za-z0-9+/]{5,}", digits) and len(digits) % 4 != 1:
        yield base64.b64decode(digits + "=" * (-len(digits) % 4)).decode("utf-8", "replace")
