"""The patterns with one folded form."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.matching.entry import Entry
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.normalisation import Normalisation
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.view import FoldedText

PATTERNS = [
    Pattern(0, b"Pass Word"),
    Pattern(1, b"pass word", Normalisation.COLLAPSED),
    Pattern(2, b"password", Normalisation.JOINED),
]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"a Pass Word b", {0: (2, 11)}),
        (b"a pass \n word b", {1: (2, 13)}),
        (b"a pass\nword b", {1: (2, 11), 2: (2, 11)}),
        (b"a PASSWORD b", {}),
    ],
)
def test_each_pattern_is_compared_with_the_text_itself(
    data: bytes, found: dict[int, tuple[int, int]]
) -> None:
    entry = Entry.of(b"password", 0, PATTERNS)
    spans = entry.occurrences(FoldedText(data), 1, final=True)
    assert {span.secret: (span.start, span.end) for span in spans} == found


def test_white_space_at_the_ends_of_a_pattern_belongs_to_it() -> None:
    entry = Entry.of(b"password", 0, [Pattern(0, b" password\n")])
    assert entry.padded
    for data, found in ((b"a password\nb", [(1, 11)]), (b"a password b", [])):
        spans = entry.occurrences(FoldedText(data), 1, final=True)
        assert [(span.start, span.end) for span in spans] == found


def test_white_space_at_the_ends_of_a_pattern_reaches_beyond_a_wider_one() -> None:
    layer = Layer([Pattern(0, b"password-1"), Pattern(1, b" password-")])
    spans = layer.find(FoldedText(b"a password-1"), final=True)
    assert sorted((span.start, span.end) for span in spans) == [(1, 11), (2, 12)]


def test_a_certain_occurrence_is_not_told_again_of_the_same_secret() -> None:
    patterns = [
        Pattern(0, b"password", words=True),
        Pattern(0, b"password"),
        Pattern(0, b"password", Normalisation.JOINED),
        Pattern(1, b"password", Normalisation.JOINED),
    ]
    spans = Entry.of(b"password", 0, patterns).occurrences(
        FoldedText(b"a password b"), 1, final=False
    )
    assert [(span.secret, span.is_word, span.is_certain) for span in spans] == [
        (0, True, False),
        (0, False, True),
        (1, False, True),
    ]
