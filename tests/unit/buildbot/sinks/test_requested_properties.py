from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.process.properties import Properties
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sinks._requested_properties import RequestedProperties
from tests.support.builds import FakeBuild, Stamp


def build(requested: dict[str, Any], changed: dict[str, Any]) -> FakeBuild:
    stamp = Stamp("main", "app")
    stamp.changes[0].properties = Properties(**changed)
    made = FakeBuild()
    made.stamps = (stamp,)
    made.requests = (SimpleNamespace(properties=Properties(**requested)),)
    return made


class RequestedPropertiesTests(SynchronousTestCase):
    """`RequestedProperties`; the source of what `Properties` is made of is ``TEST``."""

    def setUp(self) -> None:
        self.build = build({"note": "8080", "list": ["a"]}, {"title": "8080"})
        self.requested = RequestedProperties()

    def of(self, **properties: Any) -> set[str]:
        return set(self.requested.of(self.build, properties))

    def test_what_a_request_and_a_change_say(self) -> None:
        self.assertEqual(
            self.of(note=("8080", "TEST"), list=(["a"], "TEST"), title=("8080", "TEST")),
            {"note", "list", "title"},
        )

    def test_what_a_step_sets_is_the_builds_own(self) -> None:
        self.assertEqual(self.of(note=("8081", "TEST"), title=("8080", "step")), set())
        self.assertEqual(self.of(other=("8080", "TEST"), repository=("8080", "step")), set())

    def test_a_list_that_a_step_alters_in_place_is_the_builds_own(self) -> None:
        self.assertEqual(self.of(list=(["a"], "TEST")), {"list"})
        shared = self.build.requests[0].properties.getProperty("list")
        shared.append("--pin=4711")
        self.assertEqual(self.of(list=(shared, "TEST")), set())

    def test_what_buildbot_makes_of_sources_and_requests(self) -> None:
        made = {"owners": (["8080"], "Build"), "repository": ("8080", "Build")}
        self.assertEqual(self.of(**made, other=("8080", "Build")), {"owners", "repository"})

    def test_without_a_build_there_are_none(self) -> None:
        self.assertEqual(self.requested.of(None, {"note": ("8080", "TEST")}), {})
