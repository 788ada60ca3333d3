"""Texts of secrets that stand in others are not secret from whoever has one of them."""

from __future__ import annotations

import base64
import hashlib
import itertools

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.shared_insides import SharedInsides
from tests.support.memory import tracked_by

ONE = "gT5wZk8Rq2MvXn7LcJ4p"
TWO = "Vb3Yx9Kd6HsQmFw1RtZa"


def known_in_part(*texts: str) -> set[str]:
    insides = SharedInsides()
    return {found for at, text in enumerate(texts) for found in insides.add([text], at)}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "around",
    [
        f"48-{ONE}-21",
        f"{ONE}4821",
        f"4821\n{ONE}",
        _base64(f"48{ONE}21"),
        _base64(_base64(f"{ONE}4821")),
        f"{ONE}4821".encode().hex(),
        f"{ONE}:21:{ONE}",
        f"%2F{ONE}%2F4821",
    ],
)
def test_a_text_in_another_one(around: str) -> None:
    for order in ((ONE, around), (around, ONE)):
        assert known_in_part(*order) == {around}


def test_several_texts_in_another_one() -> None:
    around = f"{ONE}:21:{TWO}"
    for order in itertools.permutations((ONE, TWO, around)):
        assert known_in_part(*order) == {around}
    assert known_in_part(ONE, around) == set()


def test_an_encoded_text() -> None:
    assert known_in_part(_base64(ONE), f"48-{ONE}-21") == {f"48-{ONE}-21"}
    assert known_in_part(_base64(ONE), ONE) == set()


def test_enough_may_remain() -> None:
    assert known_in_part(ONE, f"{TWO[:10]}{ONE}{TWO[10:]}") == set()


def test_equal_values_have_equal_texts_in_them() -> None:
    insides = SharedInsides()
    around = f"user {ONE} 4821"
    for secret in range(3):
        assert insides.add([ONE, around], secret) == set()
    assert insides.add([ONE], 3) == {around}


@pytest.mark.parametrize("policy", [RedactionPolicy(), RedactionPolicy.build_log()])
def test_whoever_was_given_one_secret_cannot_try_out_what_stands_around_it(
    policy: RedactionPolicy,
) -> None:
    redactor = Redactor(policy)
    redactor.add("one", ONE)
    redactor.add("around", f"4821\n{ONE}")
    redactor.add("inside", f"48-{ONE}-21")
    for guess in (f"48-{ONE}-21", f"48-{ONE}-22", f"4821 {ONE}", f"4822 {ONE}"):
        shown = redactor.redact(guess, given={"one"})
        assert shown == guess.replace(ONE, "<one>")
    assert redactor.redact(f"48-{ONE}-21", given={"inside"}) == "<inside>"


def test_the_garbage_collector_has_little_to_look_at() -> None:
    def made() -> SharedInsides:
        shared = SharedInsides()
        for number in range(200):
            text = hashlib.sha256(b"%d" % number).hexdigest()
            shared.add([text], number)
        return shared

    # Of each: the set of its texts.
    assert tracked_by(made) / 200 < 1.5
