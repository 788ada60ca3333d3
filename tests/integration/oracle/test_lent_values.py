"""A build triggers another one and lends it its guesses of what that one prints."""

from __future__ import annotations

import re

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred

from buildbot_keychain.plugins import keychain, secrets, steps, util
from tests.integration.oracle.masters import ATTACKER, TRUSTED, OracleTestCase
from tests.support.oracle import targets
from tests.support.real_master import WORKER_NAME

PIN = targets.target("PIN", "lent values").value
WORD = targets.target("word", "lent values").value
GUESSES = {
    **{f"pin {number}": f"PIN: {number}" for number in range(100_000, 100_040)},
    **{f"word {word}": f"WORD: {word}.\nit is" for word in targets.WORDS[:40] if word != WORD},
    **{f"digit {digit}": f"again:\n {digit}" for digit in "0123456789"},
    "the pin": f"PIN: {PIN}",
    "the word": f"WORD: {WORD}.\nit is",
}
RIGHT = {"the pin", "the word", f"digit {PIN[0]}"}


class _Guesses(BuildStep):
    """Declares what it takes the other build to print."""

    def run(self) -> Deferred[int]:
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        for name, guess in GUESSES.items():
            await keychain.hide(self.build, name, guess)
        return SUCCESS


class LentValueTests(OracleTestCase):
    async def test_recovers_secrets_where_everything_is_hidden(self) -> None:
        self.old_rule()
        self.assertEqual(await self._learned(), RIGHT)

    async def test_learns_nothing_where_the_secrets_were_not_given(self) -> None:
        self.assertEqual(await self._learned(), set())

    async def _learned(self) -> set[str]:
        """Return the names of the guesses that were hidden in the log of the other build."""
        directory = self.secrets_directory({"pin": PIN, "word": WORD})
        text = "PIN: %(secret:pin)s\nWORD: %(secret:word)s.\nit is\nagain:\n %(secret:pin)s,"
        step_lists = {
            ATTACKER: [_Guesses(), steps.Trigger(schedulerNames=[TRUSTED], waitForFinish=True)],
            TRUSTED: [steps.ShellCommand(command=["printf", "%s\\n", util.Interpolate(text)])],
        }
        master = await self.start_master(
            {
                "builders": [
                    BuilderConfig(name, workernames=[WORKER_NAME], factory=util.BuildFactory(list_))
                    for name, list_ in step_lists.items()
                ],
                "schedulers": [
                    schedulers.Triggerable(TRUSTED, builderNames=[TRUSTED]),
                    schedulers.ForceScheduler("force", builderNames=[ATTACKER]),
                ],
                "secretsProviders": [
                    secrets.SecretManager(providers=[secrets.SecretInAFile(str(directory))])
                ],
            }
        )
        build = await master.build(ATTACKER)
        self.assertEqual(build.result, "success", build.outline())
        (other,) = await master.builds_of(2)
        log = other.steps[-1].logs["stdio"]
        self.assertFalse(PIN in log or WORD in log)
        return GUESSES.keys() & set(re.findall("<([^<>]+)>", log))
