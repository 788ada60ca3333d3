"""What builds were given."""

from __future__ import annotations

import gc
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import GivenSecrets
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster


class GivenSecretsTests(SynchronousTestCase):
    """`GivenSecrets`."""

    def setUp(self) -> None:
        self.master = FakeMaster()
        self.given = GivenSecrets(self.master)
        self.build = FakeBuild()

    def names_of(self, given: GivenSecrets, buildid: int) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(given.names_of(buildid)))

    def test_names_appear_in_what_is_held(self) -> None:
        """Also in the set of a build that was given nothing yet."""
        by_id, by_build = self.given.of_buildid(17), self.given.of_build(self.build)
        self.assertIs(by_id, by_build)
        self.assertEqual(by_id, set())
        self.given.give(self.build, "token")
        self.given.give(self.build, "token")
        self.assertEqual(by_id, {"token"})
        self.assertIs(self.given.of_buildid(17), by_id)

    def test_a_secret_before_the_build_has_an_id(self) -> None:
        self.build.buildid = None
        self.given.give(self.build, "token")
        names = self.given.of_build(self.build)
        self.build.buildid = 17
        self.assertIs(self.given.of_buildid(17), names)
        self.assertIs(self.given.of_build(self.build), names)

    def test_of_several_values_of_a_name_the_name_is_recorded(self) -> None:
        self.given.give(self.build, "token\0value 3")
        self.assertEqual(self.given.of_build(self.build), {"token\0value 3"})
        self.successResultOf(self.given.stored())
        self.assertEqual(self.names_of(self.given, 17), {"token"})
        self.assertEqual(self.names_of(GivenSecrets(self.master), 17), {"token"})

    def test_builds_are_told_apart(self) -> None:
        other = FakeBuild()
        other.buildid = 18
        self.given.give(self.build, "token")
        self.given.give(other, "key")
        self.assertEqual(self.given.of_buildid(17), {"token"})
        self.assertEqual(self.given.of_build(other), {"key"})
        self.assertEqual(self.given.of_buildid(19), set())

    def test_nothing_is_kept_of_builds_that_are_gone(self) -> None:
        for buildid in range(100):
            build = FakeBuild()
            build.buildid = buildid
            self.given.give(build, "token")
            self.given.of_buildid(buildid + 1_000)
        self.successResultOf(self.given.stored())
        del build
        gc.collect()
        self.assertEqual(self.given.of_buildid(50), set())
        self.assertEqual(
            [len(value) for value in vars(self.given).values() if hasattr(value, "__len__")],
            [0, 0, 0, 0],
        )

    def test_what_somebody_holds_stays(self) -> None:
        held = self.given.of_buildid(17)
        gc.collect()
        self.given.give(self.build, "token")
        self.assertEqual(held, {"token"})

    def test_after_a_restart(self) -> None:
        self.given.give(self.build, "token")
        self.given.give(self.build, "key")
        self.successResultOf(self.given.stored())
        again = GivenSecrets(self.master)
        self.assertEqual(self.names_of(again, 17), {"token", "key"})
        self.assertEqual(again.of_buildid(17), set())

    def test_what_is_not_stored_yet(self) -> None:
        self.master.db.pool.wait = Deferred()
        self.given.give(self.build, "token")
        reading = Deferred.fromCoroutine(self.given.names_of(17))
        self.assertNoResult(self.given.stored())
        self.assertNoResult(reading)
        self.master.db.pool.wait.callback(None)
        self.assertEqual(self.successResultOf(reading), {"token"})

    def test_builds_that_no_longer_exist(self) -> None:
        self.build.buildid = 99
        self.given.give(self.build, "token")
        self.successResultOf(self.given.clean_up())
        self.assertEqual(self.names_of(GivenSecrets(self.master), 99), set())

    def test_what_is_lent(self) -> None:
        """It is in the set until it is taken back, and not in the record."""
        self.build.buildid = None
        self.given.give(self.build, "token")
        self.given.lend(17, "lent")
        self.build.buildid = 17
        self.given.give(self.build, "key")
        self.assertEqual(self.given.of_build(self.build), {"token", "lent", "key"})
        self.assertEqual(self.names_of(self.given, 17), {"token", "key"})
        self.successResultOf(self.given.stored())
        self.assertEqual(self.names_of(GivenSecrets(self.master), 17), {"token", "key"})
        self.given.take_back(17, "lent")
        self.assertEqual(self.given.of_buildid(17), {"token", "key"})
        self.given.take_back(17, "lent")

    def test_what_is_lent_to_a_build_that_nobody_holds(self) -> None:
        self.given.lend(17, "lent")
        gc.collect()
        self.assertEqual(self.given.of_build(self.build), {"lent"})
