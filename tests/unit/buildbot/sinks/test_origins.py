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
        self.builders: dict[str, Any] = {}
        botmaster = SimpleNamespace(builders=self.builders)
        self.origins = Origins(
            SimpleNamespace(data=SimpleNamespace(get=self.get), botmaster=botmaster)
        )

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

    def test_steps_of_one_build(self) -> None:
        self.of(stepid=5)
        self.of(stepid=6)
        self.of(buildid=7)
        self.assertEqual(len(self.asked), 4)

    def test_nothing_is_known(self) -> None:
        self.assertEqual(self.of(), Origin())
        self.assertEqual(self.asked, [])

    def test_it_is_asked_once(self) -> None:
        self.of(stepid=5)
        self.of(stepid=5)
        self.assertEqual(len(self.asked), 3)

    def test_nobody_is_asked_for_what_runs(self) -> None:
        build = _Build(7, None)
        build.number, build.builder = 4, SimpleNamespace(name="bsd", building=[build])
        self.builders["bsd"] = build.builder
        self.origins.note_step(5, 7, "<token>")
        self.assertEqual(self.of(stepid=5), Origin("bsd", 7, 4, "<token>"))
        self.assertEqual(self.of(buildid=7), Origin("bsd", 7, 4, None))
        self.assertEqual(self.asked, [])

    def test_a_database_that_is_down_is_asked_again(self) -> None:
        self.down = {"builds"}
        self.assertEqual(self.of(stepid=5, builderid=3), Origin(None, 7, None, "deploy"))
        self.down = {"steps"}
        self.assertEqual(self.of(stepid=6, buildid=7), Origin(None, 7, None, None))
        self.down = set()
        self.assertEqual(self.of(stepid=6, buildid=7), Origin("linux", 7, 2, "deploy"))

    def test_what_is_not_there(self) -> None:
        self.rows["steps"] = None
        self.assertEqual(self.of(stepid=5), Origin())

    def test_memory_is_bounded(self) -> None:
        self.patch(_origins, "_KEPT", 2)
        self.origins = Origins(self.origins._master)
        for stepid in range(1, 9):
            self.of(stepid=stepid)
        self.assertEqual(len(self.origins._known), 2)
        for buildid in range(1, 9):
            self.of(buildid=buildid)
        self.assertEqual(len(self.origins._rows), 2)


class _Build:
    def __init__(self, buildid: int | None, step: Any) -> None:
        self.buildid = buildid
        self.currentStep = step
        self.finished = False
        self.number: int | None = None
        self.builder: Any = None


class _Builders(dict[str, Any]):
    """Builders by name, which notes when all are gone through."""

    def __init__(self, asked: list[str], **building: list[_Build]) -> None:
        super().__init__({name: SimpleNamespace(building=each) for name, each in building.items()})
        self._asked = asked

    def values(self) -> Any:
        self._asked.append("values")
        return super().values()


class AtWorkTests(SynchronousTestCase):
    """`Origins.running_step` and `place_at_work`."""

    def setUp(self) -> None:
        self.step = SimpleNamespace(stepid=5)
        self.build = _Build(7, self.step)

    def test_the_step_that_runs(self) -> None:
        """Builders are gone through once for all builds that run."""
        asked: list[str] = []
        other = _Build(9, SimpleNamespace(stepid=6))
        builders = _Builders(asked, a=[], b=[self.build, _Build(None, None)], c=[other])
        master = SimpleNamespace(botmaster=SimpleNamespace(builders=builders))
        origins = Origins(master)
        self.assertIs(origins.running_step(7), self.step)
        self.assertIs(origins.running_step(9), other.currentStep)
        self.build.finished = True
        self.assertIsNone(origins.running_step(7))
        self.assertIsNone(origins.running_step(None))
        self.assertEqual(asked, ["values"])
        self.assertIsNone(origins.running_step(8))
        del other
        builders.clear()
        self.assertIsNone(origins.running_step(9))

    def test_the_build_at_work(self) -> None:
        self.assertEqual(place_at_work(), Place())
        with building(self.build):
            self.assertEqual(place_at_work(), Place(None, 7, 5))
            self.build.currentStep = None
            self.assertEqual(place_at_work(), Place(None, 7, None))
