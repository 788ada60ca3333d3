"""Templates: how values were made."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.references._templates import (
    DEEPEST,
    Name,
    depth_of,
    filled,
    looked_up,
    names_of,
    texts_of,
)

A, B = Name("a", "files"), Name("b|field", "vault")
TEMPLATE: dict[str, Any] = {
    "dict": {
        "text": {
            "format": "%(x)s:%(y)s%%",
            "values": {"x": A._asdict(), "y": {"literal": "%(secret:b)s"}},
        },
        "list": {"list": [B._asdict(), A._asdict(), {"literal": 3}]},
        "args": {"format": "%s/%s", "values": [A._asdict(), {"literal": "z"}]},
    }
}
VALUES = {A: "one", B: "two"}


class TemplateTests(SynchronousTestCase):
    def test_filled(self) -> None:
        """What was filled in is not looked at again."""
        expected = {"text": "one:%(secret:b)s%", "list": ["two", "one", 3], "args": "one/z"}
        self.assertEqual(filled(TEMPLATE, VALUES.__getitem__), expected)

    def test_names(self) -> None:
        self.assertEqual(list(names_of(TEMPLATE)), [A, B, A, A])

    def test_texts(self) -> None:
        found = ["text", "list", "args", "%(x)s:%(y)s%%", "%(secret:b)s", 3, "%s/%s", "z"]
        self.assertEqual(list(texts_of(TEMPLATE)), found)

    def test_depth(self) -> None:
        self.assertEqual((depth_of(A._asdict()), depth_of(TEMPLATE)), (1, 3))
        deep: dict[str, Any] = A._asdict()
        for _ in range(10_000):
            deep = {"list": [deep]}
        self.assertEqual(depth_of(deep), DEEPEST + 1)

    def test_each_secret_is_looked_up_once(self) -> None:
        asked: list[Name] = []

        async def look_up(name: Name) -> str:
            asked.append(name)
            return VALUES[name]

        found = self.successResultOf(Deferred.fromCoroutine(looked_up(TEMPLATE, look_up)))
        self.assertEqual((found, asked), (VALUES, [A, B]))
