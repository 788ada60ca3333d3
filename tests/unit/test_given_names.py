"""How the names that builds were given are recorded."""

from __future__ import annotations

import pytest

from buildbot_keychain import given_names


@pytest.mark.parametrize(
    "name", ["token", "vault!team/app|password", "clé", "\U0001f511", "a\\xe9", "tab\tand\n"]
)
def test_every_name_comes_back(name: str) -> None:
    stored = given_names.stored(name)
    assert stored.isascii()
    assert stored.isprintable()
    assert given_names.read(stored) == name


@pytest.mark.parametrize("text", ["clé", "a\\x", "\\"])
def test_what_others_have_written_stays(text: str) -> None:
    assert given_names.read(text) == text
