"""Where a text repeats itself, few places of very many entries are tried."""

from __future__ import annotations

import re

from buildbot_keychain.redaction.matching.chains import Chain, Repeating, segments
from buildbot_keychain.redaction.matching.entry import Entry
from buildbot_keychain.redaction.matching.pattern import Pattern


def places_of(text: bytes, anchor: bytes) -> list[int]:
    return [match.start() for match in re.finditer(b"(?=%s)" % re.escape(anchor), text)]


def test_a_chain_has_many_places() -> None:
    text = b"ab, ab, " + b"ab" * 50 + b" ab"
    places = places_of(text, b"ab")
    parts = list(segments(text, places, 20))
    assert [chain for _, chain in parts] == [None, Chain(8, 2, 108), None]
    assert [place for part, _ in parts for place in part] == places
    assert list(segments(text, places, 80)) == [(places, None)]
    assert list(segments(b"x", [], 1)) == []


def entry_of(text: bytes) -> Entry:
    return Entry.of(text, text.index(b"ab"), [Pattern(0, text)])


def test_entries_that_differ_in_their_ends_are_tried_together() -> None:
    text = b"ab" * 50 + b"cd"
    places = places_of(text, b"ab")
    whole, other = entry_of(b"ab" * 9), entry_of(b"ab" * 7 + b"x")
    repeating = Repeating([whole, *(entry_of(b"ab" * 8 + b"cd%d" % n) for n in range(9)), other], 2)
    assert repeating.whole == [whole]
    assert len(repeating.open) == 3
    assert list(repeating.places(Chain(0, 2, 100), places, 0)) == [84, 86]
    assert list(repeating.places(Chain(0, 2, 100), places, 3)) == [0, 2, 84, 86]
