"""What redaction means, written down for texts so short that every stretch can be tried.

Slow and plain on purpose: no streaming, no index, no view. The vocabulary (which patterns a value
has) and the readings are the library's, and have tests of their own; everything that is done with
them is defined here a second time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from buildbot_keychain.redaction import RedactionPolicy
from buildbot_keychain.redaction.forms.expansion import expand, patterns_of
from buildbot_keychain.redaction.matching import pieces
from buildbot_keychain.redaction.matching.dump_lines import DumpLine, dump_line
from buildbot_keychain.redaction.matching.dump_offsets import goes_on
from buildbot_keychain.redaction.matching.normalisation import Normalisation
from buildbot_keychain.redaction.matching.numbers import (
    is_alphanumeric_after,
    is_alphanumeric_before,
)
from buildbot_keychain.redaction.matching.pattern import ANONYMOUS, DIRECT, Pattern
from buildbot_keychain.redaction.strength import OPEN_BITS, bits, readable

LABEL = re.compile("<[^<>\r\n]+>")
PARAMETERS = "[0-;=-?]{0,64}[ -/]{0,4}"
STRING = "[^\x00-\x1f\x7f<]{0,512}"
SEQUENCE = re.compile(
    f"(?:\x1b\\[|\x9b){PARAMETERS}[@-~]"
    f"|\x1b[\\]PX^_]{STRING}(?:\x07|\x1b\\\\)"
    "|\x1b[ -/]{0,4}[0-;=-OQ-WYZ\\\\`-~]"
    "|[\x0e\x0f\x80-\x84\x86-\x9a\x9c-\x9f]"
)
UNFINISHED = re.compile(
    f"(?:(?:\x1b\\[|\x9b){PARAMETERS}|\x1b[\\]PX^_]{STRING}\x1b?|\x1b[ -/]{{0,4}})\\Z"
)
ESCAPE = re.compile(
    r"(?:\\(?:[abefnrtvE]|[0-7]{1,3}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})"
    r"|%(?:25)?[0-9A-Fa-f]{2}"
    r"|(?:\\(?:e|E|0?33|x1[bB]|u001[bB])|\^\[)\[[0-9;:]{0,24}[A-Za-z])\Z"
)
DROPPED = " \t\n\r\v\f\b"
ELLIPSIS = re.compile("\\.\\.+(?![./])|…|\\[[0-9]{1,9} chars\\]")
BETWEEN = (" [truncated]", " [", "[", "\ufffd", *"\"'`")
NEITHER = re.compile(f"{ELLIPSIS.pattern}|[\r\n]")
QUOTES = "\"'`"
Secrets = Sequence[tuple[str, str]]
Interval = tuple[int, int, int, int, int]
"""Where it begins, where the masked part begins, end, secret, how near a letter would undo it."""


class Definition:
    """The meaning of a set of secrets under a policy, for readers to whom some were given."""

    def __init__(
        self, secrets: Secrets, policy: RedactionPolicy, given: Collection[str] | None = None
    ) -> None:
        self.policy = policy
        distinct = list(dict.fromkeys(secrets))
        self.names = [name for name, _ in distinct]
        self.patterns = [
            pattern
            for index, (name, value) in enumerate(distinct)
            if given is None or name in given
            for pattern in patterns_of(value, index, policy)
        ]
        self.open_patterns = list(self._open(distinct)) if given is not None else []
        self.anonymous = self._fallback()
        self.labels = [
            self._label(name) if given is None or name in given else self.anonymous
            for name in self.names
        ]

    def _open(self, secrets: Secrets) -> Iterator[Pattern]:
        """Yield what is hidden from everybody, on one line."""
        texts = [
            (index, name, text)
            for index, (name, value) in enumerate(secrets)
            for text in expand(value, index, self.policy).open_texts
        ]
        kernels = [(at, name, text.text) for at, name, text in texts if text.text == text.kernel]
        known = {
            kernel
            for index, name, kernel in kernels
            if bits(self._rest(kernel, name, [each for each in kernels if each[0] != index]))
            < OPEN_BITS
        }
        known |= self._known_in_others([(index, text.text) for index, _, text in texts])
        for _, _, text in texts:
            if text.kernel not in known and text.text not in known:
                yield from text.patterns

    def _known_in_others(self, texts: Sequence[tuple[int, str]]) -> set[str]:
        """Return the texts of which too little is left without those of other secrets in them."""
        secrets: dict[str, set[int]] = {}
        saying: dict[str, set[str]] = {}
        for index, text in texts:
            says = text
            while says:
                secrets.setdefault(says, set()).add(index)
                saying.setdefault(says, set()).add(text)
                says = readable(says)
        known = set()
        for says, own in secrets.items():
            covered: set[int] = set()
            for other, owners in secrets.items():
                for at in range(len(says) - len(other) + 1):
                    if other != says and owners - own and says.startswith(other, at):
                        covered.update(range(at, at + len(other)))
            rest = "".join(each for at, each in enumerate(says) if at not in covered)
            if covered and bits(rest) < OPEN_BITS:
                known |= saying[says]
        return known

    def _rest(self, text: str, name: str, others: Sequence[tuple[int, str, str]]) -> str:
        """Return what is left of a text without the ends that it shares with others."""
        start = end = 0
        for _, owner, other in others:
            for size in range(1, len(text)):
                if other.startswith(text[:size]) and (
                    owner == name or bits(text[:size]) >= OPEN_BITS
                ):
                    start = max(start, 0 if other.startswith(text) else size)
                if other.endswith(text[-size:]) and (
                    owner == name or bits(text[-size:]) >= OPEN_BITS
                ):
                    end = max(end, 0 if other.endswith(text) else size)
        return text[start : len(text) - end] if start + end < len(text) else ""

    def redact(self, text: str) -> str:
        text = self._write(text, list(self._in_dumps(text)))
        covers = [cover for places in self._views(text) for cover in self._covers(text, places)]
        return self._write(text, covers)

    def _in_dumps(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Yield what shows secrets in dumps: successive lines, read as the bytes that they show."""
        dump: list[tuple[int, str, DumpLine]] = []
        place = 0
        for line in text.split("\n"):
            shown = dump_line(line.encode())
            if shown and not (dump and goes_on(dump[-1][2].offset, shown.offset)):
                yield from self._in_dump(dump, at_end=False)
                dump = []
            if shown and (dump or shown.first):
                dump.append((place, line, shown))
            elif line or place < len(text):
                yield from self._in_dump(dump, at_end=False)
                dump = []
            place += len(line) + 1
        yield from self._in_dump(dump, at_end=True)

    def _in_dump(
        self, dump: Sequence[tuple[int, str, DumpLine]], *, at_end: bool
    ) -> Iterator[tuple[int, int, int]]:
        data = b"".join(shown.data for _, _, shown in dump)
        seen = data.decode(errors="surrogateescape")
        intervals = [
            *self._occurrences(seen, self.patterns),
            *(self._cut_off(seen) if at_end else ()),
        ]
        for _, start, end, secret, words in intervals:
            first, last = (len(_encoded(seen[:at])) for at in (start, end))
            at = 0
            for place, line, shown in dump:
                low, high = max(0, first - at), min(len(shown.data), last - at)
                if low < high:
                    for covered in shown.covered(low, high, whole=not words):
                        begin, stop = (
                            place + len(line.encode()[:each].decode()) for each in covered
                        )
                        yield begin, stop, secret
                at += len(shown.data)

    def _views(self, text: str) -> Iterator[list[int]]:
        places = list(range(len(text)))
        yield places
        if self.policy.through_escapes:
            sequences = [*SEQUENCE.finditer(text), *UNFINISHED.finditer(text)]
            hidden = {at for match in sequences for at in range(*match.span())}
            yield [at for at in places if at not in hidden]

    def _covers(self, text: str, places: list[int]) -> Iterator[tuple[int, int, int]]:
        seen = "".join(text[at] for at in places)
        labels = {*self.labels, self.anonymous}
        tokens = [match for match in LABEL.finditer(seen) if match[0] in labels]
        given = [
            *self._occurrences(seen, self.patterns),
            *self._cut_off(seen),
            *self._beside_ellipses(seen),
        ]
        masked = {(start, end) for _, start, end, _, _ in given}
        others = [
            each
            for each in self._occurrences(seen, self.open_patterns)
            if (each[1], each[2]) not in masked
        ]
        for first, start, end, secret, words in (*given, *others):
            label = self._label_of(secret)
            closing = f"</{label[1:]}"
            element = f"{label}{seen[start:end]}{closing}"
            is_element = seen[: end + len(closing)].endswith(element)
            if not any(
                first < token.end() + words and token.start() < end + words
                for token in tokens
                if not (is_element and token.end() == start)
                and not _apart(seen[token.end() : start], seen[start:end])
                and not _apart(seen[end : token.start()], seen[start:end])
            ):
                yield *self._with_whole_sequences(text, places[start], places[end - 1] + 1), secret

    def _with_whole_sequences(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Return a stretch with all of each control sequence of which a part is in it."""
        if self.policy.through_escapes:
            for sequence in SEQUENCE.finditer(text):
                if sequence.start() < end and start < sequence.end():
                    start, end = min(start, sequence.start()), max(end, sequence.end())
        return start, end

    def _label(self, name: str) -> str:
        label = f"<{name}>"
        clean = LABEL.fullmatch(label) and not SEQUENCE.search(label) and "\x1b" not in label
        inside = any(label.encode() in pattern.text for pattern in self.patterns)
        patterns = [*self.patterns, *self.open_patterns]
        if clean and not inside and not any(self._occurrences(label, patterns)):
            return label
        return self._fallback()

    def _fallback(self) -> str:
        label, number = "<secret>", 1
        patterns = [*self.patterns, *self.open_patterns]
        while any(label.encode() in pattern.text for pattern in patterns):
            number += 1
            label = f"<secret-{number}>"
        return label

    def _label_of(self, secret: int) -> str:
        return self.anonymous if secret >= ANONYMOUS else self.labels[secret]

    def _occurrences(self, text: str, patterns: Sequence[Pattern]) -> Iterator[Interval]:
        readings = _by_normalisation(patterns)
        for start in range(len(text)):
            for end in range(start + 1, len(text) + 1):
                stretch = text[start:end]
                blank = stretch[0] in DROPPED or stretch[-1] in DROPPED
                data = _encoded(stretch)
                for normalisation, by_text in readings:
                    if not (blank and normalisation is not Normalisation.EXACT):
                        for pattern in by_text.get(normalisation(data), ()):
                            yield from self._bounded(text, start, end, pattern)

    def _bounded(self, text: str, start: int, end: int, pattern: Pattern) -> Iterator[Interval]:
        first = self._first(text, start, end, pattern)
        if pattern.after:
            encoded = re.match(f"[A-Za-z0-9+/_-]{{0,{pattern.after}}}={{0,6}}", text[end:])
            end += len(encoded[0]) if encoded else 0
        start = min(start, first)
        if pattern.words and (
            _alphanumeric_before(text, start, pattern.base)
            or _alphanumeric_after(text, end, pattern.base)
        ):
            return
        if first < end:
            yield start, first, end, pattern.secret, pattern.reach

    def _first(
        self, text: str, start: int, end: int, pattern: Pattern, *, grows: bool = False
    ) -> int:
        first = start
        if pattern.normalisation.cuts:
            blanks_count = pattern.normalisation is not Normalisation.SPACED
            first = self._shown(text, start, end, blanks_count=blanks_count, grows=grows)
        if (
            first == start
            and start
            and pattern.before
            and text[start - 1] in pattern.before.decode()
        ):
            return start - 1
        return first

    def _shown(self, text: str, start: int, end: int, *, blanks_count: bool, grows: bool) -> int:
        """Return where what is masked begins: up to 3 characters in pieces of their own are not.

        The beginning of a pattern that `grows` may yet be long enough.
        """
        passed = 0
        for piece in re.finditer("[^\n\r\b]+", text[start:end]):
            passed += len(piece[0] if blanks_count else "".join(piece[0].split()))
            if passed >= 4 or (grows and start + piece.end() == end):
                return start + piece.start()
        return end

    def _cut_off(self, text: str) -> Iterator[Interval]:
        """Yield what the end of the text leaves of patterns: the greater part of each."""
        for interval, read, whole in self._beginnings(text):
            if _characters(whole) <= 2 * _characters(read):
                yield interval

    def _beginnings(self, text: str) -> Iterator[tuple[Interval, bytes, bytes]]:
        """Yield the beginnings of patterns, 8 characters or more, that the end of the text is.

        The last character may be cut off itself, as in a dump.
        """
        readings = _by_normalisation(self.patterns)
        for start in range(len(text)):
            rest = text[start:]
            for normalisation, by_text in readings:
                if normalisation is not Normalisation.EXACT and rest[0] in DROPPED:
                    continue
                read = normalisation(_encoded(rest))
                spaced = normalisation is Normalisation.SPACED
                if _characters(b"".join(read.split()) if spaced else read) < 8:
                    continue
                for whole, patterns in by_text.items():
                    yield from self._beginning(text, start, read, whole, patterns)

    def _beginning(
        self, text: str, start: int, read: bytes, whole: bytes, patterns: Sequence[Pattern]
    ) -> Iterator[tuple[Interval, bytes, bytes]]:
        if whole.startswith(read) and read != whole:
            for pattern in patterns:
                if pattern.words and _alphanumeric_before(text, start, pattern.base):
                    continue
                first = self._first(text, start, len(text), pattern, grows=True)
                if first < len(text):
                    yield (start, first, len(text), pattern.secret, pattern.reach), read, whole

    def _beside_ellipses(self, text: str) -> Iterator[Interval]:
        """Yield the pieces of patterns that stand beside an ellipsis; a quote may be between."""
        for match in ELLIPSIS.finditer(text):
            before = NEITHER.split(text[: match.start()])[-1]
            after = NEITHER.split(text[match.end() :])[0]
            after = after.encode()[: pieces.REACH].decode(errors="ignore")
            yield from self._before_ellipsis(before, match.start())
            between = next((each for each in BETWEEN if before.endswith(each)), "")
            if between:
                before = before.removesuffix(between)
                yield from self._before_ellipsis(before, match.start() - len(between))
            for quote in ("", *QUOTES):
                if after.startswith(quote):
                    start = match.end() + len(quote)
                    yield from self._after_ellipsis(after.removeprefix(quote), start)

    def _before_ellipsis(self, text: str, end: int) -> Iterator[Interval]:
        text = text.encode()[-pieces.REACH :].decode(errors="ignore")
        shift = end - len(text)
        for (start, first, _, secret, words), read, _ in self._beginnings(text):
            if words != 1 and pieces.is_telling(read):
                yield start + shift, first + shift, end, secret, words

    def _after_ellipsis(self, text: str, start: int) -> Iterator[Interval]:
        for size in range(8, len(text) + 1):
            piece = text[:size].encode()
            for pattern in self.patterns:
                spaced = pattern.normalisation is Normalisation.SPACED
                one_line = not (pattern.is_word or spaced) and b"\n" not in pattern.text
                is_end = pattern.text.endswith(piece) and pattern.text != piece
                begins = text[0] == " " or text[0] not in DROPPED
                if one_line and is_end and begins and pieces.is_telling(piece):
                    yield start, start, start + size, pattern.secret, 0

    def _write(self, text: str, covers: list[tuple[int, int, int]]) -> str:
        owner: list[int | None] = [None] * len(text)
        reached, current = 0, 0
        for start, end, secret in sorted(covers, key=lambda c: (c[0], -c[1], c[2])):
            if start >= reached:
                current = secret
            for at in range(max(start, reached), end):
                owner[at] = current
            reached = max(reached, end)
        output, shown = "", False
        run: int | None = None
        for character, own in zip(text, owner, strict=True):
            if own != run:
                run, shown = own, False
            if own is None:
                output += character
            elif character in "\r\n":
                output += character
                shown = False
            elif not shown:
                output += self._label_of(own)
                shown = True
        return output


def _by_normalisation(
    patterns: Sequence[Pattern],
) -> list[tuple[Normalisation, dict[bytes, list[Pattern]]]]:
    """Return the patterns by what they disregard, and by their texts."""
    found: dict[str, dict[bytes, list[Pattern]]] = {}
    for pattern in patterns:
        by_text = found.setdefault(pattern.normalisation.value, {})
        by_text.setdefault(pattern.text, []).append(pattern)
    return [(Normalisation(value), by_text) for value, by_text in found.items()]


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _characters(text: bytes) -> int:
    return len(text.decode(errors="replace"))


def _alphanumeric_before(text: str, start: int, base: int) -> bool:
    at = len(_encoded(text[:start]))
    number = is_alphanumeric_before(_encoded(text), at, base) if base else None
    beside = text[start - 1 : start].isalnum() and not ESCAPE.search(text[:start])
    return _judged(number, base, beside=beside)


def _alphanumeric_after(text: str, end: int, base: int) -> bool:
    at = len(_encoded(text[:end]))
    number = is_alphanumeric_after(_encoded(text), at, base) if base else None
    return _judged(number, base, beside=text[end : end + 1].isalnum())


def _judged(number: bool | None, base: int, *, beside: bool) -> bool:
    """Return whether a number, or else a character beside a stretch, is a letter or digit."""
    return bool(number) if number is not None or base == DIRECT else beside


def _apart(gap: str, stretch: str) -> bool:
    """Return whether what is between a label and bytes is not what is between two of these."""
    listed = re.search("[,: ]", stretch) is not None
    return gap != "" and (not listed or re.search(r"[A-Za-z0-9_\\]", gap) is not None)
