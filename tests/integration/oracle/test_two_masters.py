"""Two masters whose secrets differ only in what nobody knows: whoever was given none sees the same.

All that there is to read is compared: answers of the REST API, the event stream, and how the
master's database cuts logs into chunks.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from string import ascii_letters
from typing import Any

from buildbot.plugins import steps
from twisted.internet.threads import deferToThread

from tests.integration.leaks import sinks
from tests.integration.leaks.listeners import listen_to_events
from tests.integration.oracle.masters import ATTACKER, TRUSTED, OracleTestCase
from tests.integration.oracle.places import FROM_OUTSIDE, IN_BUILDS, Publish
from tests.support.oracle import targets
from tests.support.oracle.guesses import guesses
from tests.support.oracle.targets import Target
from tests.support.real_master import RealMaster


def _held(seed: str) -> list[Target]:
    return [*targets.targets(seed), *targets.of_low_entropy(seed)]


# Without the one that ends like another: it would be another secret.
ONE = [each for each in _held("one") if each.name != "second version"]
OTHER = [targets.differing(each, "other", _held) for each in ONE]
GUESSABLE = [each.secret for each in ONE if each.guessable]

PRINTED_EACH = 7
"""Of so many guesses, one is printed in a log."""
PUBLISHED = 8
"""How many guesses are published in each place."""

VARYING = re.compile(
    r"\b\d{10}(?:\.\d+)?\b|\d{4}-\d\d-\d\d[T ][\d:.]+|\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT"
    r"|elapsedTime=[\d.]+|(?<=\"duration_s\": )[\d.e-]+|(?<=\"value\": )[\d.e-]+"
    r"|TWISTED_SESSION=[^;]*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|/tmp/keychain-test-\w+|/dev/shm/[\w/.-]+|127\.0\.0\.1:\d+|(?<=localhost:)\S+|PID \d+"
    r"|\b\d{4,7}\b(?= seconds)"
)
"""What differs whenever a master runs: times, sessions, files, processes."""

CHUNKS = """
    SELECT logid, first_line, last_line, compressed, length(content) FROM logchunks
    WHERE logid IN (SELECT id FROM logs WHERE name != 'stdio')
"""
"""Those of commands are cut as output arrives."""


class TwoMastersTests(OracleTestCase):
    timeout = 600.0

    async def test_all_that_can_be_read_is_the_same(self) -> None:
        self.assertEqual(await self._differing(), set())

    async def test_it_is_not_where_everything_is_hidden(self) -> None:
        self.old_rule()
        self.assertEqual(await self._differing(), {"REST", "events", "chunks"})

    async def _differing(self) -> set[str]:
        """Return what differs between the masters; never what is in it."""
        one, other = await self._seen(ONE), await self._seen(OTHER)
        return {what for what in one if one[what] != other[what]}

    async def _seen(self, held: list[Target]) -> dict[str, Counter[str]]:
        """Publish guesses of `ONE` where others are held, and return what everybody sees."""
        all_guesses = dict.fromkeys(text for each in ONE for text in guesses(each))
        printed = self.directory() / "printed"
        printed.write_text("\n".join([*all_guesses][::PRINTED_EACH]) + "\n")
        words = [
            each for each in all_guesses if each.isascii() and each.isalnum() and len(each) < 45
        ]
        chosen = [*GUESSABLE, *words[:: len(words) // PUBLISHED]]
        published = {
            place: [f"{letter}{number} {text}" for number, text in enumerate(chosen)]
            for letter, place in zip(ascii_letters, (*IN_BUILDS, *FROM_OUTSIDE), strict=False)
        }
        out: dict[str, Any] = {"logEnviron": False}
        attacking: list[Any] = [
            steps.ShellCommand(name="out", command=["cat", str(printed)], **out),
            steps.ShellCommand(
                name="file", command=["true"], logfiles={"file": str(printed)}, **out
            ),
            steps.SetPropertyFromCommand(
                command=["tail", "-c", "3000", str(printed)], property="found", **out
            ),
            *(Publish(place, published[place]) for place in IN_BUILDS),
        ]
        master = await self.start(held, attacking)
        port = master.master.www.getPortnum()
        listeners = await listen_to_events(port, lambda _: None)
        await master.build(ATTACKER, properties={f"p{n}": text for n, text in enumerate(chosen)})
        for place, publish in FROM_OUTSIDE.items():
            for text in published[place]:
                await publish(master, text)
        await self._force_trusted(master)
        rest = await deferToThread(sinks.rest, port)
        for listener in listeners:
            assert listener.transport is not None
            listener.transport.loseConnection()
        path = f"file:{master.basedir}/state.sqlite?mode=ro"
        with sqlite3.connect(path, uri=True) as database:
            chunks = [str(row) for row in database.execute(CHUNKS)]
        await master.stop()
        heard = [text for listener in listeners for text in listener.texts]
        found = {"REST": rest["REST"], "events": heard, "chunks": chunks}
        return {
            what: Counter(VARYING.sub("#", each) for each in texts) for what, texts in found.items()
        }

    async def _force_trusted(self, master: RealMaster) -> None:
        """Ask for a build that is given the secrets, with guesses of them as properties."""
        build = await master.build(
            TRUSTED, properties={f"p{n}": each for n, each in enumerate(GUESSABLE)}
        )
        self.assertEqual(build.result, "success", build.outline())
