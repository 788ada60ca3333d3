"""The test harness itself: a build over each protocol, a restart, and the report of a build."""

from __future__ import annotations

from buildbot.plugins import steps, util

from tests.support.real_master import RealMasterTestCase


class HarnessTests(RealMasterTestCase):
    """Over Perspective Broker."""

    protocol = "pb"

    async def test_a_build_runs_and_is_reported(self) -> None:
        """Steps, logs and properties are those of the data API."""
        command = ["echo", util.Interpolate("hello %(prop:who)s")]
        factory = util.BuildFactory([steps.ShellCommand(name="greet", command=command)])
        master = await self.start_master(self.configuration(factory))

        build = await master.build(properties={"who": "world"})

        self.assertEqual(build.result, "success", build.outline())
        self.assertIn("\nohello world\n", build.step("greet").logs["stdio"])
        self.assertEqual(build.properties["who"], "world")

    async def test_a_master_starts_again_on_the_same_database(self) -> None:
        """Builds from before the restart are still there, and numbering continues."""
        factory = util.BuildFactory([steps.ShellCommand(command=["true"])])
        basedir = self.directory()
        master = await self.start_master(self.configuration(factory), basedir=basedir)
        first = await master.build()
        await master.stop()

        master = await self.start_master(self.configuration(factory), basedir=basedir)
        second = await master.build()

        self.assertGreater(second.buildid, first.buildid)


class LocalWorkerHarnessTests(HarnessTests):
    """With the worker inside the master."""

    protocol = "null"


class MsgpackHarnessTests(HarnessTests):
    """Over the msgpack protocol."""

    protocol = "msgpack"
