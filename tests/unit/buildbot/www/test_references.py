from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.www import _references as module
from buildbot_keychain.buildbot.www._references import ConfiguredReferences
from buildbot_keychain.inspection import Place, Reference
from buildbot_keychain.rendering import Interpolate, Secret

VAULT = SimpleNamespace(name="vault", kind="kv")


def place(builder: str | None, **arguments: Any) -> Place:
    return Place("step", f"builder {builder!r}, step S", arguments, builder=builder)


class ReferencesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock, self.config = Clock(), SimpleNamespace()
        self.read = 0
        self.places = [
            place("deploy", command=Secret("app"), env=[Secret("vault!app|user")]),
            place("test", command=Secret("files!app"), env=Secret("kv!app@3")),
            place(None, auth=Secret("apps")),
            place("night", command=Interpolate("%(secret:%(prop:who)s/key)s")),
        ]

        def places_in(config: Any) -> list[Place]:
            self.read += 1
            return self.places

        self.patch(module, "places_in", places_in)
        self.references = ConfiguredReferences(lambda: self.config, lambda: self.clock)

    def result(self, asked: Deferred[Any]) -> Any:
        while not asked.called:
            self.clock.advance(1)
        return self.successResultOf(asked)

    def of(self, path: str) -> list[tuple[str, str, bool]]:
        found = self.result(self.references.of(VAULT, path))
        return [(each.place.builder, each.argument, certain) for each, certain in found]

    def test_what_names_a_secret(self) -> None:
        expected = [("deploy", "command", True), ("deploy", "env", True), ("test", "env", True)]
        self.assertEqual(self.of("app"), expected)
        self.assertEqual(self.of("team/key"), [("night", "command", False)])
        self.assertEqual(self.of("other"), [])

    def test_what_builders_name(self) -> None:
        for builders, names in (
            (["deploy"], {"app"}),
            (["test", "night"], {"app", "app@3"}),
            (["none"], set()),
        ):
            self.assertEqual(self.result(self.references.named_by(builders)), names)

    def test_what_a_function_names_is_not_certain(self) -> None:
        reference = Reference("app", self.places[0], "doStepIf", in_code=True)
        self.patch(module, "references_at", lambda place: [reference] if place.builder else [])
        self.assertEqual(set(self.of("app")), {("deploy", "doStepIf", False)})
        self.assertEqual(self.result(self.references.named_by(["deploy"])), set())

    def test_arguments_of_any_kind(self) -> None:
        """One that cannot be looked at keeps nobody from seeing the others."""

        class Hostile(dict[str, object]):
            def keys(self) -> Any:
                raise RuntimeError("a canary")

        self.places.insert(0, place("x", command=Secret("app"), other=Hostile()))
        self.assertIn(("x", "command", True), self.of("app"))
        self.assertIn(("deploy", "command", True), self.of("app"))

    def test_a_configuration_is_gone_through_once(self) -> None:
        asked = [self.references.named_by(["deploy"]) for _ in range(9)]
        for each in asked:
            self.result(each)
        self.of("app")
        self.assertEqual(self.read, 1)
        self.config = SimpleNamespace()
        self.places = []
        self.assertEqual(self.of("app"), [])
        self.assertEqual(self.read, 2)
