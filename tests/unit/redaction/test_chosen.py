from __future__ import annotations

import pytest

from buildbot_keychain.redaction.chosen import NOTHING_CHOSEN, Chosen
from buildbot_keychain.redaction.matching.layer import Layer
from buildbot_keychain.redaction.matching.pattern import ANONYMOUS, Span

KEYS = ("secret", "known", "value\0001", "other\0002")
SECRET, KNOWN, VALUE, OTHER = range(4)
GIVEN = {"known", "value\0001"}


def span(start: int, end: int, secret: int, *, shown: int = 0) -> Span:
    return Span(start, end, secret, 0, final=True, shown=shown)


def chosen(**of_other: str) -> Chosen:
    return Chosen({VALUE: GIVEN, OTHER: set(of_other.values())}, KEYS, {})


@pytest.mark.parametrize(("start", "end"), [(10, 20), (5, 25), (12, 15), (5, 11), (19, 30)])
def test_a_value_that_overlaps_a_secret_is_left_out(start: int, end: int) -> None:
    spans = [span(10, 20, SECRET), span(start, end, VALUE)]
    assert chosen().without_guesses(spans) == spans[:1]


@pytest.mark.parametrize(("start", "end"), [(5, 10), (20, 30)])
def test_one_beside_it_is_not(start: int, end: int) -> None:
    spans = [span(10, 20, SECRET), span(start, end, VALUE)]
    assert chosen().without_guesses(spans) == spans


def test_what_is_shown_of_a_value_counts() -> None:
    spans = [span(10, 20, SECRET), span(21, 30, VALUE, shown=3)]
    assert chosen().without_guesses(spans) == spans[:1]


def test_a_value_may_hold_what_its_chooser_knows() -> None:
    spans = [span(10, 20, KNOWN), span(15, 25, VALUE)]
    assert chosen().without_guesses(spans) == spans
    assert chosen().knows(VALUE, KNOWN)
    assert not chosen().knows(VALUE, SECRET)


def test_a_value_may_hold_what_nobody_could_guess_and_not_end_inside_of_it() -> None:
    secret = span(10, 20, SECRET + ANONYMOUS)
    for start, end, kept in ((5, 25, True), (10, 20, True), (5, 15, False), (15, 25, False)):
        value = span(start, end, VALUE)
        assert (value in chosen().without_guesses([secret, value])) == kept


def test_the_value_of_one_who_knows_the_other_is_kept() -> None:
    spans = [span(10, 20, VALUE), span(5, 15, OTHER)]
    assert chosen(lent=KEYS[VALUE]).without_guesses(spans) == spans[1:]
    assert chosen().without_guesses(spans) == spans


def test_where_the_last_unknown_secret_ends() -> None:
    layer = Layer(())
    own = Chosen({VALUE: GIVEN}, KEYS, {layer: GIVEN})
    spans = [span(1, 5, SECRET), span(10, 20, KNOWN), span(3, 30, VALUE)]
    assert own.end_of_unknown(layer, spans) == 5
    assert own.end_of_unknown(layer, spans[1:]) == 0


def test_nothing_is_left_out_where_nothing_is_chosen() -> None:
    spans = [span(1, 5, SECRET), span(3, 7, KNOWN)]
    assert NOTHING_CHOSEN.without_guesses(spans) is spans
