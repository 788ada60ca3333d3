"""Whatever the way in, a guess is shown as it was written, and all readers see the same."""

from __future__ import annotations

import re
from string import ascii_letters

from twisted.internet.threads import deferToThread

from tests.integration.leaks import sinks
from tests.integration.leaks.listeners import listen_to_events
from tests.integration.oracle.masters import ATTACKER, OracleTestCase, file_name
from tests.integration.oracle.places import FROM_OUTSIDE, IN_BUILDS, Publish
from tests.support.oracle import targets
from tests.support.oracle.guesses import in_hex
from tests.support.oracle.targets import Target, differing

TARGETS = targets.targets("a master")

REPORTS = ("hidden in this log", "of a new buildset holds the value of")
"""What logs say of secrets that were hidden."""

LONGEST = 40
"""Characters of a piece; a name of a step or log may have 50."""


def pieces() -> list[str]:
    """Return a guess of each target that is right, but for the last character.

    In letters and digits alone, so that they are found in whatever they are shown in.
    """
    return [piece for piece in map(most_of, TARGETS) if piece.isalnum()]


def most_of(target: Target) -> str:
    """Return what is known or tried of a target, but for the last character if it is long."""
    if target.guessable:
        return target.secret
    if target.before:
        return in_hex(target.value)[:LONGEST]
    return target.secret[:-1][:LONGEST]


class PlacesTests(OracleTestCase):
    """Every place of `places`, read over the REST API and the event stream."""

    async def test_guesses_are_shown_where_the_secrets_were_not_given(self) -> None:
        hidden, everything = await self._hidden()
        self.assertEqual({place: len(found) for place, found in hidden.items() if found}, {})
        labels = [f"<{file_name(each)}>" for each in TARGETS]
        telling = (*labels, "<secret>", *REPORTS)
        self.assertEqual([each for each in telling if each in everything], [])

    async def test_every_place_tells_of_guesses_where_everything_is_hidden(self) -> None:
        self.old_rule()
        # Buildbot 4.0 logs that a step's second log of a name needs a slug of its own.
        self.addCleanup(self.flushLoggedErrors, KeyError)
        hidden, everything = await self._hidden()
        silent = sorted(place for place, found in hidden.items() if not found)
        self.assertEqual(silent, [])
        self.assertEqual([report for report in REPORTS if report not in everything], [])

    async def _hidden(self) -> tuple[dict[str, list[str]], str]:
        """Publish every piece by every place; return those that are not shown, and all that is."""
        places = [place for place in (*IN_BUILDS, *FROM_OUTSIDE) if place != "typed_over"]
        published = {
            place: [f"{letter}{number} {piece}" for number, piece in enumerate(pieces())]
            for letter, place in zip(ascii_letters, places, strict=False)
        }
        attacking = [Publish(place, published[place]) for place in places if place in IN_BUILDS]
        master = await self.start(TARGETS, attacking)
        port = master.master.www.getPortnum()
        listeners = await listen_to_events(port, lambda _: None)
        build = await master.build(ATTACKER)
        self.assertEqual(build.result, "success", build.outline())
        for place, publish in FROM_OUTSIDE.items():
            for text in published[place]:
                await publish(master, text)
        rest = await deferToThread(sinks.rest, port)
        for listener in listeners:
            assert listener.transport is not None
            listener.transport.loseConnection()
        heard = [text for listener in listeners for text in listener.texts]
        everything = "\n".join((*rest["REST"], *heard))
        return {
            place: [text for text in texts if text not in everything]
            for place, texts in published.items()
        }, everything


class BackspacesTests(OracleTestCase):
    """Text over which a program typed other text is stored in one of two ways."""

    async def test_right_and_wrong_guesses_are_stored_alike(self) -> None:
        self.assertTrue(await self._alike())

    async def test_they_are_not_where_everything_is_hidden(self) -> None:
        self.old_rule()
        self.assertFalse(await self._alike())

    async def _alike(self) -> bool:
        """Return whether a log with a right guess and one with a wrong one say the same else."""
        pin = next(each for each in TARGETS if each.name == "PIN")
        wrong = differing(pin, "another world")
        attacking = [Publish("typed_over", [each.secret]) for each in (pin, wrong)]
        master = await self.start(TARGETS, attacking)
        build = await master.build(ATTACKER)
        one, other = (re.sub(r"\d", "#", step.logs["typed over 1"]) for step in build.steps[-2:])
        return one == other
