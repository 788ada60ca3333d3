"""Guesses of a value are shown before and after a reconfiguration, and after the value was rotated.

Whoever guesses knows when these happen, and tries old and new values.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers, steps, util
from twisted.internet.threads import deferToThread

from buildbot_keychain.plugins import secrets
from tests.integration.leaks import sinks
from tests.integration.oracle.masters import TRUSTED, OracleTestCase, file_name
from tests.integration.oracle.places import Publish
from tests.integration.oracle.test_places import most_of
from tests.support.oracle import targets
from tests.support.real_master import WORKER_NAME, write_secret

FORMER = targets.targets("a value")
LATER = targets.targets("the value that replaces it")
PLACES = ("log_lines", "step_state", "properties")
MOMENTS = ("started", "configured", "rotated", "configured again")
"""Each has a builder of its name, which guesses."""


def guesses(moment: str) -> list[str]:
    """Return a guess of each value, in letters and digits, behind the name of a moment."""
    pieces = [piece for piece in map(most_of, (*FORMER, *LATER)) if piece.isalnum()]
    return [f"{moment}{number} {piece}" for number, piece in enumerate(pieces)]


class LifeCycleTests(OracleTestCase):
    """A build that was given the secrets runs before each that was not."""

    async def test_recovers_secrets_where_everything_is_hidden(self) -> None:
        self.old_rule()
        hidden, _ = await self._hidden()
        self.assertEqual([moment for moment, count in hidden.items() if not count], [])

    async def test_learns_nothing_where_the_secrets_were_not_given(self) -> None:
        hidden, everything = await self._hidden()
        self.assertEqual({moment: count for moment, count in hidden.items() if count}, {})
        labels = [f"<{file_name(each)}>" for each in FORMER]
        self.assertEqual([each for each in (*labels, "<secret>") if each in everything], [])

    async def _hidden(self) -> tuple[dict[str, int], str]:
        """Return how many guesses of each moment are not shown, and all that the master shows."""
        directory = self.secrets_directory({file_name(each): each.value for each in FORMER})
        master = await self.start_master(self._configured(directory))
        for moment in MOMENTS:
            if moment.startswith("configured"):
                await master.reconfigure(self._configured(directory))
            if moment == "rotated":
                for each in LATER:
                    write_secret(directory / file_name(each), each.value)
            for builder in (TRUSTED, moment):
                build = await master.build(builder)
                self.assertEqual(build.result, "success", build.outline())
        port = master.master.www.getPortnum()
        everything = "\n".join((await deferToThread(sinks.rest, port))["REST"])
        return {
            moment: sum(text not in everything for text in guesses(moment)) for moment in MOMENTS
        }, everything

    def _configured(self, directory: Path) -> dict[str, Any]:
        using = [
            steps.ShellCommand(
                command=["true"], env={"SECRET": util.Secret(file_name(each))}, logEnviron=False
            )
            for each in FORMER
        ]
        step_lists = {
            moment: [Publish(place, guesses(moment)) for place in PLACES] for moment in MOMENTS
        } | {TRUSTED: using}
        return {
            "builders": [
                BuilderConfig(name, workernames=[WORKER_NAME], factory=util.BuildFactory(list_))
                for name, list_ in step_lists.items()
            ],
            "schedulers": [schedulers.ForceScheduler("force", builderNames=[*step_lists])],
            "secretsProviders": [
                secrets.SecretManager(providers=[secrets.SecretInAFile(str(directory))])
            ],
            "www": {"port": "tcp:0:interface=127.0.0.1"},
        }
