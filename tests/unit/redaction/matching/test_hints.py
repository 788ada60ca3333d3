"""A word, a head and a tail tell where a pattern may stand."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.matching import hints
from buildbot_keychain.redaction.matching.hints import Heads, Hints, hints_of
from buildbot_keychain.redaction.matching.normalisation import Normalisation, fold
from buildbot_keychain.redaction.matching.pattern import Pattern

TOKEN = b"aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5hJ7k"


def of(text: bytes, normalisation: Normalisation = Normalisation.JOINED) -> Hints:
    (found,) = hints_of([Pattern(0, text, normalisation)])
    return found


@pytest.mark.parametrize(
    "text",
    [TOKEN, TOKEN[:8], TOKEN * 9, TOKEN * 400, b"a b c d " + TOKEN, "größe ".encode() + TOKEN],
)
def test_the_word_is_in_what_may_be_masked_at_the_end_of_a_text(text: bytes) -> None:
    found = of(text)
    assert found.folded == fold(text)
    assert found.folded[: found.end].endswith(found.word)
    assert hints.SHORTEST <= len(found.word) <= hints.WORD
    characters = text.decode()
    half = fold(characters[: max(8, (len(characters) + 1) // 2)].encode())
    assert found.word in half
    assert found.end <= max(hints.REACH, hints.FARTHEST)


def test_in_a_long_pattern_it_is_behind_what_keys_of_a_kind_begin_with() -> None:
    last = 40 * len(TOKEN) // hints.PART
    assert last - hints.CHOICE <= of(TOKEN * 40).end <= last


@pytest.mark.parametrize("text", [b"8251", b" leading-blank", b"trailing-blank\t", b"a b c d ef"])
def test_what_does_not_fit_has_none(text: bytes) -> None:
    assert of(text, Normalisation.EXACT).word == b""


def test_a_word_of_few_different_bytes_is_not_taken_if_there_is_another() -> None:
    assert of(b"ab3" + b"-" * 49).word == b"ab3" + b"-" * 9
    assert of(b"-" * 40).word == b"-" * 12


def test_a_word_begins_with_bytes_that_are_rare_in_logs() -> None:
    text = b"information-about-a-zqjx-server-of-the-third-kind-and-nothing-else-than-that"
    assert of(text).word == b"zqjx-server-"


def test_patterns_of_a_secret_share_words() -> None:
    patterns = [Pattern(0, TOKEN), Pattern(0, TOKEN.lower()), Pattern(0, b"x" + TOKEN + b"yyyy")]
    assert len({each.word for each in hints_of(patterns)}) == 1


def test_ends_are_of_patterns_on_one_line() -> None:
    assert of(TOKEN).has_ends
    assert not of(TOKEN + b"\n" + TOKEN).has_ends
    assert not of(TOKEN, Normalisation.SPACED).has_ends


def test_heads_reach_one_byte_further_than_the_word() -> None:
    heads = Heads()
    for found in hints_of([Pattern(3, b"a b " + TOKEN, before=b"+-"), Pattern(4, TOKEN)]):
        heads.add(found)
    known = list(heads.patterns)
    assert [(each.secret, each.before) for each in known] == [(3, b"+-"), (4, b"")]
    assert all(b"a b " in each.text or each.text in TOKEN for each in known)
    assert heads.filter().lengths(b"xxab") == [2]
    assert heads.filter().lengths(fold(b"xx" + TOKEN[:6]))[0] == 6
