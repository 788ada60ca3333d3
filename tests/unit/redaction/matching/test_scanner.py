"""Every word is found at every place, in both tiers, whatever else is looked for."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterable, Sequence
from weakref import ref

import pytest

from buildbot_keychain.redaction.matching import scanner
from buildbot_keychain.redaction.matching.grams import HEAD
from buildbot_keychain.redaction.matching.scanner import MARKED, TIERS, Scanner


def expected(words: list[bytes], data: bytes) -> dict[int, list[int]]:
    places = {
        index: [at for at in range(len(data)) if data.startswith(word, at)]
        for index, word in enumerate(words)
    }
    return {index: found for index, found in places.items() if found}


def found(words: list[bytes], data: bytes, tier: str) -> dict[int, list[int]]:
    return {
        index: sorted(place for sequence in sequences for place in sequence)
        for index, sequences in Scanner(words, tier).places(data).items()
    }


def all_filled(sequences: list[Sequence[int]]) -> bool:
    return all(map(len, sequences))


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("block", [1, 5, 262_144])
def test_places(tier: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "BLOCK", block)
    source = random.Random(1)
    for _ in range(300):
        size = source.randint(1, 6)
        words = list({bytes(source.choices(b"ab", k=source.randint(1, size))) for _ in range(5)})
        data = bytes(source.choices(b"ab", k=source.randint(1, 6))) * source.randint(1, 9)
        data += bytes(source.choices(b"ab", k=9))
        assert found(words, data, tier) == expected(words, data)
        assert all(map(all_filled, Scanner(words, tier).places(data).values()))
        assert bool(Scanner(words, tier).any(data)) == bool(expected(words, data))


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("marks", [[], [b"c"], [b"a", b"c"]])
def test_places_of_what_was_found_before(tier: str, marks: list[bytes]) -> None:
    source = random.Random(3)
    for _ in range(100):
        words = list({bytes(source.choices(b"ab", k=source.randint(1, 3))) for _ in range(3)})
        finder = Scanner(words, tier, marks)
        data = bytes(source.choices(b"abcdef", k=9))
        hits = finder.any(data)
        known = [] if not hits else hits if isinstance(hits, list) else None
        assert finder.places(data, known) == finder.places(data)


@pytest.mark.parametrize("tier", TIERS)
def test_words_with_one_end(tier: str) -> None:
    source = random.Random(2)
    for _ in range(100):
        ends = ["".join(source.choices("xz", k=4)).encode() for _ in range(2)]
        heads = [bytes(source.choices(b"ez", k=source.randint(0, 3))) for _ in range(8)]
        words = list({head + source.choice(ends) for head in heads})
        data = bytes(source.choices(b"xze", k=60)) + words[0]
        assert found(words, data, tier) == expected(words, data)


@pytest.mark.parametrize("many", [1, 1000])
@pytest.mark.parametrize("shortest", [HEAD - 4, HEAD, HEAD + 1, HEAD + 9])
@pytest.mark.parametrize("block", [1, 7, 262_144])
def test_long_words(shortest: int, many: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "MANY", many)
    monkeypatch.setattr(scanner, "BLOCK", block)
    source = random.Random(3)
    for _ in range(60):
        known = bytes(source.choices(b"ab", k=40)) + b"c" * 20
        starts = (source.randint(0, 40) for _ in range(6))
        words = sorted({known[at : at + source.randint(shortest, 28)] for at in starts})
        data = b"".join(known[source.randint(0, 30) :] for _ in range(4)) + words[0]
        assert found(words, data, "stdlib") == expected(words, data)
        assert all(map(all_filled, Scanner(words, "stdlib").places(data).values()))
        assert bool(Scanner(words, "stdlib").any(data))
        assert not Scanner(words, "stdlib").any(data.replace(b"a", b"d").replace(b"c", b"e"))


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("size", [6, 17])
@pytest.mark.parametrize("unit", [b"-", b"-=", b"abcdefghij"])
def test_a_text_that_repeats_itself_takes_little_memory(
    unit: bytes, size: int, tier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "MANY", 1)
    word = (unit * size)[:size]
    sequences = Scanner([word], tier).places(b"x" * 50 + unit * 100_000)[0]
    assert sum(map(len, sequences)) == 100_000 - (size - 1) // len(unit)
    assert sum(len(places) for places in sequences if isinstance(places, list)) < 1000


@pytest.mark.parametrize("unit", [b"0", b"00000000: ", b".. ", b"\x1b[" + b"0" * 64])
def test_marks_that_repeat_themselves_are_scanned_once(unit: bytes) -> None:
    finder, scanned = Scanner([b"word"], TIERS[0], [b"..", b"0000", b"00000"]), 0
    list_words = finder._list

    def noting(data: bytes) -> Iterable[tuple[int, int, int]]:
        nonlocal scanned
        scanned += len(data)
        return list_words(data)

    finder._list = noting
    assert finder.places(unit * 10_000) == {MARKED: []}
    assert scanned < 2000 or TIERS[0] == "stdlib"


@pytest.mark.parametrize("tier", TIERS)
def test_without_words_nothing_is_found(tier: str) -> None:
    assert not Scanner([], tier).any(b"text")
    assert Scanner([], tier).places(b"text") == {}


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("words", [[], [b"word"], [b"word", b"......"], [b"word", b".."]])
def test_marks(words: list[bytes], tier: str) -> None:
    finder = Scanner(words, tier, [b"..", b"00000"])
    for data, marked, shown in (
        (b"a w.ord", False, False),
        (b"a..b", True, b".." in words),
        (b"a00000b", True, False),
        (b"a word", False, b"word" in words),
        (b"a word....", True, bool(words)),
        (b".......", True, b".." in words or b"......" in words),
    ):
        hits = finder.any(data)
        assert bool(hits) == (marked or shown)
        assert finder.any_word(data) == shown
        assert finder.any_word(data, hits) == shown
        places = finder.places(data)
        assert (MARKED in places) == marked
        assert any(places.values()) == shown


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("many", [1, 1000])
def test_a_scanner_ends_with_the_last_reference(
    tier: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "MANY", many)
    gc.disable()
    try:
        known = ref(Scanner([b"word", b"w" * HEAD], tier, [b".."]))
        assert known() is None
    finally:
        gc.enable()
