"""Where ellipses stand in a text, and where one may begin."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.matching.ellipses import (
    ELLIPSES,
    LONGEST,
    ellipses_in,
    may_be_unfinished,
    together,
)
from buildbot_keychain.redaction.matching.normalisation import fold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b", []),
        ("a..b", [".."]),
        ("a.....b…", [".....", "…"]),
        ("../a/.../b..", [".."]),
        ("[309 chars]", ["[309 chars]"]),
        ("[many chars]", []),
    ],
)
def test_ellipses(text: str, expected: list[str]) -> None:
    data = text.encode()
    assert [data[start:end].decode() for start, end in ellipses_in(data)] == expected
    assert all(any(mark in fold(each.encode()) for mark in ELLIPSES) for each in expected)


def test_ellipses_from_a_place_on() -> None:
    assert ellipses_in(b"a..b..", 2) == [(4, 6)]


def test_those_with_no_room_between_them_are_one_but_for_the_last() -> None:
    assert together([]) == []
    assert together([(0, 2), (3, 5), (13, 15), (16, 18)]) == [(0, 5), (13, 15), (16, 18)]


@pytest.mark.parametrize("whole", [b"...", "…".encode(), b"[123 chars]", b" [truncated]..."])
def test_every_beginning_of_an_ellipsis_is_unfinished(whole: bytes) -> None:
    assert len(whole) <= LONGEST
    first = ellipses_in(whole)[0][0]
    for size in range(1, first + 1):
        assert may_be_unfinished(b"text" + whole[:size])


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"text", False), (b"text.", True), (b"text'", True), (b"text'\n", False), (b"[12 ch", True)],
)
def test_what_may_become_an_ellipsis(data: bytes, *, expected: bool) -> None:
    assert may_be_unfinished(data) is expected
