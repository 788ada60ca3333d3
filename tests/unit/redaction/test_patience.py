"""How much of a text may come before what is pending is looked at again."""

from __future__ import annotations

from buildbot_keychain.redaction.patience import MUCH, PART, Patience


def test_there_is_none_at_first_nor_with_little_that_is_pending() -> None:
    patience = Patience()
    patience.wait(MUCH - 1)
    assert patience.is_over
    assert not patience.lasts(b"x", 1)


def test_with_much_it_lasts_for_a_part_of_it() -> None:
    patience = Patience()
    patience.wait(MUCH)
    assert not patience.is_over
    assert patience.lasts(None, MUCH // PART - 1)
    assert not patience.lasts(None, 1)
    assert patience.is_over


def test_what_is_expected_is_only_counted() -> None:
    patience = Patience()
    patience.expect(b"abcdef", 2)
    assert patience.lasts(b"cd", 2)
    assert patience.lasts(b"e", 1)
    # Nothing is left to be expected: the last byte is looked at.
    assert not patience.lasts(b"f", 1)
    assert patience.is_over


def test_what_is_not_expected_ends_it_unless_much_is_pending() -> None:
    for size, lasts in ((MUCH - 1, False), (2 * MUCH, True)):
        for piece in (b"x", None):
            patience = Patience()
            patience.expect(b"abcdef", 2)
            patience.wait(size)
            assert patience.lasts(piece, 1) is lasts
            assert patience.expected == b""


def test_other_secrets_make_what_is_expected_void() -> None:
    patience = Patience()
    patience.expect(b"abcdef", 2)
    patience.expect_nothing()
    assert not patience.lasts(b"cd", 2)


def test_what_has_the_same_state_lasts_as_long() -> None:
    patience, other = Patience(), Patience()
    patience.expect(b"abcdef", 2)
    patience.wait(MUCH)
    other.state = patience.state
    for piece in (b"cd", None, b"cd"):
        assert patience.lasts(piece, 2) == other.lasts(piece, 2)
        assert patience.state == other.state
    patience.end()
    assert patience.state == Patience().state
