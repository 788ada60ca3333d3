"""Which builder, build and step something was written by."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import building
from buildbot_keychain.buildbot.sinks import _origins
from buildbot_keychain.buildbot.sinks._origins import (
    Origin,
    Origins,
    Place,
    place_at_work,
    running_step,
)


class OriginsTests(SynchronousTestCase):
    """`Origins`."""

    def setUp(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.down: set[str] = set()
        self.rows: dict[str, Any] = {
            "steps": {"name": "deploy", "buildid": 7},
            "builds": {"number": 2, "builderid": 3},
            "builders": {"name": "linux"},
        }
        master = SimpleNamespace(data=SimpleNamespace(get=self.get))
        self.origins = Origins(master)

    def get(self, path: tuple[str, str]) -> Any:
        self.asked.append(path)
        down = path[0] in self.down
        return fail(RuntimeError("down")) if down else succeed(self.rows[path[0]])

    def of(self, **ids: int) -> Origin:
        return self.successResultOf(Deferred.fromCoroutine(self.origins.of(Place(**ids))))

    def test_a_step(self) -> None:
        self.assertEqual(self.of(stepid=5), Origin("linux", 7, 2, "deploy"))
        self.assertEqual(self.asked, [("steps", "5"), ("builds", "7"), ("builders", "3")])

    def test_a_build_and_a_builder(self) -> None:
        self.assertEqual(self.of(buildid=8), Origin("linux", 8, 2, None))
        self.assertEqual(self.of(builderid=3), Origin("linux", None, None, None))

    def test_nothing_is_known(self) -> None:
        self.assertEqual(self.of(), Origin())
        self.assertEqual(self.asked, [])

    def test_it_is_asked_once(self) -> None:
        self.of(stepid=5)
        self.of(stepid=5)
        self.assertEqual(len(self.asked), 3)

    def test_a_database_that_is_down_is_asked_again(self) -> None:
        self.down = {"builds"}
        self.assertEqual(self.of(stepid=5, builderid=3), Origin(None, 7, None, "deploy"))
        self.down = {"steps"}
        self.assertEqual(self.of(stepid=5, buildid=7), Origin(None, 7, None, None))
        self.down = set()
        self.assertEqual(self.of(stepid=5, buildid=7), Origin("linux", 7, 2, "deploy"))

    def test_what_is_not_there(self) -> None:
        self.rows["steps"] = None
        self.assertEqual(self.of(stepid=5), Origin())

    def test_memory_is_bounded(self) -> None:
        self.patch(_origins, "_KEPT", 2)
        for stepid in range(1, 9):
            self.of(stepid=stepid)
        self.assertEqual(len(self.origins._known), 2)


class AtWorkTests(SynchronousTestCase):
    """`running_step` and `place_at_work`."""

    def setUp(self) -> None:
        self.step = SimpleNamespace(stepid=5)
        self.build = SimpleNamespace(buildid=7, currentStep=self.step)

    def test_the_step_that_runs(self) -> None:
        builders = {"a": SimpleNamespace(building=[]), "b": SimpleNamespace(building=[self.build])}
        master = SimpleNamespace(botmaster=SimpleNamespace(builders=builders))
        self.assertIs(running_step(master, 7), self.step)
        self.assertIsNone(running_step(master, 8))
        self.assertIsNone(running_step(master, None))

    def test_the_build_at_work(self) -> None:
        self.assertEqual(place_at_work(), Place())
        with building(self.build):
            self.assertEqual(place_at_work(), Place(None, 7, 5))
            self.build.currentStep = None
            self.assertEqual(place_at_work(), Place(None, 7, None))
