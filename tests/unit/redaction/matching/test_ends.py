"""The ends of patterns: what a text may start with."""

from __future__ import annotations

import itertools

import pytest

from buildbot_keychain.redaction.matching.ends import Ends, Least, has_ends
from buildbot_keychain.redaction.matching.normalisation import Normalisation
from buildbot_keychain.redaction.matching.pattern import Pattern


def test_the_ends_with_which_a_text_starts() -> None:
    ends = Ends([Pattern(2, b"k9QmT2vX"), Pattern(1, b"zT2vX"), Pattern(0, b"other")])
    assert list(ends.starting(b"T2vX and more", 4)) == [(4, 1)]
    assert list(ends.starting(b"QmT2vX and more", 4)) == [(6, 2)]
    assert list(ends.starting(b"2vX and more", 4)) == []


@pytest.mark.parametrize(
    ("data", "final", "expected"),
    [
        (b"k", False, True),
        (b" thr", False, True),
        (b" th", False, True),
        (b" th", True, False),
        (b" two", False, False),
        (b"\tthr", False, False),
    ],
)
def test_a_text_may_start_with_a_blank_if_an_end_does(
    data: bytes, *, final: bool, expected: bool
) -> None:
    assert Ends([Pattern(0, b"hunter three")]).may_start(data, final=final) is expected


def test_words_and_what_stands_on_several_lines_have_no_ends() -> None:
    assert has_ends(Pattern(0, b"k9QmT2vX"))
    assert not has_ends(Pattern(0, b"k9Qm\nT2vX"))
    assert not has_ends(Pattern(0, b"k 9 Q m", Normalisation.SPACED))


def test_the_least_of_successive_numbers() -> None:
    numbers = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]
    least = Least(numbers)
    for first, last in itertools.combinations(range(len(numbers) + 1), 2):
        assert least.between(first, last) == min(numbers[first:last])
