"""However the steps of a block end, its files are gone after."""

from __future__ import annotations

import resource
import stat
from importlib import metadata
from pathlib import Path
from typing import Any

from buildbot.plugins import steps, util
from buildbot.process.properties import Properties
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot.secret_files import SecretFileRegistry
from buildbot_keychain.buildbot.secret_files import _steps as secret_steps
from buildbot_keychain.buildbot.secret_files._commands import WorkerCommands
from buildbot_keychain.buildbot.secret_files._worker_files import fill
from buildbot_keychain.plugins.util import BuildFactory
from tests.support.real_master import BUILDER_NAME, RealMaster
from tests.support.secret_files_case import CONTENT, Broken, SecretFilesTestCase

TWISTED = tuple(map(int, metadata.version("twisted").split(".")[:2]))


class EveryEndingTests(SecretFilesTestCase):
    """However the steps of a block end."""

    async def test_success(self) -> None:
        """Content and modes are right while the steps run; nothing is left afterwards."""
        factory = BuildFactory()
        elsewhere = self.directory() / "new" / "deeper" / "key"
        secrets = [
            ("netrc", util.Interpolate(CONTENT)),
            ("a/b/binary", bytes(range(256))),
            (util.Interpolate("%(prop:buildername)s.empty"), ""),
            (str(elsewhere), "k" * 100_000),
        ]
        with factory.withSecrets(secrets):
            factory.addStep(self.look("netrc", "a/b/binary", "builder.empty", str(elsewhere)))
        master = await self.master_with(factory)

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        seen = self.seen()
        self.assertEqual(bytes.fromhex(seen["netrc"]["hex"]), CONTENT.encode())
        self.assertEqual(bytes.fromhex(seen["a/b/binary"]["hex"]), bytes(range(256)))
        self.assertEqual(seen["builder.empty"]["hex"], "")
        self.assertEqual(bytes.fromhex(seen[str(elsewhere)]["hex"]), b"k" * 100_000)
        for path, facts in seen.items():
            self.assertEqual(oct(stat.S_IMODE(facts["mode"])), "0o600", path)
        self.assertEqual(oct(stat.S_IMODE(seen["a/b/binary"]["directory"])), "0o700")
        self.assertEqual(oct(stat.S_IMODE(seen[str(elsewhere)]["directory"])), "0o700")
        self.assertEqual(list(self.workdir.iterdir()), [])
        self.assertEqual(list(elsewhere.parents[2].iterdir()), [])

    async def test_failure(self) -> None:
        """A step fails, and the build goes on."""
        master = await self.master_with(self.block(steps.ShellCommand(command=["false"])))

        build = await master.build()

        self.assertEqual(build.result, "failure")
        self.assert_was_there()
        self.assert_nothing_left()
        self.assertEqual(build.step("remove secret files").state, "1 secret file removed")

    async def test_halting_failure(self) -> None:
        """A step fails and ends the build."""
        fails = steps.ShellCommand(command=["false"], haltOnFailure=True)
        master = await self.master_with(self.block(fails, steps.ShellCommand(command=["true"])))

        build = await master.build()

        self.assertEqual(build.result, "failure")
        self.assert_was_there()
        self.assert_nothing_left()

    async def test_exception(self) -> None:
        """A step raises."""
        master = await self.master_with(self.block(Broken()))

        build = await master.build()
        self.flushLoggedErrors(RuntimeError)

        self.assertEqual(build.result, "exception")
        self.assert_was_there()
        self.assert_nothing_left()

    async def test_timeout(self) -> None:
        """A step takes too long."""
        slow = steps.ShellCommand(command=["sleep", "60"], maxTime=0.2, haltOnFailure=True)
        master = await self.master_with(self.block(slow))

        build = await master.build()

        self.assertEqual(build.result, "failure")
        self.assert_was_there()
        self.assert_nothing_left()

    async def test_nested_blocks(self) -> None:
        """A step fails inside of two blocks, which share a directory."""
        factory = BuildFactory()
        with factory.withSecrets([("sub/outer", "outer")]):
            with factory.withSecrets([("sub/inner/file", "inner")]):
                factory.addStep(self.look("sub/outer", "sub/inner/file"))
                factory.addStep(steps.ShellCommand(command=["false"], haltOnFailure=True))
            factory.addStep(steps.ShellCommand(command=["true"]))
        master = await self.master_with(factory)

        build = await master.build()

        self.assertEqual(build.result, "failure")
        self.assertEqual(len(self.seen()), 2)
        self.assert_nothing_left()

    async def test_provider_gone_at_the_end(self) -> None:
        """Removing renders nothing."""
        rendered: list[bool] = []

        @util.renderer
        def once(_properties: Properties) -> str:
            if rendered:
                raise RuntimeError("the provider is gone")
            rendered.append(True)
            return CONTENT

        factory = BuildFactory()
        factory.addSteps([self.look("netrc")], withSecrets=[("netrc", once)])
        master = await self.master_with(factory)

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        self.assert_was_there("netrc")
        self.assert_nothing_left()

    async def test_secret_that_cannot_be_rendered(self) -> None:
        """Nothing is written when one of the contents is missing."""

        @util.renderer
        def missing(_properties: Properties) -> str:
            raise LookupError("no such secret")

        factory = BuildFactory()
        factory.addSteps([self.look("a")], withSecrets=[("a", "first"), ("b", missing)])
        master = await self.master_with(factory)

        build = await master.build()
        self.flushLoggedErrors(LookupError)

        self.assertEqual(build.result, "exception")
        self.assertFalse(self.report.exists())
        self.assertFalse(self.workdir.exists())
        self.assertEqual(
            build.step("remove secret files").state, "no secret files to remove (skipped)"
        )

    async def test_buildbot_fails_between_two_steps(self) -> None:
        """Buildbot leaves out every further step, and the build still removes its files."""
        master, step, done = await self.hold()
        updates = master.master.data.updates
        original = updates.setBuildProperties

        def fail_once(*args: Any) -> Any:
            updates.setBuildProperties = original
            raise RuntimeError("the database is away for a moment")

        updates.setBuildProperties = fail_once
        step.ended.callback(SUCCESS)
        build = await done
        self.flushLoggedErrors(RuntimeError)

        self.assertEqual(build["results"], 4)  # EXCEPTION
        self.assert_was_there()
        self.assert_nothing_left()
        self.assertEqual(await self.remembered(master), [])


class FailingWorkerTests(SecretFilesTestCase):
    """A worker's own errors, which until Twisted 24.11 do not arrive at the master."""

    if TWISTED >= (25, 5):

        async def test_disk_that_is_full(self) -> None:
            """The step is red and says which file did not arrive; what did is removed."""
            limits = resource.getrlimit(resource.RLIMIT_FSIZE)
            self.addCleanup(resource.setrlimit, resource.RLIMIT_FSIZE, limits)
            factory = BuildFactory()
            secrets = [("sub/netrc", CONTENT), ("large", "x" * 2_000_000)]
            factory.addSteps([self.look("sub/netrc")], withSecrets=secrets)
            master = await self.master_with(factory)

            # The worker is in this process, and so is the database, which is smaller.
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, limits[1]))
            build = await master.build()
            self.flushLoggedErrors(OSError)

            self.assertEqual(build.result, "failure", build.outline())
            self.assertIn(
                "large: the content did not arrive", build.step("write secret files").state
            )
            self.assertFalse(self.report.exists())
            self.assert_nothing_left()
            self.assertEqual(await self.remembered(master), [])

        async def test_worker_that_can_run_nothing(self) -> None:
            """The step that removes is red, and the file is remembered."""
            script = f"cd {self.worker_directory}; mv {BUILDER_NAME} away; touch {BUILDER_NAME}"
            step = steps.ShellCommand(command=["/bin/sh", "-ec", script])
            master = await self.master_with(self.block(step))

            build = await master.build()
            self.flushLoggedErrors()

            self.assertEqual(build.result, "failure", build.outline())
            self.assertIn("worker worker failed: ", build.step("remove secret files").state)
            self.assertEqual(await self.remembered(master), ["sub/netrc"])


class CancelledTests(SecretFilesTestCase):
    """Somebody stops the build."""

    async def stop_build(self, master: RealMaster, buildid: int) -> None:
        """Do as the button on the page does."""
        await master.master.data.control("stop", {"reason": "enough"}, ("builds", str(buildid)))

    async def test_once(self) -> None:
        """While a step of the block runs."""
        master, step, done = await self.hold()
        await self.stop_build(master, step.build.buildid)
        build = await done

        self.assertEqual(build["results"], 6)  # CANCELLED
        self.assert_was_there()
        self.assert_nothing_left()

    async def test_twice(self) -> None:
        """And again while the files are removed."""
        master, step, done = await self.hold()
        again: list[Deferred[None]] = []
        remove = SecretFileRegistry.remove

        async def stop_and_remove(registry: SecretFileRegistry, file: Any) -> None:
            again.append(Deferred.fromCoroutine(self.stop_build(master, file.build.buildid)))
            await again[0]
            await remove(registry, file)

        self.patch(SecretFileRegistry, "remove", stop_and_remove)
        await self.stop_build(master, step.build.buildid)
        await done

        self.assertEqual(len(again), 1)
        self.assert_was_there()
        self.assert_nothing_left()
        self.assertEqual(await self.remembered(master), [])

    async def test_while_a_provider_is_asked(self) -> None:
        """A provider that never answers does not hold up the end of the build."""
        asked: Deferred[Properties] = Deferred()

        @util.renderer
        def silent(properties: Properties) -> Deferred[str]:
            asked.callback(properties)
            return Deferred()

        factory = BuildFactory()
        factory.addSteps([self.look("netrc")], withSecrets=[("netrc", silent)])
        master = await self.master_with(factory)
        done = master.event(("builds", None, "finished"))
        await master.request_build()
        properties: Any = await asked
        await self.stop_build(master, properties.build.buildid)
        build = await done

        self.assertEqual(build["results"], 6)  # CANCELLED
        self.assertFalse(self.workdir.exists())

    async def test_while_a_file_is_made(self) -> None:
        """A file that was never filled is removed too."""
        seen: list[bool] = []

        async def stop_and_fill(
            commands: WorkerCommands, files: Any, location: Any, content: bytes
        ) -> None:
            (build,) = master.master.botmaster.builders[BUILDER_NAME].building
            seen.append(Path(files.absolute_path(location)).exists())
            await self.stop_build(master, build.buildid)
            await fill(commands, files, location, content)

        self.patch(secret_steps, "fill", stop_and_fill)
        master = await self.master_with(self.block())
        done = master.event(("builds", None, "finished"))
        await master.request_build()
        build = await done

        self.assertEqual(build["results"], 6)  # CANCELLED
        self.assertEqual(seen, [True])
        self.assertFalse(self.report.exists())
        self.assert_nothing_left()
