"""Which piece of a pattern is looked for."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.matching.anchors import (
    ANCHOR,
    FARTHEST,
    anchor_of,
    period_of,
    rarest,
)


def test_a_short_pattern_is_its_own_anchor() -> None:
    assert anchor_of(b"abc") == (0, b"abc")


def test_a_rare_piece_near_the_beginning() -> None:
    at, anchor = anchor_of(b"postgres://appzqx91k@host/prod")
    assert anchor == b"zqx91k"
    assert b"postgres://appzqx91k@host/prod"[at : at + ANCHOR] == anchor


def test_a_known_anchor_is_shared() -> None:
    assert anchor_of(b"zqx91kabcdefghij", {b"cdefgh"}) == (8, b"cdefgh")


def test_a_piece_that_repeats_itself_is_the_last_choice() -> None:
    assert period_of(anchor_of(b"%2d%2d%2d%2d%2dbeginkey")[1]) == 0
    assert period_of(anchor_of(b"=" * 200 + b"secret")[1]) == 0
    assert anchor_of(b"=" * 200)[1] == b"======"


def test_it_is_never_so_far_that_many_beginnings_are_without_it() -> None:
    assert anchor_of(b"[" * 5000 + b"]" * 5000)[0] <= FARTHEST


def test_a_piece_that_does_not_begin_as_words_and_numbers_do_is_preferred() -> None:
    assert rarest(b"stone/zinc", 0, 6, 4) == 6
    assert rarest(b"stone99999", 0, 6, 4) == 4


@pytest.mark.parametrize(
    ("anchor", "period"),
    [(b"aaaaaa", 1), (b"ababab", 2), (b"abcabc", 3), (b"abcdab", 0), (b"a", 0)],
)
def test_period(anchor: bytes, period: int) -> None:
    assert period_of(anchor) == period
