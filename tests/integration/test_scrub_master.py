"""``buildbot-keychain scrub`` on what a real master has written without this library."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from buildbot.plugins import steps
from buildbot.process.factory import BuildFactory
from buildbot.process.properties import Interpolate
from twisted.internet.threads import deferToThread

from buildbot_keychain.plugins import secrets, util
from tests.support.keychain_command import Ended, run
from tests.support.log_compressions import COMPRESSIONS
from tests.support.real_master import RealMasterTestCase

TOKEN = "tok-8fJ2/qLx+V5nB0"
KEY = "first 1\nMIIEvQIBADANBg-kqh\nshort\nAoIBAQC7-Zx9pL2\nlast 5"


class RealMasterScrubTests(RealMasterTestCase):
    """A master of Buildbot alone, with steps that print secrets."""

    timeout = 120

    def setUp(self) -> None:
        super().setUp()
        self.basedir = self.directory()
        self.secrets = self.secrets_directory({"token": TOKEN, "key": KEY})
        key = self.directory() / "key"
        key.write_text(f"{KEY}\n", encoding="utf-8")
        script = "printf '%%s\\n' '%(prop:t)s' >&2; cat %(kw:k)s"
        self.factory = BuildFactory(
            [
                steps.ShellCommand(
                    name="print",
                    command=[
                        "sh",
                        "-c",
                        Interpolate(script, k=str(key)),
                    ],
                ),
                steps.SetPropertyFromCommand(
                    name=f"s {TOKEN}"[:50], command=["sh", "-c", f"echo {TOKEN}"], property="leaked"
                ),
            ]
        )

    def scrub(self, *arguments: str | Path) -> Ended:
        files = [f"--file={name}={self.secrets / name}" for name in ("token", "key")]
        basedir = f"--basedir={self.basedir}"
        return run(
            "scrub",
            *files,
            basedir,
            "--db-url",
            "sqlite:///state.sqlite",
            "--guessable",
            *arguments,
        )

    def stored(self) -> str:
        """Return everything in the database as text, except for compressed logs."""
        with sqlite3.connect(self.basedir / "state.sqlite") as connection:
            return "\n".join(connection.iterdump())

    async def test_the_master_reads_its_builds_without_the_secrets(self) -> None:
        config = self.configuration(self.factory)
        master = await self.start_master(config, basedir=self.basedir)
        before = []
        for method in sorted(compression.name for compression in COMPRESSIONS.values()):
            await master.reconfigure({**config, "logCompressionMethod": method})
            before.append(await master.build(properties={"t": TOKEN}))
        await master.stop()
        self.assertTrue(all(TOKEN in build.step("print").logs["stdio"] for build in before))

        ended = await deferToThread(self.scrub, "--write")
        self.assertEqual(ended.status, 0)
        self.assertNotIn(TOKEN, ended.out + ended.err)
        self.assertNotIn(TOKEN, self.stored())
        self.assertEqual((await deferToThread(self.scrub)).status, 0)

        again = await self.start_master(config, basedir=self.basedir, worker=False)
        for build in before:
            after = (await again.builds_of(build.buildid))[-1]
            self.assertEqual(after.properties["leaked"], "<token>")
            for step, old in zip(after.steps, build.steps, strict=True):
                for name, log in step.logs.items():
                    self.assertEqual(log.count("\n"), old.logs[name].count("\n"))
                    self.assertFalse(any(line in log for line in [TOKEN, *KEY.split("\n")]))
                    self.assertEqual(log[:1], old.logs[name][:1])
            stdio = after.step("print").logs["stdio"]
            self.assertIn("e<token>\n", stdio)
            self.assertIn("o<key>\n" * 5, stdio)

    async def test_a_running_master_is_left_alone(self) -> None:
        master = await self.start_master(self.configuration(self.factory), basedir=self.basedir)
        await master.build(properties={"t": TOKEN})
        rejected = await deferToThread(self.scrub, "--write")
        self.assertEqual((rejected.status, rejected.out), (4, ""))
        self.assertIn("stop the master first, or add --live", rejected.err)
        self.assertIn(TOKEN, self.stored())

        allowed = await deferToThread(self.scrub, "--write", "--live")
        self.assertEqual(allowed.status, 0)
        self.assertNotIn(TOKEN, self.stored())

    async def test_the_configuration_names_the_secrets_and_the_database(self) -> None:
        master = await self.start_master(self.configuration(self.factory), basedir=self.basedir)
        await master.build(properties={"t": TOKEN})
        await master.stop()
        config = self.basedir / "master.cfg"
        config.write_text(
            "from buildbot.plugins import secrets\n"
            "from buildbot_keychain.plugins import secrets as keychain\n"
            "c = BuildmasterConfig = {'secretsProviders': [\n"
            f"    keychain.SecretManager([keychain.SecretInAFile({str(self.secrets)!r})]),\n"
            f"    secrets.SecretInAFile({str(self.secrets)!r}),\n"
            "]}\n"
        )
        ended: Any = await deferToThread(run, "scrub", "--config", config, "--guessable", "--write")
        self.assertEqual(ended.status, 0)
        self.assertNotIn(TOKEN, self.stored())
        self.assertRegex(ended.out, r"(?m)^token: \d+ occurrences$")

    async def test_what_a_master_with_this_library_has_recorded_decides(self) -> None:
        directory = self.secrets_directory({"pin": "739105"})

        @util.renderer
        def command(properties: Any) -> list[Any]:
            return ["echo", util.Secret("pin") if properties.getProperty("give") else "nothing"]

        config = self.configuration(
            util.BuildFactory([steps.ShellCommand(command=command)]),
            secretsProviders=[secrets.SecretInAFile(dirname=str(directory))],
        )
        master = await self.start_master(config, basedir=self.basedir)
        given = await master.build(properties={"give": True})
        other = await master.build(properties={"give": False})
        await master.stop()
        with sqlite3.connect(self.basedir / "state.sqlite") as connection:
            connection.execute("UPDATE builds SET state_string = 'an old text: 739105'")

        command = ["scrub", "--file", f"pin={directory / 'pin'}", "--write"]
        url = f"--db-url=sqlite:///{self.basedir}/state.sqlite"
        ended = await deferToThread(run, *command, url)
        self.assertEqual(ended.status, 1)
        self.assertIn("what can be guessed is hidden only in builds that were given it", ended.err)
        self.assertNotIn("no build is recorded", ended.err)
        with sqlite3.connect(self.basedir / "state.sqlite") as connection:
            query = "SELECT id, state_string FROM builds ORDER BY id"
            states = dict(connection.execute(query).fetchall())
        self.assertEqual(states[given.buildid], "an old text: <pin>")
        self.assertEqual(states[other.buildid], "an old text: 739105")
