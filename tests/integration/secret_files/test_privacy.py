"""Who can read secret files, what is shown of them, and what is in their way or done to them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from buildbot.plugins import secrets as util_secrets
from buildbot.plugins import steps, util

from buildbot_keychain.audit import Event, Use
from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.buildbot.secret_files import _steps as secret_steps
from buildbot_keychain.buildbot.secret_files._commands import WorkerCommands
from buildbot_keychain.buildbot.secret_files._worker_files import fill
from buildbot_keychain.plugins import util as keychain_util
from buildbot_keychain.plugins.util import BuildFactory
from tests.support.real_master import BUILDER_NAME
from tests.support.secret_files_case import CONTENT, SecretFilesTestCase


class PrivacyTests(SecretFilesTestCase):
    """Who can read what, and what is shown."""

    async def test_private_before_the_first_byte(self) -> None:
        """The umask changes nothing: the file is private and empty when the content is sent."""
        self.addCleanup(os.umask, os.umask(0o022))
        modes: list[tuple[str, int | None]] = []

        async def look_and_fill(
            commands: WorkerCommands, files: Any, location: Any, content: bytes
        ) -> None:
            path = Path(files.absolute_path(location))
            modes.append((oct(path.stat().st_mode), path.stat().st_size))
            modes.append((oct(path.parent.stat().st_mode), None))
            await fill(commands, files, location, content)

        self.patch(secret_steps, "fill", look_and_fill)
        master = await self.master_with(self.block())

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual(modes, [("0o100600", 0), ("0o40700", None)])
        self.assert_was_there()

    async def test_content_is_nowhere_else(self) -> None:
        """Logs, states, properties and database hold the path, and nothing of the content."""
        master = await self.master_with(self.block(path="netrc"))

        build = await master.build()
        await master.stop()

        self.assert_was_there("netrc")
        logs = "".join(text for step in build.steps for text in step.logs.values())
        self.assertIn("netrc: written", logs)
        self.assertIn("netrc: removed", logs)
        for text in (logs, repr(build.steps), repr(build.properties)):
            self.assertNotIn("s3cr3t", text)
        stored = b"".join(p.read_bytes() for p in master.basedir.rglob("*") if p.is_file())
        self.assertNotIn(b"s3cr3t", stored)

    async def test_the_audit_trail_has_which_secrets_are_in_which_file(self) -> None:
        directory = self.secrets_directory({"token": "t0psecret", "other": "an0ther-one"})
        provider = util_secrets.SecretInAFile(dirname=str(directory))
        factory = BuildFactory()
        files = [
            ("sub/netrc", util.Interpolate("password %(secret:token)s, %(secret:other)s")),
            ("key", util.Secret("token")),
            ("ours", keychain_util.Secret("other")),
            ("plain", CONTENT),
        ]
        factory.addSteps([self.look("key")], withSecrets=files)
        master = await self.master_with(factory, secretsProviders=[provider])
        events: list[Event] = []
        MasterKeychain.of(master.master).audit.observe(events.append)

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        uses = [event for event in events if isinstance(event, Use)]
        self.assertEqual(
            sorted((use.secret, use.provider, use.place, use.detail) for use in uses),
            [
                ("other", "SecretInAFile", "file", "ours"),
                ("other", "SecretInAFile", "file", "sub/netrc"),
                ("token", "SecretInAFile", "file", "key"),
                ("token", "SecretInAFile", "file", "sub/netrc"),
            ],
        )
        self.assertEqual({use.requester.builder for use in uses}, {BUILDER_NAME})

    async def test_path_that_holds_a_secret(self) -> None:
        """It is refused, and not shown."""
        directory = self.secrets_directory({"token": "t0psecret"})
        provider = util_secrets.SecretInAFile(dirname=str(directory))
        factory = BuildFactory()
        path = util.Interpolate("file-%(secret:token)s")
        factory.addSteps([self.look("netrc")], withSecrets=[(path, CONTENT)])
        master = await self.master_with(factory, secretsProviders=[provider])

        build = await master.build()

        self.assertEqual(build.result, "failure")
        self.assertIn("holds the value of a secret", build.steps[1].state)
        self.assertNotIn("t0psecret", build.steps[1].state)
        self.assertFalse(self.workdir.exists())
        self.assertEqual(await self.remembered(master), [])


class RefusalTests(SecretFilesTestCase):
    """What is in the way is left alone, and the page says what it is."""

    async def refused(self, path: str, *reasons: str) -> None:
        """Run a build whose file is refused."""
        master = await self.master_with(self.block(path=path))

        build = await master.build()

        self.assertEqual(build.result, "failure", build.outline())
        self.assertFalse(self.report.exists())
        for reason in (path, *reasons):
            self.assertIn(reason, build.step("write secret files").state)
        self.assertEqual(build.step("remove secret files").result, "skipped")
        self.assertEqual(await self.remembered(master), [])

    async def test_existing_file(self) -> None:
        """It is somebody's."""
        self.workdir.mkdir(parents=True)
        (self.workdir / "netrc").write_text("mine")

        await self.refused("netrc", "is not overwritten")

        self.assertEqual((self.workdir / "netrc").read_text(), "mine")

    async def test_link_to_a_file(self) -> None:
        """Nothing is written through it."""
        outside = self.directory() / "target"
        outside.write_text("mine")
        self.workdir.mkdir(parents=True)
        (self.workdir / "netrc").symlink_to(outside)

        await self.refused("netrc", "symbolic link")

        self.assertEqual(outside.read_text(), "mine")
        self.assertTrue((self.workdir / "netrc").is_symlink())

    async def test_link_to_nothing(self) -> None:
        """Nothing is made at its other end."""
        outside = self.directory() / "target"
        self.workdir.mkdir(parents=True)
        (self.workdir / "netrc").symlink_to(outside)

        await self.refused("netrc", "symbolic link")

        self.assertFalse(outside.exists())

    async def test_link_among_the_directories(self) -> None:
        """A build may have put it there."""
        outside = self.directory()
        self.workdir.mkdir(parents=True)
        (self.workdir / "sub").symlink_to(outside)

        await self.refused("sub/netrc", "sub is a symbolic link")

        self.assertEqual(list(outside.iterdir()), [])

    async def test_path_out_of_the_builder(self) -> None:
        """Another builder's directory is not reached by counting dots."""
        await self.refused("../../other/netrc", "out of the builder's directory")

        self.assertFalse((self.worker_directory / "other").exists())

    async def test_file_in_place_of_a_directory(self) -> None:
        """It is left alone."""
        self.workdir.mkdir(parents=True)
        (self.workdir / "sub").write_text("mine")

        await self.refused("sub/netrc", "sub exists and is not a directory")


class RemovalTests(SecretFilesTestCase):
    """What a build does to its secret files."""

    def shell(self, script: str) -> Any:
        """Make a step of a script."""
        return steps.ShellCommand(name="script", command=["/bin/sh", "-ec", script])

    async def test_file_that_is_gone(self) -> None:
        """That is fine, and so is a file that was replaced."""
        script = "rm sub/netrc; mv other new; mv new other"
        factory = BuildFactory()
        with factory.withSecrets([("sub/netrc", "a"), ("other", "b")]):
            factory.addStep(self.shell(script))
        master = await self.master_with(factory)

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        self.assert_nothing_left()

    async def test_directory_that_is_in_use(self) -> None:
        """A directory that we made stays if a build put something into it."""
        master = await self.master_with(self.block(self.shell("echo result > sub/result")))

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        names = [str(path.relative_to(self.workdir)) for path in sorted(self.workdir.rglob("*"))]
        self.assertEqual(names, ["sub", "sub/result"])

    async def test_removal_that_fails(self) -> None:
        """The step is red and says what to do; the file is remembered, and removed later."""
        script = "test -e once || { touch once; rm netrc; mkdir -p netrc/full; }"
        master = await self.master_with(self.block(self.shell(script), path="netrc"))

        build = await master.build()

        self.assertEqual(build.result, "failure", build.outline())
        step = build.step("remove secret files")
        self.assertEqual(step.result, "failure")
        self.assertIn("/netrc: it cannot be removed; remove it on the worker by hand", step.state)
        self.assertIn("/netrc: it cannot be removed", build.state)
        self.assertEqual(await self.remembered(master), ["netrc"])

        (self.workdir / "netrc" / "full").rmdir()
        (self.workdir / "netrc").rmdir()
        (self.workdir / "netrc").write_text("a secret that came back")
        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        self.assert_was_there("netrc")
        self.assertFalse((self.workdir / "netrc").exists())
        self.assertEqual(await self.remembered(master), [])

    async def test_directory_that_became_a_link(self) -> None:
        """Removing does not follow it; the file behind it is somebody else's."""
        outside = self.directory()
        (outside / "netrc").write_text("mine")
        script = f"mv sub away; ln -s {outside} sub"
        master = await self.master_with(self.block(self.shell(script)))

        build = await master.build()

        self.assertEqual(build.result, "failure", build.outline())
        self.assertIn("sub is a symbolic link", build.step("remove secret files").state)
        self.assertEqual((outside / "netrc").read_text(), "mine")
        self.assertEqual(await self.remembered(master), ["sub/netrc"])
