"""``withSecrets`` on real masters and workers: files are there for their steps, and gone after."""

from __future__ import annotations

import json
import os
import posixpath
import stat
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import secrets as util_secrets
from buildbot.plugins import steps, util
from buildbot.process.buildstep import BuildStep
from buildbot.process.properties import Properties
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot.secret_files import BuildFactory, Leftovers
from buildbot_keychain.buildbot.secret_files import steps as secret_steps
from buildbot_keychain.buildbot.secret_files.commands import Commands
from buildbot_keychain.buildbot.secret_files.files import WorkerFiles, fill
from buildbot_keychain.buildbot.secret_files.ledger import Ledger
from buildbot_keychain.buildbot.secret_files.windows import WindowsFiles
from tests.integration.real_master import BUILDER_NAME, WORKER_NAME, RealMaster, RealMasterTestCase

CONTENT = "machine m password s3cr3t-\u00e4\u20ac\n\n"

# Argument 1: where to tell; then the files to look at.
LOOK = """
import json, os, sys
seen = {}
for path in sys.argv[2:]:
    found = os.lstat(path)
    with open(path, "rb") as file:
        seen[path] = {"mode": found.st_mode, "hex": file.read().hex()}
    seen[path]["directory"] = os.lstat(os.path.dirname(path) or ".").st_mode
with open(sys.argv[1], "w") as file:
    json.dump(seen, file)
"""


class Hold(BuildStep):
    """A step that says when it runs, and ends when it is told to or interrupted."""

    name = "hold"

    def __init__(self, running: list[Deferred[BuildStep]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.running_deferreds = running

    def run(self) -> Deferred[int]:
        """Tell the test, then wait."""
        self.ended: Deferred[int] = Deferred()
        self.running_deferreds.pop(0).callback(self)
        return self.ended

    def interrupt(self, reason: Any) -> Deferred[None]:
        """End as Buildbot's own steps do."""
        stopping = super().interrupt(reason)
        if not self.ended.called:
            self.ended.callback(SUCCESS)
        return stopping


class Broken(BuildStep):
    """A step that raises."""

    name = "broken"

    def run(self) -> Deferred[int]:
        """Raise."""
        raise RuntimeError("broken on purpose")


class SecretFilesTestCase(RealMasterTestCase):
    """One worker, whose directory the test can look into."""

    def setUp(self) -> None:
        """Make the directories."""
        super().setUp()
        self.worker_directory = self.directory()
        self.told = self.directory() / "told.json"

    @property
    def workdir(self) -> Path:
        """Where the builder's steps run."""
        return self.worker_directory / BUILDER_NAME / "build"

    def look(self, *paths: str) -> Any:
        """Make a step that tells what it sees of files."""
        return steps.ShellCommand(
            name="look", command=["python3", "-c", LOOK, str(self.told), *paths]
        )

    def block(self, *inside: Any, path: str = "sub/netrc") -> BuildFactory:
        """Make a factory of one block with one file, and look at it first."""
        factory = BuildFactory()
        factory.addSteps([self.look(path), *inside], withSecrets=[(path, CONTENT)])
        return factory

    def assert_was_there(self, path: str = "sub/netrc") -> None:
        """The step that looks has seen the file, complete and private."""
        facts = self.seen()[path]
        self.assertEqual(bytes.fromhex(facts["hex"]), CONTENT.encode())
        self.assertEqual(oct(stat.S_IMODE(facts["mode"])), "0o600")

    def assert_nothing_left(self) -> None:
        """The working directory of the builder is as empty as it was."""
        self.assertEqual(sorted(self.workdir.rglob("*")), [])

    async def remembered(self, master: RealMaster) -> list[str]:
        """Give the paths of the worker's files that the master's database knows of."""
        entries = await Ledger(master.master.db.state).entries(WORKER_NAME)
        return [place.path for place in entries.values()]

    def seen(self) -> dict[str, Any]:
        """Give what the step saw."""
        return json.loads(self.told.read_text())

    async def master_with(self, *factories: Any, **more: Any) -> RealMaster:
        """Start a master; its builders are ``builder``, ``builder1``, ..."""
        builders = [
            BuilderConfig(
                name=BUILDER_NAME + (str(number) if number else ""),
                workernames=[WORKER_NAME],
                factory=factory,
            )
            for number, factory in enumerate(factories)
        ]
        return await self.start_master(
            {"builders": builders, **more}, worker_basedir=self.worker_directory
        )


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
        self.assertFalse(self.told.exists())
        self.assertFalse(self.workdir.exists())
        self.assertEqual(
            build.step("remove secret files").state, "no secret files to remove (skipped)"
        )

    async def test_buildbot_fails_between_two_steps(self) -> None:
        """Buildbot leaves out every further step, and the build still removes its files."""
        holding: list[Deferred[BuildStep]] = [Deferred()]
        held = holding[0]
        master = await self.master_with(self.block(Hold(holding)))
        done = master.event(("builds", None, "finished"))
        await master.request_build()
        step: Any = await held
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


class CancelledTests(SecretFilesTestCase):
    """Somebody stops the build."""

    async def stop_build(self, master: RealMaster, buildid: int) -> None:
        """Do as the button on the page does."""
        await master.master.data.control("stop", {"reason": "enough"}, ("builds", str(buildid)))

    async def test_once(self) -> None:
        """While a step of the block runs."""
        holding: list[Deferred[BuildStep]] = [Deferred()]
        held = holding[0]
        master = await self.master_with(self.block(Hold(holding)))
        done = master.event(("builds", None, "finished"))
        await master.request_build()
        step: Any = await held
        await self.stop_build(master, step.build.buildid)
        build = await done

        self.assertEqual(build["results"], 6)  # CANCELLED
        self.assert_was_there()
        self.assert_nothing_left()

    async def test_twice(self) -> None:
        """And again while the files are removed."""
        holding: list[Deferred[BuildStep]] = [Deferred()]
        held = holding[0]
        master = await self.master_with(self.block(Hold(holding)))
        done = master.event(("builds", None, "finished"))
        again: list[Deferred[None]] = []
        remove = Leftovers.remove

        async def stop_and_remove(leftovers: Leftovers, live: Any) -> None:
            again.append(Deferred.fromCoroutine(self.stop_build(master, live.build.buildid)))
            await again[0]
            await remove(leftovers, live)

        self.patch(Leftovers, "remove", stop_and_remove)
        await master.request_build()
        step: Any = await held
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

        async def stop_and_fill(commands: Commands, files: Any, place: Any, content: bytes) -> None:
            (build,) = master.master.botmaster.builders[BUILDER_NAME].building
            seen.append(Path(files.absolute(place)).exists())
            await self.stop_build(master, build.buildid)
            await fill(commands, files, place, content)

        self.patch(secret_steps, "fill", stop_and_fill)
        master = await self.master_with(self.block())
        done = master.event(("builds", None, "finished"))
        await master.request_build()
        build = await done

        self.assertEqual(build["results"], 6)  # CANCELLED
        self.assertEqual(seen, [True])
        self.assertFalse(self.told.exists())
        self.assert_nothing_left()


class PrivacyTests(SecretFilesTestCase):
    """Who can read what, and what is told."""

    async def test_private_before_the_first_byte(self) -> None:
        """An open umask changes nothing: the file is private and empty when the content is sent."""
        self.addCleanup(os.umask, os.umask(0))
        modes: list[tuple[str, int | None]] = []

        async def look_and_fill(commands: Commands, files: Any, place: Any, content: bytes) -> None:
            path = Path(files.absolute(place))
            modes.append((oct(path.stat().st_mode), path.stat().st_size))
            modes.append((oct(path.parent.stat().st_mode), None))
            await fill(commands, files, place, content)

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
        self.assertFalse(self.told.exists())
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

        await self.refused("sub/netrc", "sub is there and is no directory")


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


class ConcurrentBuildsTests(SecretFilesTestCase):
    """Two builds on one worker."""

    async def test_each_removes_its_own(self) -> None:
        """The end of one build leaves the other's file alone, at the same relative path."""
        holding: list[Deferred[BuildStep]] = [Deferred()]
        held = holding[0]
        master = await self.master_with(self.block(Hold(holding)), self.block())
        await master.request_build()
        step: Any = await held
        mine = step.build.buildid
        done = master.event(("builds", None, "finished"), lambda build: build["buildid"] == mine)

        other = await master.build(BUILDER_NAME + "1")

        self.assertEqual(other.result, "success", other.outline())
        self.assertTrue((self.workdir / "sub" / "netrc").exists())
        self.assertEqual(await self.remembered(master), ["sub/netrc"])
        step.ended.callback(SUCCESS)
        await done
        self.assert_nothing_left()

    async def test_same_absolute_path(self) -> None:
        """The second one is refused, and says which build is in its way."""
        path = str(self.directory() / "netrc")
        holding: list[Deferred[BuildStep]] = [Deferred()]
        held = holding[0]
        master = await self.master_with(self.block(Hold(holding), path=path), self.block(path=path))
        await master.request_build()
        step: Any = await held
        mine = step.build.buildid
        done = master.event(("builds", None, "finished"), lambda build: build["buildid"] == mine)

        other = await master.build(BUILDER_NAME + "1")

        self.assertEqual(other.result, "failure", other.outline())
        self.assertIn("build 1 of builder has a secret file there", other.steps[1].state)
        self.assertTrue(Path(path).exists())
        step.ended.callback(SUCCESS)
        await done
        self.assertFalse(Path(path).exists())


class LostWorkerTests(SecretFilesTestCase):
    """The worker goes away while its files are there, and comes back."""

    async def test_it_comes_back(self) -> None:
        """The file is removed before the build that is tried again can start."""
        holding: list[Deferred[BuildStep]] = [Deferred(), Deferred()]
        first, second = holding
        factory = BuildFactory([Hold(holding)])
        factory.addSteps([Hold(holding)], withSecrets=[("sub/netrc", CONTENT)])
        master = await self.master_with(factory)
        done = master.event(("builds", None, "finished"))
        await master.request_build()
        step: Any = await first
        step.ended.callback(SUCCESS)
        await second
        path = self.workdir / "sub" / "netrc"
        self.assertTrue(path.exists())

        holding.append(Deferred())
        again = holding[0]
        await master.worker.disownServiceParent()
        build = await done
        self.assertEqual(build["results"], 5)  # RETRY
        self.assertTrue(path.exists())
        await master.attach_worker(self.worker_directory)
        await again

        self.assertEqual(await self.remembered(master), [])
        self.assert_nothing_left()

    async def test_its_directory_is_gone(self) -> None:
        """A worker that comes back as a new machine has nothing to remove."""
        holding: list[Deferred[BuildStep]] = [Deferred(), Deferred()]
        first, second = holding
        master = await self.master_with(self.block(Hold(holding)))
        await master.request_build()
        await first
        done = master.event(("builds", None, "finished"))
        await master.worker.disownServiceParent()
        await done
        await master.attach_worker(self.directory())
        await second

        self.assertEqual(len(await self.remembered(master)), 1)


class LocalWorkerTests(SecretFilesTestCase):
    """A worker inside of the master."""

    protocol = "null"

    async def test_success(self) -> None:
        """It is as any other."""
        path = str(self.directory() / "netrc")
        master = await self.master_with(self.block(path=path))

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        self.assert_was_there(path)
        self.assertFalse(Path(path).exists())


class MsgpackTests(SecretFilesTestCase):
    """The protocol over which files arrive empty."""

    protocol = "msgpack"

    async def test_refused_before_a_secret_is_asked_for(self) -> None:
        """The step is red and says what to change; no content is rendered."""
        rendered: list[bool] = []

        @util.renderer
        def content(_properties: Properties) -> str:
            rendered.append(True)
            return CONTENT

        factory = BuildFactory()
        factory.addSteps([self.look("netrc")], withSecrets=[("netrc", content)])
        master = await self.master_with(factory)

        build = await master.build()

        self.assertEqual(build.result, "failure", build.outline())
        self.assertIn("msgpack", build.step("write secret files").state)
        self.assertIn("protocol='pb'", build.step("write secret files").state)
        self.assertEqual(rendered, [])
        self.assertFalse((self.workdir / "netrc").exists())


class WorkerWithoutShellTests(SecretFilesTestCase):
    """What is done on Windows, by Buildbot's own commands: here with this machine's paths."""

    def setUp(self) -> None:
        """Take the worker for one without a shell."""
        super().setUp()

        def files_of(commands: Commands) -> WorkerFiles:
            return WindowsFiles(commands, commands.builddir, flavour=posixpath)

        self.patch(secret_steps, "files_of", files_of)

    async def test_success(self) -> None:
        """Files and directories come and go."""
        master = await self.master_with(self.block(path="sub/deeper/netrc"))

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        self.assert_was_there("sub/deeper/netrc")
        self.assert_nothing_left()

    async def test_existing_file(self) -> None:
        """It is left alone, and so is a directory that is in use."""
        self.workdir.mkdir(parents=True)
        (self.workdir / "netrc").write_text("mine")
        master = await self.master_with(self.block(path="netrc"))

        build = await master.build()

        self.assertEqual(build.result, "failure", build.outline())
        self.assertIn("is not overwritten", build.step("write secret files").state)
        self.assertEqual((self.workdir / "netrc").read_text(), "mine")
