"""A master that has given ten secrets to one build, and runs others that were given none."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers, steps, util
from buildbot.plugins import worker as workers

from buildbot_keychain.plugins import secrets
from buildbot_keychain.redaction import Redactor
from tests.integration.oracle.program import Settings, known_of
from tests.support.oracle.targets import Target
from tests.support.real_master import WORKER_NAME, RealMaster, RealMasterTestCase

ROOT = Path(__file__).parents[3]
TRUSTED = "trusted"
ATTACKER = "attacker"
FORCED = "forced"
"""A builder whose builds do not start."""


def file_name(target: Target) -> str:
    """Return the name under which a provider holds a target."""
    return target.name.replace(" ", "_")


class OracleTestCase(RealMasterTestCase):
    """Runs a build that is given ten secrets, and then those that attack them."""

    timeout = 240.0
    protocol = "null"

    def old_rule(self) -> None:
        """Hide every secret everywhere in this test, as if everybody had been given all."""
        for name, arguments in (("redact", 1), ("redact_bytes", 1), ("find", 1), ("stream", 0)):
            self.patch(Redactor, name, _for_everybody(getattr(Redactor, name), arguments))
        seen_by = Redactor.seen_by
        self.patch(Redactor, "seen_by", lambda redactor, given: seen_by(redactor, None))

    async def start(self, targets: list[Target], attacking: list[Any], **more: Any) -> RealMaster:
        """Start a master with its web server, and run the build that is given the secrets.

        :param attacking: the steps of the builder `ATTACKER`.
        """
        directory = self.secrets_directory({file_name(each): each.value for each in targets})
        using = [
            steps.ShellCommand(
                name=file_name(each),
                command=["true"],
                env={"SECRET": util.Secret(file_name(each))},
                logEnviron=False,
            )
            for each in targets
        ]
        builders = [
            BuilderConfig(name, workernames=[WORKER_NAME], factory=util.BuildFactory(list_))
            for name, list_ in ((TRUSTED, using), (ATTACKER, attacking))
        ]
        waiting = BuilderConfig(
            FORCED,
            workernames=[WORKER_NAME],
            factory=util.BuildFactory([]),
            canStartBuild=lambda *_: False,
        )
        builders.append(waiting)
        force = schedulers.ForceScheduler(
            "force",
            [each.name for each in builders],
            properties=[util.StringParameter("note", default="")],
        )
        master = await self.start_master(
            {
                "builders": builders,
                "schedulers": [force],
                "workers": [workers.LocalWorker(WORKER_NAME, missing_timeout=0)],
                "secretsProviders": [
                    secrets.SecretManager(providers=[secrets.SecretInAFile(str(directory))])
                ],
                "www": {
                    "port": "tcp:0:interface=127.0.0.1",
                    "change_hook_dialects": {"base": True},
                },
            }
            | more
        )
        build = await master.build(TRUSTED)
        self.assertEqual(build.result, "success", build.outline())
        return master

    def program_step(self, settings: Path) -> Any:
        """Return the step that runs the program in a build."""
        return steps.ShellCommand(
            name="program",
            command=[sys.executable, "-m", "tests.integration.oracle.program", str(settings)],
            env={"PYTHONPATH": str(ROOT)},
            logEnviron=False,
            timeout=None,
        )


def write_settings(
    directory: Path, master: RealMaster, targets: list[Target], texts: list[str], megabytes: float
) -> Settings:
    """Write what the program is told, which is nothing that not everybody knows."""
    (directory / "texts").write_text("\n".join(texts))
    settings = Settings(
        port=master.master.www.getPortnum(),
        step="program",
        megabytes=megabytes,
        targets=[known_of(each) for each in targets],
        texts=str(directory / "texts"),
        printed=str(directory / "printed"),
        learned=str(directory / "learned"),
    )
    (directory / "settings").write_text(json.dumps(vars(settings)))
    return settings


def _for_everybody(method: Callable[..., Any], arguments: int) -> Callable[..., Any]:
    """Return a method of a redactor that is called without an audience."""

    def called(redactor: Redactor, *given: Any, **_: Any) -> Any:
        return method(redactor, *given[:arguments])

    return called
