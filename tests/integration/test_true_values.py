"""Redaction corrupts nothing: steps, observers and properties get the exact text.

Secrets that are words of every build (``a``, ``echo``, ``true``, ``main``) do no other harm: builds
succeed, names stay whole, logs can be read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.plugins import steps
from buildbot.process.buildstep import BuildStep, ShellMixin
from buildbot.process.logobserver import BufferLogObserver
from buildbot.process.properties import Property
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred

from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import RealMasterTestCase

WEAK = {"letter": "a", "command": "echo", "literal": "true", "branch": "main"}
STRONG = "Tr0ub4dor&3 'with' \"quotes\" \\ and %41 é"


class _Recording(ShellMixin, BuildStep):
    """Runs a command and records everything that Buildbot shows it of the output."""

    def __init__(self, seen: dict[str, Any], **more: Any) -> None:
        self.seen = seen
        super().__init__(**self.setupShellMixin(more))

    def run(self) -> Deferred[int]:
        # Buildbot 4.0 does not accept a coroutine.
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        observer = BufferLogObserver(wantStderr=True)
        self.addLogObserver("stdio", observer)
        command = await self.makeRemoteShellCommand(collectStdout=True, collectStderr=True)
        await self.runCommand(command)
        self.seen["observed"] = observer.getStdout(), observer.getStderr()
        self.seen["collected"] = command.stdout, command.stderr
        self.seen["cleaned"] = self.build.properties.cleanupTextFromSecrets(command.stdout)
        return SUCCESS


class TrueValueTests(RealMasterTestCase):
    protocol = "pb"

    async def _build(self, factory: Any, values: dict[str, str], branch: str | None = None) -> Any:
        directory = self.secrets_directory(values)
        provider = secrets.SecretInAFile(dirname=str(directory), strip=False)
        manager = secrets.SecretManager(providers=[provider])
        config = self.configuration(factory, secretsProviders=[manager])
        self.master = master = await self.start_master(config)
        build = await master.build(branch=branch)
        self.assertEqual(build.result, "success", build.outline())
        return build

    async def test_observers_and_collected_output_are_exact(self) -> None:
        """Even of a text that consists of secrets, on both streams."""
        values = WEAK | {"strong": STRONG}
        text = "".join(f"%(secret:{name})s|" for name in values)
        seen: dict[str, Any] = {}
        script = 'printf "%s\\n" "$1"; printf "%s\\n" "$1" >&2'
        factory = util.BuildFactory()
        factory.addStep(
            _Recording(seen, command=["sh", "-c", script, "sh", util.Interpolate(text)])
        )

        build = await self._build(factory, values)

        expected = "".join(f"{value}|" for value in values.values()) + "\n"
        self.assertEqual(seen["observed"], (expected, expected))
        self.assertEqual(seen["collected"], (expected, expected))
        self.assertNotIn(STRONG, build.steps[-1].logs["stdio"])
        # Buildbot's manual tells authors of steps to clean what they write with it.
        self.assertIn("<strong>", seen["cleaned"])
        self.assertNotIn(STRONG, seen["cleaned"])

    async def test_properties_of_commands_are_exact(self) -> None:
        """The text that is extracted, and what later steps get of it."""
        extracted: list[str] = []

        def extract(code: int, out: str, err: str) -> dict[str, str]:
            extracted.append(out)
            return {"extracted": out.strip()}

        show = ["printf", "%s", util.Secret("strong")]
        check = ["test", Property("token"), "=", Property("extracted")]
        factory = util.BuildFactory()
        factory.addStep(steps.SetPropertyFromCommand(command=show, property="token"))
        factory.addStep(steps.SetPropertyFromCommand(command=show, extract_fn=extract))
        factory.addStep(steps.ShellCommand(command=check))
        same = ["test", Property("token"), "=", util.Secret("strong")]
        factory.addStep(steps.ShellCommand(command=same))

        build = await self._build(factory, WEAK | {"strong": STRONG})

        self.assertEqual([text.rstrip("\n") for text in extracted], [STRONG])
        self.assertEqual(build.properties["token"], "<strong>")
        self.assertEqual(build.properties["extracted"], "<strong>")

    async def test_environments_are_exact(self) -> None:
        """Of commands on a worker and on the master; variables in ``master.cfg`` are replaced."""
        dollars = "s3cr3t-${HOME}$${PATH}${}${-1"
        written = Path(self.mktemp()) / "written"
        value = util.Interpolate("${KEYCHAIN_NONE}%(secret:dollars)s${KEYCHAIN_NONE}")
        factory = util.BuildFactory()
        for step in steps.ShellCommand, steps.MasterShellCommand:
            for environment in ({"X": value}, {"X": ["", value]}):
                command = ["sh", "-c", f'printf "%s\\n" "$X" >> {written}']
                factory.addStep(step(command=command, env=environment))

        await self._build(factory, {"dollars": dollars})

        lines = written.read_text().splitlines()
        self.assertEqual(lines, [dollars, f":{dollars}"] * 2)

    async def test_common_words_as_secrets_harm_no_build(self) -> None:
        """Names, branch and log of a build that is full of the secrets' values.

        Values of four letters and more are hidden where they are a whole word, and nowhere else.
        """
        read = "".join(f"%(secret:{name})s" for name in WEAK)
        factory = util.BuildFactory()
        factory.addStep(steps.ShellCommand(name="read", command=["true", util.Interpolate(read)]))
        words = "a train, a true story, an echoed mainframe of builders"
        factory.addStep(steps.ShellCommand(name="say", command=["echo", words]))
        factory.addStep(
            steps.SetPropertyFromCommand(command=["echo", "main", "true"], property="words")
        )
        factory.addStep(steps.ShellCommand(command=["test", Property("words"), "=", "main true"]))

        factory.addStep(steps.ShellCommand(command=["test", Property("branch"), "=", "main"]))

        build = await self._build(factory, WEAK, branch="main")

        self.assertIn(words, build.step("say").logs["stdio"])
        self.assertEqual(build.properties["buildername"], "builder")
        stamps = await self.master.master.data.get(("sourcestamps",))
        self.assertEqual([stamp["branch"] for stamp in stamps], ["main"])
