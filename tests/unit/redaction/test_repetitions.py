"""What repeats itself, or goes on as everybody knows, is cheap to guess."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction.repetitions import SHORTEST, without_repetitions


def left(text: str, shortest: int = SHORTEST) -> tuple[str, float]:
    return without_repetitions(text, lambda _: shortest)


@pytest.mark.parametrize("text", ["", "kx8", "kx8qmz2v", "abcqwe123"])
def test_nothing_repeats(text: str) -> None:
    assert left(text) == (text, 0.0)


@pytest.mark.parametrize("sequence", ["abcdefgh", "98765", "qwert", "tRewQ", "    ", "zzzzzz"])
def test_a_sequence(sequence: str) -> None:
    text, cost = left(f"kx8{sequence}mZ2")
    assert text == "kx8\0mZ2"
    assert 6 < cost < 13


def test_what_stood_before() -> None:
    text, cost = left("kX8qmkx8QmkX8qm")
    assert text == "kX8qm\0"
    assert 0 < cost < 12


def test_how_long_it_must_be() -> None:
    assert left("kx8q-kx8q", 5) == ("kx8q-kx8q", 0.0)
    assert left("kx8q-kx8q", 4)[0] == "kx8q-\0"
    asked: list[str] = []

    def least(lower: str) -> int:
        asked.append(lower)
        return SHORTEST

    without_repetitions("KX8Q-kx8q", least)
    assert asked == ["kx8q-kx8q"]
