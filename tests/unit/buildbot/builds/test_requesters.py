"""For whom a secret is looked up."""

from __future__ import annotations

from buildbot.process.properties import Properties
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds._requesters import requester_for
from buildbot_keychain.details import Requester
from tests.support.builds import FakeBuild, Stamp


class RequesterForTests(SynchronousTestCase):
    """`requester_for`."""

    def setUp(self) -> None:
        self.build = FakeBuild()

    def test_a_build(self) -> None:
        self.assertEqual(
            requester_for(self.build),
            Requester(
                "build",
                builder="linux",
                build=3,
                branch="main",
                project="app",
                worker="worker",
                scope="build/17",
            ),
        )

    def test_a_build_that_has_not_begun(self) -> None:
        self.build.buildid = None
        self.assertIsNone(requester_for(self.build).scope)

    def test_without_a_build_it_is_a_service(self) -> None:
        self.assertEqual(requester_for(Properties()), Requester("service"))

    def test_source_stamps_must_agree(self) -> None:
        for stamps, branch, project in (
            ((Stamp("main", "app"), Stamp("dev", "app")), None, "app"),
            ((Stamp("main", "app"), Stamp("main", "lib")), "main", None),
            ((Stamp(None, ""),), None, None),
            ((), None, None),
        ):
            self.build.stamps = stamps
            requester = requester_for(self.build)
            self.assertEqual((requester.branch, requester.project), (branch, project))
