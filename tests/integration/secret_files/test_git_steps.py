"""The key files of Buildbot's own Git steps, when the step does not come to its end.

What happens when a worker or a master is killed is in `test_killed`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import buildbot
from buildbot.plugins import steps, util
from buildbot.process.results import CANCELLED, FAILURE
from twisted.internet.defer import Deferred

from buildbot_keychain.plugins import secrets
from tests.support.raw_server import RawServer, ends, is_silent
from tests.support.real_master import BUILDER_NAME, RealMaster
from tests.support.secret_files_case import SecretFilesTestCase

KEY = "q8ZkV2mXw4LrT9sYbN6cJ3"

# A Git step of Buildbot 4.0 has no credentials of its own.
HAS_CREDENTIALS = tuple(map(int, buildbot.version.split(".")[:2])) >= (4, 1)

# Stands for ssh: connects to the test's server, and waits for its answer.
SSH = """#!/bin/sh
exec python3 -c 'import socket; socket.create_connection(("127.0.0.1", {port})).recv(1)'
"""


class GitStepTests(SecretFilesTestCase):
    """A Git step waits for a server while its keys are on the worker."""

    def setUp(self) -> None:
        """Start the server."""
        super().setUp()
        self.server = RawServer(self, is_silent)

    def over_ssh(self, **more: Any) -> Any:
        """Return a step with a key, for a stand-in of ssh."""
        bin_directory = self.directory()
        ssh = bin_directory / "ssh"
        ssh.write_text(SSH.format(port=self.server.port))
        ssh.chmod(0o700)
        return steps.Git(
            repourl="ssh://git@git.example.org/app",
            env={"PATH": f"{bin_directory}:{os.environ['PATH']}"},
            sshPrivateKey=util.Secret("key"),
            sshKnownHosts="host ssh-ed25519 AAAA",
            **more,
        )

    def over_http(self, **more: Any) -> Any:
        """Return a step with a password."""
        return steps.Git(
            repourl=self.server.url(path="/app.git"),
            auth_credentials=("user", util.Secret("key")),
            **more,
        )

    def files_with_the_key(self) -> list[str]:
        """Return the files below the worker's directory that hold the key."""
        return [
            str(path.relative_to(self.worker_directory))
            for path in sorted(self.worker_directory.rglob("*"))
            if path.is_file() and KEY in path.read_text(errors="replace")
        ]

    async def start(self, step: Any) -> tuple[RealMaster, Deferred[Any]]:
        """Start a build, and wait until its Git step waits for the server."""
        provider = secrets.SecretInAFile(dirname=str(self.secrets_directory({"key": KEY})))
        factory = util.BuildFactory([step])  # Buildbot's own
        master = await self.master_with(factory, secretsProviders=[provider])
        ended = master.event(("builds", None, "finished"))
        connected = self.server.event()
        await master.request_build()
        await connected
        return master, ended

    async def assert_gone_after_cancel(self, step: Any, *expected: str) -> None:
        """Somebody stops the build."""
        master, ended = await self.start(step)
        self.assertEqual(self.files_with_the_key(), list(expected))
        (build,) = master.master.botmaster.builders[BUILDER_NAME].building

        await master.master.data.control("stop", {"reason": "no"}, ("builds", str(build.buildid)))
        self.assertEqual((await ended)["results"], CANCELLED)

        self.assert_clean()
        self.assertEqual(await self.remembered(master), [])

    def assert_clean(self) -> None:
        """Nothing of what the step wrote is there."""
        self.assertEqual(self.files_with_the_key(), [])
        self.assertEqual(list(self.worker_directory.rglob(".*.buildbot")), [])

    async def test_cancelled_with_a_key(self) -> None:
        """The key, and the list of hosts beside it, are removed."""
        await self.assert_gone_after_cancel(self.over_ssh(), ".builder.build.buildbot/ssh-key")

    async def test_cancelled_in_an_absolute_directory(self) -> None:
        """Buildbot puts the key beside that directory."""
        inside = self.worker_directory / "elsewhere"
        inside.mkdir()
        await self.assert_gone_after_cancel(
            self.over_ssh(workdir=str(inside / "checkout")),
            "elsewhere/.builder.checkout.buildbot/ssh-key",
        )

    if HAS_CREDENTIALS:

        async def test_cancelled_with_a_password(self) -> None:
            """Git has stored it in a file."""
            await self.assert_gone_after_cancel(
                self.over_http(), ".builder.build.buildbot/.git-credentials"
            )

    async def test_cancelled_while_a_key_is_written(self) -> None:
        """Buildbot counts the key as written only when all its files are."""
        step = self.over_ssh()
        stopped: list[str] = []

        def stop_first(original: Any) -> Any:
            async def download(auth: Any, path: str, *args: Any, **kwargs: Any) -> None:
                await original(auth, path, *args, **kwargs)
                if not stopped:
                    stopped.append(path)
                    auth.step.build.stopBuild("enough")

            return lambda *args, **kwargs: Deferred.fromCoroutine(download(*args, **kwargs))

        auth = buildbot.util.git.GitStepAuth
        self.patch(auth, "_download_file", stop_first(auth._download_file))
        provider = secrets.SecretInAFile(dirname=str(self.secrets_directory({"key": KEY})))
        master = await self.master_with(util.BuildFactory([step]), secretsProviders=[provider])
        ended = master.event(("builds", None, "finished"))
        await master.request_build()
        self.assertEqual((await ended)["results"], CANCELLED)

        self.assertEqual([Path(path).name for path in stopped], ["ssh-key"])
        self.assert_clean()
        self.assertEqual(await self.remembered(master), [])

    async def test_a_step_that_ends(self) -> None:
        """Buildbot removes the files itself, and they are forgotten."""
        self.server.talk = self.server.greet = ends
        master, ended = await self.start(self.over_ssh())
        self.assertEqual((await ended)["results"], FAILURE)
        self.assert_clean()
        self.assertEqual(await self.remembered(master), [])
