"""Finding patterns of very many secrets by their words."""

from __future__ import annotations

from buildbot_keychain.redaction.matching.indexed_finder import IndexedFinder
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.pattern import Pattern
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText
from buildbot_keychain.redaction.matching.words import Owners, WordIndex

TEXTS = (b"Hq7mV2cRk9-the-first", b"nW4xTz8bLp-the-second")
REST = b"kF3sJ6dYgQ-in-no-unit"


class Finder(IndexedFinder[Layer]):
    """One for two units and a rest, which notes what is compiled."""

    def __init__(self) -> None:
        owners = Owners()
        for unit, text in enumerate(TEXTS):
            owners.add(text[:10].lower(), (unit,))
        self.compiled: list[int] = []
        index = WordIndex(owners, TIERS[0], (b"..",))
        super().__init__(index, self.compile_unit, [Layer([Pattern(len(TEXTS), REST)])])

    def compile_unit(self, unit: int) -> Layer:
        self.compiled.append(unit)
        return Layer([Pattern(unit, TEXTS[unit])])


def test_only_units_of_which_a_text_holds_a_word_are_compiled_and_once_for_it() -> None:
    finder, text = Finder(), FoldedText(b"a %s b %s" % (TEXTS[1], REST))
    for _ in range(2):
        found = {(span.start, span.secret) for span in finder.find(text, final=True)}
        assert found == {(2, 1), (2 + len(TEXTS[1]) + 3, 2)}
    assert finder.compiled == [1]
    assert finder.find(FoldedText(TEXTS[0][:9]), final=True) == []
    assert finder.compiled == [1]


def test_what_is_passed_on() -> None:
    finder, text = Finder(), FoldedText(b"%s %s" % (TEXTS[0], TEXTS[1]))
    assert len(finder.find(text, until=1, final=True)) == 1
    assert finder.lengths(text) == set()


def test_words_and_marks() -> None:
    finder = Finder()
    assert finder.any_word(TEXTS[0].lower())
    assert finder.any(b"a..")
    assert not finder.any_word(b"a..")
    assert not finder.any(b"a")
    assert finder.is_marked(FoldedText(b"a.."))
    assert not finder.is_marked(FoldedText(TEXTS[0]))
