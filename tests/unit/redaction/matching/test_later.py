from __future__ import annotations

import sys

from buildbot_keychain.redaction.matching.finder import Finder
from buildbot_keychain.redaction.matching.later import WORTH, LaterTogether
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.pattern_table import PatternTable
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText


def finder(number: int, word: bytes) -> Finder:
    anchors = {word: (0, len(word))}
    return Finder(PatternTable([Pattern(number, word)]), anchors, TIERS[0])


FINDERS = [finder(number, word) for number, word in enumerate((b"zqx-1", b"kkw-3", b"jjv-5"))]


def test_it_finds_the_same_before_and_afterwards() -> None:
    later = LaterTogether(FINDERS[:2], FINDERS[2:], TIERS[0])
    texts = []
    for size in (3, 1):
        assert len(later.asked) == size
        asked = [any(each.any(text) for each in later.asked) for text in (b"a-kkw-3", b"none")]
        assert asked == [True, False]
        texts.append(FoldedText(b"b-zqx-1 kkw-3 kkw-3 jjv-5"))
        later.scan(texts[-1])
        later.compile()
    assert [set(text.places) for text in texts] == [set(), set(FINDERS)]
    for each in FINDERS:
        assert each.find(texts[0], final=True) == each.find(texts[1], final=True) != []


def test_it_is_worth_while_after_text_for_each_word_and_sooner_where_more_scans_are_saved() -> None:
    assert LaterTogether(FINDERS[:1], FINDERS[1:2], "native").left == 2 * WORTH
    assert LaterTogether(FINDERS[:2], FINDERS[2:], "native").left == 3 * WORTH // 2
    assert LaterTogether(FINDERS[:1], (), "native").left == sys.maxsize
    assert LaterTogether(FINDERS, (), "stdlib").left == sys.maxsize
