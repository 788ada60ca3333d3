"""How well a value can be hidden."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction import Protection, RedactionPolicy, Redactor, WeakSecret
from buildbot_keychain.redaction.protection import is_boilerplate, is_literal, protection_of


@pytest.mark.parametrize("word", ["test", "admin", "postgres", "Production", "ADMINISTRATOR"])
def test_common_words_of_any_length_are_reported(word: str) -> None:
    protection = Redactor().add("n", word).protection
    assert protection is Protection.COMMON
    assert protection.is_weak
    assert "common word" in protection.weakness
    assert protection.hides
    assert protection.between_words


@pytest.mark.parametrize("text", ["postgresql-client", "Postgres", "reproductions", "POSTGRESS"])
def test_a_common_word_is_not_hidden_inside_of_others(text: str) -> None:
    redactor = Redactor()
    redactor.add("pg", "postgres")
    redactor.add("env", "production")
    assert redactor.redact(text) == text
    assert redactor.redact("psql -U postgres") == "psql -U <pg>"


@pytest.mark.parametrize("value", ["password", "Password1", "12345678", "qwertyuiop"])
def test_well_known_passwords_are_reported_and_hidden(value: str) -> None:
    redactor = Redactor()
    protection = redactor.add("n", value).protection
    assert protection is Protection.GUESSED
    assert protection.is_weak
    assert protection.weakness
    assert redactor.redact(f"X{value}Y") == "X<n>Y"


@pytest.mark.parametrize("value", ["postgres", "password", "admin", "true", "abcde"])
def test_strict_refuses_each(value: str) -> None:
    with pytest.raises(WeakSecret) as caught:
        Redactor(RedactionPolicy(strict=True)).add("n", value)
    assert value not in str(caught.value)


def test_judgements() -> None:
    assert protection_of("mixedCase") is Protection.ANYWHERE
    assert protection_of("pOsTgReS") is Protection.ANYWHERE
    assert protection_of("postgres1x") is Protection.ANYWHERE
    assert protection_of("NULL") is Protection.NONE
    assert not Protection.NONE.hides
    assert not Protection.ANYWHERE.between_words
    assert Protection.ANYWHERE.weakness == ""
    assert is_literal("False")
    assert not is_literal("production")
    assert is_boilerplate("-----END X-----")
