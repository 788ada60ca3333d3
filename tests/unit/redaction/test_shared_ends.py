"""What texts of different secrets have in common is not secret from whoever has one of them."""

from __future__ import annotations

import hashlib
import itertools

import pytest

from buildbot_keychain.redaction.shared_ends import VERSIONS, SharedEnds, common_beginning
from tests.support.memory import tracked_by

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


def known_in_part(*texts: tuple[str, str]) -> set[str]:
    ends = SharedEnds()
    found = set()
    for index, (name, text) in enumerate(texts):
        found |= ends.add(text, index, name)
    return found


def test_texts_that_share_nothing() -> None:
    assert known_in_part(("a", ONE), ("b", TWO)) == set()


def test_two_versions_that_begin_alike() -> None:
    assert known_in_part(("a", f"{ONE}-1"), ("a", f"{ONE}-2")) == {f"{ONE}-1", f"{ONE}-2"}
    assert known_in_part(("a", f"1-{ONE}"), ("a", f"2-{ONE}")) == {f"1-{ONE}", f"2-{ONE}"}


def test_enough_may_remain() -> None:
    assert known_in_part(("a", f"{ONE[:6]}{ONE}"), ("a", f"{ONE[:6]}{TWO}")) == set()


def test_between_names_only_what_nobody_could_guess_counts() -> None:
    short = (f"{ONE[:6]}{TWO[:8]}", f"{ONE[:6]}{TWO[8:16]}")
    assert known_in_part(("a", short[0]), ("a", short[1])) == set(short)
    assert known_in_part(("a", short[0]), ("b", short[1])) == set()
    long = (f"{ONE}-1", f"{ONE}-2")
    assert known_in_part(("a", long[0]), ("b", long[1])) == set(long)


def test_a_text_in_another_one_is_not_the_less_secret() -> None:
    for other in (f"{ONE}{TWO}", f"{TWO}{ONE}"):
        assert known_in_part(("a", ONE), ("b", other)) == set()
    assert known_in_part(("a", ONE), ("b", f"{ONE}-1")) == {f"{ONE}-1"}


@pytest.mark.parametrize("step", [1, -1], ids=["beginnings", "ends"])
def test_a_text_in_another_one_is_compared_with_the_next(step: int) -> None:
    # The last one stands between them where the other ends are compared.
    texts = [text[::step] for text in (f"{ONE}-1", f"{ONE}-1{TWO}", f"{ONE}-3", f"{TWO}-2")]
    for order in itertools.permutations(zip("abcd", texts, strict=True)):
        assert known_in_part(*order) == {texts[0], texts[2]}, order


def test_the_same_text_again_shares_nothing() -> None:
    assert known_in_part(("a", ONE), ("b", ONE), ("a", ONE)) == set()


def test_an_old_version_is_compared_as_long_as_it_is_near() -> None:
    many = [("a", f"{number:02d}{TWO[:12]}{ONE}") for number in range(VERSIONS + 8)]
    assert known_in_part(*many) == {text for _, text in many}


def test_common_beginning() -> None:
    assert [common_beginning(*pair) for pair in (("", "a"), ("abc", "abd"), ("ab", "abc"))] == [
        0,
        2,
        2,
    ]


def test_the_garbage_collector_has_little_to_look_at() -> None:
    def made() -> SharedEnds:
        shared = SharedEnds()
        for number in range(200):
            text = hashlib.sha256(b"%d" % number).hexdigest()
            shared.add(text, number, f"n{number}")
        return shared

    # Of each: its entry, and the list of its owner's.
    assert tracked_by(made) / 200 < 2.5
