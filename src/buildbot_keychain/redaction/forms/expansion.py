"""From a value to the patterns that find it: the policy's forms and parts, judged by length.

What a value gives rise to is bounded. The value, its lines and its parts as they stand are always
looked for; then come the forms of the whole, of the parts and of the lines, and last those of which
there are many, until the bound is reached, and the result says so.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from buildbot_keychain.redaction.fields import secret_lines
from buildbot_keychain.redaction.matching.escapes import visible
from buildbot_keychain.redaction.matching.normalisation import DROPPED, Normalisation
from buildbot_keychain.redaction.matching.pattern import ANONYMOUS, Pattern
from buildbot_keychain.redaction.protection import ANYWHERE_LENGTH, Protection
from buildbot_keychain.secretive import secretive

from .backslashes import backslashes, properties, without_backslashes
from .composition import compositions, encoded_compositions
from .digits import base32_text, base64_text, byte_lists, hexadecimal, utf16, wrapped_lines
from .escaping import ESCAPING, is_plain
from .literals import c_literal, perl_literal, ruby_literal, yaml_literal
from .shells import caret_escapes, gnu_quotes
from .spellings import Form, Spelling
from .unguessable import OpenText, unguessable
from .words import argument_list

if TYPE_CHECKING:
    from buildbot_keychain.redaction.policy import RedactionPolicy

__all__ = ["Expansion", "expand", "patterns_of"]

LARGEST = 8192
"""The number of patterns of one value beyond which no more forms are added."""

LARGEST_SIZE = 8_388_608
"""The same, for the size of all their texts in characters."""

LONGEST_OPEN = 4096
"""Bytes: what is hidden from everybody stands on one line, and hosts cut longer ones."""

_LINE_END = re.compile(r"[\r\n]")
# White space as normalisation knows it; a no-break space is a character like others.
_LINE_ENDS = re.compile(r"(?<![ \t\n\r\v\f])[ \t\n\r\v\f]*[\r\n][ \t\n\r\v\f]*")
LONG = 512
"""Characters: of a longer text of several lines, more forms are found by its lines alone."""

_LATE: frozenset[Form] = frozenset(
    {utf16, base32_text, encoded_compositions, compositions, wrapped_lines, byte_lists}
)
"""Forms that come last, for there are many, and long ones."""
_WHOLE_ONLY = _LATE | {hexadecimal, base64_text, argument_list}
"""Forms made of whole values, not of each of their lines."""
_BY_LINE: frozenset[Form] = frozenset(
    {
        *(backslashes, properties, without_backslashes, caret_escapes, gnu_quotes),
        *(ruby_literal, perl_literal, c_literal, yaml_literal, compositions),
    }
)
"""Forms that leave the lines of a text to be found."""


@secretive
class Expansion(NamedTuple):
    """What is looked for on account of a value."""

    patterns: list[Pattern]
    """For readers to whom the secret was given."""
    complete: bool
    """Whether all forms are among them."""
    open_texts: Sequence[OpenText] = ()
    """For everybody else."""


def patterns_of(value: str, secret: int, policy: RedactionPolicy) -> list[Pattern]:
    """Return the patterns of a value (str) of a secret (its index)."""
    return expand(value, secret, policy).patterns


def expand(value: str, secret: int, policy: RedactionPolicy, *, limit: int = LARGEST) -> Expansion:
    """Return everything that a policy looks for on account of a value (str) of a secret.

    :param secret: its index.
    :param limit: the number of patterns beyond which no more forms are added.
    """
    whole = _trim(value)
    texts = [value, *_parts(whole, policy)]
    standing = dict.fromkeys(_as_they_stand(value, texts, policy))
    open_texts = unguessable(_trim(spelling.text) for spelling in standing)
    patterns: list[Pattern] = []
    seen: set[Spelling] = set()
    size = 0
    complete = len(whole) <= policy.largest_encoded or not (policy.forms or policy.parts)
    for source, spelling in itertools.chain(
        ((spelling.text, spelling) for spelling in standing), _forms_of_all(texts, policy)
    ):
        if spelling in seen:
            continue
        seen.add(spelling)
        new = list(_patterns(spelling, source, secret, policy))
        if len(seen) > len(standing) and (len(patterns) + len(new) > limit or size > LARGEST_SIZE):
            complete = False
            break
        patterns += new
        size += sum(len(pattern.text) for pattern in new)
        open_text = open_texts.get(_trim(source))
        if open_text is not None and new and not (new[0].words or spelling.given_only):
            open_text.patterns += _open_patterns(spelling, new[0], policy)
    return Expansion(list(dict.fromkeys(patterns)), complete, tuple(open_texts.values()))


def _patterns(
    spelling: Spelling, source: str, secret: int, policy: RedactionPolicy
) -> Iterator[Pattern]:
    """Yield the patterns of a spelling of a text (str); none if it cannot be hidden."""
    text = visible(spelling.text) if policy.through_escapes else spelling.text
    protection = policy.protection(text)
    if not protection.hides:
        return
    if spelling.before and len(text) < ANYWHERE_LENGTH:
        return  # it would have to stand alone, and cannot
    in_numbers = bool(spelling.base) and policy.protection(source).between_words
    for normalisation in _normalisations(spelling, text, policy):
        exact = normalisation is Normalisation.EXACT
        data = (text if exact else text.strip()).encode("utf-8", "surrogatepass")
        if not exact and not data.strip(DROPPED):
            continue  # of nothing but backspaces and white space nothing would be left
        yield Pattern(
            secret,
            normalisation(data),
            normalisation,
            protection.between_words or in_numbers,
            spelling.before.encode(),
            spelling.after,
            spelling.base if in_numbers else 0,
        )


def _open_patterns(
    spelling: Spelling, pattern: Pattern, policy: RedactionPolicy
) -> Iterator[Pattern]:
    """Yield the patterns of a spelling for readers to whom the secret was not given.

    :param pattern: one of those for readers to whom it was given.
    """
    text = (visible(spelling.text) if policy.through_escapes else spelling.text).strip()
    normalisation = Normalisation.EXACT
    if _LINE_END.search(text):
        normalisation = Normalisation.ON_A_LINE
        text = _LINE_ENDS.sub(" ", text)
    elif spelling.any_case and "%" in text:
        normalisation = Normalisation.PERCENT
    data = normalisation(text.encode("utf-8", "surrogatepass"))
    if len(data) <= LONGEST_OPEN:
        secret = pattern.secret + ANONYMOUS
        yield pattern._replace(secret=secret, text=data, normalisation=normalisation)


def _normalisations(
    spelling: Spelling, text: str, policy: RedactionPolicy
) -> Iterator[Normalisation]:
    """Yield how a spelling is looked for."""
    if spelling.spaced:
        yield Normalisation.SPACED
        return
    percent = spelling.any_case and "%" in text
    normalisation = Normalisation.PERCENT if percent else Normalisation.EXACT
    several_lines = _LINE_END.search(text.strip()) is not None
    if policy.through_cuts and len(text.strip()) >= ANYWHERE_LENGTH:
        if several_lines:
            yield Normalisation.COLLAPSED
            normalisation = Normalisation.COLLAPSED
        elif spelling.wraps:
            normalisation = Normalisation.UNWRAPPED
        yield normalisation.through_cuts()
        return
    yield normalisation
    if several_lines:
        yield Normalisation.COLLAPSED
    if spelling.wraps and len(text) >= ANYWHERE_LENGTH:
        yield Normalisation.UNWRAPPED


def _parts(value: str, policy: RedactionPolicy) -> Iterator[str]:
    """Yield the parts of a trimmed value that are treated as values."""
    if _encodes(value, policy):
        for part in policy.parts:
            yield from part(value)


def _as_they_stand(value: str, texts: Iterable[str], policy: RedactionPolicy) -> Iterator[Spelling]:
    """Yield a value, its parts, and the lines of each."""
    if not policy.length_rule:
        yield Spelling(value)
    for text in texts:
        trimmed = _trim(text)
        yield Spelling(trimmed)
        for line in _lines(trimmed, policy):
            yield Spelling(line)


def _forms_of_all(texts: list[str], policy: RedactionPolicy) -> Iterator[tuple[str, Spelling]]:
    """Yield the forms of a value and its parts, and of their lines, each with these."""
    texts = [text for text in dict.fromkeys(texts) if _encodes(_trim(text), policy)]
    early = _without(policy.forms, _LATE)
    for text in texts:
        for spelling in _whole_forms(text, early, policy):
            yield text, _as_spelling(spelling)
    of_lines = _without(policy.forms, _WHOLE_ONLY)
    for text in texts:
        trimmed = _trim(text)
        if len(trimmed) <= policy.largest_encoded:
            for line in _lines(trimmed, policy):
                for spelling in _forms(line, of_lines):
                    yield line, _as_spelling(spelling)
    late = _without(policy.forms, frozenset(early))
    for text in texts:
        trimmed = _trim(text)
        for spelling in _forms(trimmed, _of_whole(trimmed, late)):
            yield text, _as_spelling(spelling)


def _as_spelling(spelling: str | Spelling) -> Spelling:
    return spelling if isinstance(spelling, Spelling) else Spelling(spelling)


def _whole_forms(
    value: str, forms: Sequence[Form], policy: RedactionPolicy
) -> Iterator[str | Spelling]:
    """Yield forms of a value or a part of one."""
    trimmed = _trim(value)
    for text in _line_ends(trimmed):
        yield from _forms(text, _of_whole(text, forms))
    # White space does not make a short value long enough to be hidden inside words.
    padded = value != trimmed and len(value) <= policy.largest_encoded
    if padded and policy.protection(trimmed) is Protection.ANYWHERE:
        for spelling in _forms(value, _without(forms, _BY_LINE)):
            # White space that a form leaves as it is stays outside of the label.
            if isinstance(spelling, Spelling):
                yield spelling._replace(text=spelling.text.strip())
            else:
                yield spelling.strip()


def _without(forms: Iterable[Form], others: Container[Form]) -> list[Form]:
    return [form for form in forms if form not in others]


def _of_whole(text: str, forms: Sequence[Form]) -> Sequence[Form]:
    """Return the forms that are made of a text as a whole."""
    by_line = len(text) > LONG and _LINE_END.search(text)
    return _without(forms, _BY_LINE) if by_line else forms


def _trim(value: str) -> str:
    """Return a value without the byte order mark of a file and white space at its ends."""
    return value.removeprefix("\ufeff").strip()


def _encodes(text: str, policy: RedactionPolicy) -> bool:
    """Return whether the forms of a text are looked for."""
    weak = policy.protection(text) is Protection.NONE
    return not weak and len(text) <= policy.largest_encoded


def _line_ends(value: str) -> Iterable[str]:
    """Return a value as it is and with each usual kind of line ends, which forms may escape."""
    unix = re.sub("\r\n?", "\n", value)
    return dict.fromkeys((value, unix, unix.replace("\n", "\r\n")))


def _lines(value: str, policy: RedactionPolicy) -> Iterator[str]:
    return secret_lines(value) if policy.split_lines else iter(())


def _forms(value: str, forms: Sequence[Form]) -> Iterator[str | Spelling]:
    if is_plain(value):
        forms = _without(forms, ESCAPING)
    # Most forms leave an ordinary value as it is, and many give the same text.
    seen: set[str | Spelling] = {value}
    for text in _normal_forms(value):
        if text != value:
            yield text
        for form in forms:
            for spelling in form(text):
                plain = spelling if isinstance(spelling, str) else spelling.text
                if plain != value and spelling not in seen:
                    seen.add(spelling)
                    yield spelling


def _normal_forms(value: str) -> Iterable[str]:
    """Return a value as it is, and in the normal forms C and D of Unicode (UAX 15)."""
    if value.isascii():
        return (value,)
    return dict.fromkeys((value, *(unicodedata.normalize(form, value) for form in ("NFC", "NFD"))))
