"""The end of a build, reported once it has finished."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds._scopes import BuildScopes
from tests.support.builds import FakeBuild


class BuildScopesTests(SynchronousTestCase):
    """`BuildScopes`."""

    def setUp(self) -> None:
        self.ended: list[str] = []

        def end(build: Any, scope: str) -> Deferred[None]:
            self.assertIs(build, self.build)
            self.ended.append(scope)
            return succeed(None)

        self.scopes = BuildScopes(end)
        self.build = FakeBuild()

    def finish(self) -> Deferred[None]:
        done: Deferred[None] = self.scopes.finish(self.build, self.build.finish)
        return done

    def test_it_ends_once_after_the_build(self) -> None:
        self.scopes.track(self.build)
        self.scopes.track(self.build)
        self.scopes.end_if_finished(self.build)
        self.assertEqual(self.ended, [])
        done = self.finish()
        self.assertEqual(self.ended, [])
        self.build.ending.callback(None)
        self.assertIsNone(self.successResultOf(done))
        self.assertEqual(self.ended, ["build/17"])

    def test_it_ends_when_finishing_fails(self) -> None:
        self.scopes.track(self.build)
        done = self.finish()
        self.build.ending.errback(RuntimeError("the database is down"))
        self.failureResultOf(done, RuntimeError)
        self.assertEqual(self.ended, ["build/17"])

    def test_a_build_that_looked_nothing_up_has_nothing_to_end(self) -> None:
        self.assertIs(self.finish(), self.build.ending)
        self.build.ending.callback(None)
        self.assertEqual(self.ended, [])

    def test_a_lookup_that_outlives_its_build_ends_what_it_began(self) -> None:
        self.build.finished = True
        self.scopes.end_if_finished(self.build)
        self.assertEqual(self.ended, ["build/17"])

    def test_a_build_that_has_not_begun_has_no_scope(self) -> None:
        self.build.buildid = None
        self.build.finished = True
        self.scopes.end_if_finished(self.build)
        self.assertEqual(self.ended, [])
