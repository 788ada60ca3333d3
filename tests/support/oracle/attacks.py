"""Programs that recover a secret from what becomes of their guesses.

They do no I/O. An attack yields pieces of text, is sent for each of them whether it had an effect,
and returns what the secret may be: nothing, if it has learned nothing. `run` asks a channel; a
program in a build asks its own log.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from .targets import Target

Attack = Generator[list[str], list[bool], list[str]]
Asked = Callable[[list[str]], list[bool]]

MOST = 8192
"""Beginnings that an attack pursues at once; with more, it has learned nothing."""


def run(attack: Attack, ask: Asked) -> list[str]:
    """Return what an attack learns from `ask`."""
    pieces = next(attack)
    try:
        while True:
            pieces = attack.send(ask(pieces))
    except StopIteration as stop:
        return list(stop.value)


def forwards(target: Target, spell: Callable[[str], str], *, least: int) -> Attack:
    """Recover a secret from its beginning on, a character at a time.

    :param spell: how a piece of the value is written.
    :param least: characters from which a right piece has an effect; shorter ones are all pursued.
    """
    known = [""]
    for position in range(len(target.secret)):
        longer = [one + choice for one in known for choice in target.choices(position)]
        pieces = [spell(target.before + one) for one in longer]
        known = yield from _pursued(longer, pieces, least)
        if not 0 < len(known) <= MOST:
            return []
    return known


def backwards(target: Target, spell: Callable[[str], str], *, least: int) -> Attack:
    """Recover a secret from its end on."""
    known = [""]
    for position in reversed(range(len(target.secret))):
        longer = [choice + one for one in known for choice in target.choices(position)]
        pieces = [spell(one + target.after) for one in longer]
        known = yield from _pursued(longer, pieces, least)
        if not 0 < len(known) <= MOST:
            return []
    return known


def _pursued(
    longer: list[str], pieces: list[str], least: int
) -> Generator[list[str], list[bool], list[str]]:
    """Return the guesses that had an effect, or all of them where they are still too short."""
    if max(map(len, pieces)) < least:
        return longer
    effects = yield pieces
    return [one for one, effect in zip(longer, effects, strict=True) if effect]


def each_of(candidates: Sequence[str], around: Callable[[str], str] = str) -> Attack:
    """Recover a secret by trying all that it could be.

    :param around: what is published of a candidate.
    """
    effects = yield [around(candidate) for candidate in candidates]
    return [one for one, effect in zip(candidates, effects, strict=True) if effect]


def unknown_beginnings(
    alphabet: str, longest: int, spell: Callable[[str], str], *, least: int
) -> Attack:
    """Recover every secret made of an alphabet, and of others as much as is.

    Returned is what could not be made longer.
    """
    known = [""]
    ended: list[str] = []
    while known and len(known[0]) < longest:
        longer = [one + choice for one in known for choice in alphabet]
        confirmed = yield from _pursued(longer, [spell(one) for one in longer], least)
        if len(confirmed) > MOST:
            return []
        going_on = {one[:-1] for one in confirmed}
        ended += [one for one in known if one not in going_on and len(spell(one)) >= least]
        known = confirmed
    return ended + known


def together(attacks: Sequence[Attack]) -> Generator[list[str], list[bool], list[list[str]]]:
    """Let several attacks go on at once; return what each has learned."""
    learned: list[list[str]] = [[] for _ in attacks]
    waiting: dict[int, list[str]] = {}

    def go_on(at: int, effects: list[bool] | None) -> None:
        attack = attacks[at]
        try:
            waiting[at] = next(attack) if effects is None else attack.send(effects)
        except StopIteration as stop:
            waiting.pop(at, None)
            learned[at] = list(stop.value)

    for at in range(len(attacks)):
        go_on(at, None)
    while waiting:
        asked = list(waiting.items())
        effects = yield [piece for _, pieces in asked for piece in pieces]
        start = 0
        for at, pieces in asked:
            go_on(at, effects[start : start + len(pieces)])
            start += len(pieces)
    return learned
