"""The end of a build, told once it has finished."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.build_scopes import BuildScopes
from buildbot_keychain.buildbot.requesters import requester_of
from buildbot_keychain.details import Requester


class Stamp:
    def __init__(self, branch: str | None, project: str) -> None:
        self.branch, self.project = branch, project


class FakeBuild:
    """A build as far as its end is concerned."""

    buildid: int | None = 17
    number = 3
    workername = "worker"
    builder = type("Builder", (), {"name": "linux"})
    stamps: tuple[Stamp, ...] = (Stamp("main", "app"),)

    def __init__(self) -> None:
        self.finished = False
        self.ending: Deferred[None] = Deferred()

    def buildFinished(self, text: Any, results: int) -> Deferred[None]:
        self.finished = True
        return self.ending

    def getAllSourceStamps(self) -> Any:
        return self.stamps

    def getBuild(self) -> Any:
        return self


class BuildScopesTests(SynchronousTestCase):
    """`BuildScopes`."""

    def setUp(self) -> None:
        self.ended: list[str] = []

        def end(scope: str) -> Deferred[None]:
            self.ended.append(scope)
            return succeed(None)

        self.scopes = BuildScopes(end)
        self.build = FakeBuild()

    def test_it_ends_once_after_the_build(self) -> None:
        self.scopes.watch(self.build)
        self.scopes.watch(self.build)
        self.scopes.settle(self.build)
        self.assertEqual(self.ended, [])
        done = self.build.buildFinished(["text"], 0)
        self.assertEqual(self.ended, [])
        self.build.ending.callback(None)
        self.assertIsNone(self.successResultOf(done))
        self.assertEqual(self.ended, ["build/17"])

    def test_it_ends_when_finishing_fails(self) -> None:
        self.scopes.watch(self.build)
        done = self.build.buildFinished(["text"], 0)
        self.build.ending.errback(RuntimeError("the database is away"))
        self.failureResultOf(done, RuntimeError)
        self.assertEqual(self.ended, ["build/17"])

    def test_a_lookup_that_outlives_its_build_ends_what_it_began(self) -> None:
        self.build.finished = True
        self.scopes.settle(self.build)
        self.assertEqual(self.ended, ["build/17"])

    def test_a_build_that_has_not_begun_has_no_scope(self) -> None:
        self.build.buildid = None
        self.build.finished = True
        self.scopes.settle(self.build)
        self.assertEqual(self.ended, [])
        self.assertIsNone(requester_of(self.build).scope)


class RequesterTests(SynchronousTestCase):
    """`requester_of`."""

    def test_what_source_stamps_agree_on(self) -> None:
        build = FakeBuild()
        self.assertEqual(
            requester_of(build),
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
        build.stamps = (Stamp("main", "app"), Stamp("dev", "app"))
        self.assertEqual((requester_of(build).branch, requester_of(build).project), (None, "app"))
        build.stamps = (Stamp(None, ""),)
        self.assertEqual((requester_of(build).branch, requester_of(build).project), (None, None))
        build.stamps = ()
        self.assertIsNone(requester_of(build).branch)
