"""What is hidden from everybody: whole texts, found by an anchor that nobody guesses."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import quote

import pytest

from buildbot_keychain.redaction.forms.unguessable import OpenText, unguessable
from buildbot_keychain.redaction.matching.finder import Finder
from buildbot_keychain.redaction.matching.normalisation import fold
from buildbot_keychain.redaction.matching.open_layer import (
    ANCHOR,
    DENSE_ANCHOR,
    anchors_of,
    open_layer,
)
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText

TOKEN = "gT5wZk8Rq2MvXn7LcJ4pH6sD"
DIGITS = "9f8e27d16c05b3a4928f7e6d5c4b3a21"
ADDRESS = f"postgres://app:{TOKEN}@db.example.com/app"


def open_texts(*texts: str) -> list[OpenText]:
    found = list(unguessable(texts).values())
    for each in found:
        each.patterns.append(Pattern(0, each.text.encode()))
    return found


def layer(*texts: str, tier: str = TIERS[0]) -> Finder:
    return open_layer(open_texts(*texts), tier)


@pytest.mark.parametrize("tier", TIERS)
def test_a_whole_text_is_found(tier: str) -> None:
    found = layer(TOKEN, tier=tier).find(FoldedText(f"x {TOKEN} y".encode()), final=True)
    assert [(span.start, span.end) for span in found] == [(2, 2 + len(TOKEN))]


@pytest.mark.parametrize("size", [1, 4, 8, DENSE_ANCHOR, len(TOKEN) - 1])
def test_no_beginning_or_end_of_one_is(size: int) -> None:
    known = layer(TOKEN)
    for piece in (TOKEN[:size], TOKEN[-size:]):
        assert known.find(FoldedText(piece.encode()), final=True) == []


@pytest.mark.parametrize(("text", "anchor"), [(TOKEN, DENSE_ANCHOR), (DIGITS, ANCHOR)])
def test_a_guess_of_less_than_an_anchor_is_not_looked_at_more_closely(
    text: str, anchor: int
) -> None:
    known = layer(text)
    for start in range(len(text) - anchor + 2):
        assert not known.any(fold(text[start : start + anchor - 1].encode()))
    assert known.any(fold(text.encode()))


def test_what_is_known_around_a_secret_is_no_reason_for_a_closer_look() -> None:
    known = layer(ADDRESS, TOKEN)
    assert not known.any(fold(ADDRESS.replace(TOKEN, "x" * len(TOKEN)).encode()))
    assert not known.any(fold(ADDRESS.replace(TOKEN[8:], "x" * 16).encode()))
    found = known.find(FoldedText(ADDRESS.encode()), final=True, every=True)
    assert (0, len(ADDRESS)) in [(span.start, span.end) for span in found]


def test_the_anchor_of_a_text_with_a_structure_is_in_its_kernel() -> None:
    address = f"postgres://zqjxzqjxzqjxzqjxzqjx:{TOKEN}@db.example.com/app"
    texts = [each for each in open_texts(address, TOKEN) if each.text == address]
    assert [each.kernel for each in texts] == [TOKEN]
    known = open_layer(texts)
    assert known.any(fold(address.encode()))
    assert known.any(fold(address.split(":")[2].encode()))
    assert not known.any(fold(address.replace(TOKEN, "x" * len(TOKEN)).encode()))


def test_an_anchor_begins_before_a_kernel_that_reads_like_a_word_and_holds_as_much_of_it() -> None:
    kernel = "stonesteristanedoral"
    address = f"postgres://zoe:{kernel}@db.example.com/app"
    at = address.index(kernel)
    start, end = at / len(address), (at + len(kernel)) / len(address)
    text = OpenText(address, kernel, start, end, [Pattern(0, address.encode())])
    ((first, last),) = anchors_of([text], TIERS[0]).values()
    assert address[first:last] == f"zoe:{kernel[:ANCHOR]}"


def test_a_longer_form_has_a_longer_anchor() -> None:
    (text,) = open_texts(TOKEN)
    digits = TOKEN.encode().hex()
    text.patterns[:] = [Pattern(0, digits.encode())]
    known = open_layer([text])
    assert not known.any(digits[: 2 * DENSE_ANCHOR - 1].encode())
    assert known.any(digits.encode())


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("gT5wZk8Rq2/vXn7LcJ4p", lambda text: text.replace("/", "&#x2f;")),
        ("gT5wZk+Rq2/vXn7+cJ4pH6sDgT5wZk8", lambda text: text.replace("+", "\\u002b")),
        ("K,7:VuFMK.f(O/$o[SwI", quote),
    ],
    ids=["HTML", "JSON", "a URL"],
)
def test_what_is_written_longer_in_an_anchor_does_not_make_it_stand_for_less(
    text: str, form: Callable[[str], str]
) -> None:
    (each,) = open_texts(text)
    each.patterns[:] = [Pattern(0, form(text).encode())]
    known = open_layer([each])
    for start in range(len(text) - DENSE_ANCHOR + 2):
        assert not known.any(fold(form(text[start : start + DENSE_ANCHOR - 1]).encode()))
    assert known.any(fold(form(text).encode()))


def test_an_anchor_in_base64_without_its_end_stands_for_as_much() -> None:
    (text,) = open_texts(TOKEN)
    form = base64.b64encode(TOKEN.encode())[:-1]
    text.patterns[:] = [Pattern(0, form)]
    known = open_layer([text])
    size = DENSE_ANCHOR * 4 // 3 - 1
    assert not any(known.any(fold(form[at : at + size])) for at in range(len(form)))


def test_patterns_of_one_kernel_share_an_anchor_that_stands_in_them() -> None:
    texts = open_texts(ADDRESS, TOKEN)
    for each in texts:
        each.patterns.append(Pattern(0, each.text.replace("/", "%2F").replace(":", "%3A").encode()))
    anchors = {folded[start:end] for folded, (start, end) in anchors_of(texts, TIERS[0]).items()}
    assert len(anchors) == 1
