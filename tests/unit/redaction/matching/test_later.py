from __future__ import annotations

import pytest

from buildbot_keychain.redaction.matching.finder import Finder
from buildbot_keychain.redaction.matching.later import WORTH, LaterTogether
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.pattern_table import PatternTable
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText


@pytest.mark.parametrize("tier", TIERS)
def test_it_finds_the_same_before_enough_text_has_come_and_afterwards(tier: str) -> None:
    finders = [
        Finder(PatternTable([Pattern(number, word)]), {word: (0, len(word))}, tier)
        for number, word in enumerate((b"zqx-1", b"kkw-3"))
    ]
    later = LaterTogether(finders, tier)
    before, afterwards = FoldedText(b"b-zqx-1 kkw-3 kkw-3"), FoldedText(b"b-zqx-1 kkw-3 kkw-3")
    later.scan(before)
    assert before.places == {}
    assert (bool(later.any(b"a-kkw-3")), bool(later.any(b"nothing"))) == (True, False)
    assert not later.any(b"x" * WORTH * len(finders))
    later.scan(afterwards)
    assert set(afterwards.places) == set(finders)
    assert (bool(later.any(b"a-kkw-3")), bool(later.any(b"nothing"))) == (True, False)
    for each in finders:
        assert each.find(before, final=True) == each.find(afterwards, final=True) != []
