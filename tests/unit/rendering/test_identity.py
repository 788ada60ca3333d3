from __future__ import annotations

from itertools import combinations
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.rendering._identity import identity


class Operator:
    """Compares as Buildbot's own renderables do: to another renderable."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> Any:
        return [self, other]

    def __hash__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return self.text


class IdentityTests(SynchronousTestCase):
    def test_equal_arguments(self) -> None:
        thing = bytearray()
        for one, other in (
            ("a", "a"),
            ([1, ("a",)], [1, ("a",)]),
            ({"a": [1], "b": 2}, {"b": 2, "a": [1]}),
            (thing, thing),
            (Operator("a"), Operator("a")),
        ):
            self.assertEqual(identity(one), identity(other))
            self.assertEqual(hash(identity(one)), hash(identity(other)))

    def test_different_arguments(self) -> None:
        different = [
            *("a", b"a", 1, True, None, ["a"], ("a",), {"a": 1}, {"a": True}),
            *(bytearray(), bytearray(), Operator("a"), Operator("b")),
        ]
        for one, other in combinations(different, 2):
            self.assertNotEqual(identity(one), identity(other), (one, other))
