from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.www._tags import DEADLINE, KEPT, StoreTags
from buildbot_keychain.errors import StoreUnavailable


class Stores:
    """Has two stores.

    :ivar read: how many secrets were read, each time.
    :ivar digested: the stores that were asked what is changed, each time.
    """

    names = ("ill", "well")

    def __init__(self) -> None:
        self.hangs = False
        self.read: list[int] = []
        self.digested: list[str] = []
        tags = [("a",), (), ("b", "c")] * 200
        self.secrets = {f"{number:04}": each for number, each in enumerate(tags)}

    def digests(self, store: str, limit: int) -> Deferred[Any]:
        self.digested.append(store)
        if store == "ill":
            return Deferred() if self.hangs else fail(StoreUnavailable("down"))
        names = list(self.secrets)[:limit]
        return succeed({name: repr(self.secrets[name]).encode() for name in names})

    def describe_all(self, _store: str, names: Sequence[str]) -> Deferred[Any]:
        self.read.append(len(names))
        return succeed([self.described(name, self.secrets[name]) for name in names])

    def described(self, name: str, tags: tuple[str, ...]) -> Any:
        allowed = tags if len(tags) == 2 else None
        return SimpleNamespace(name=name, metadata=SimpleNamespace(tags=tags, allowed=allowed))


class TagsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.stores, self.clock = Stores(), Clock()
        self.tags = StoreTags(self.stores, lambda: self.clock)

    def test_they_are_read_in_parts_and_kept(self) -> None:
        for _ in range(2):
            found = self.successResultOf(self.tags.all())
            self.assertEqual(found["ill"], {})
            self.assertEqual(len(found["well"]), 400)
            self.assertEqual(found["well"]["0002"], ("b", "c"))
            self.assertEqual(self.stores.read, [250, 250, 100])
        allowed = self.successResultOf(self.tags.allowed())["well"]
        self.assertEqual((len(allowed), allowed["0002"]), (200, ("b", "c")))
        self.assertEqual(self.stores.read, [250, 250, 100])

    def test_only_what_was_changed_is_read_again(self) -> None:
        self.successResultOf(self.tags.all())
        self.stores.read.clear()
        self.clock.advance(KEPT)
        self.successResultOf(self.tags.all())
        self.assertEqual(self.stores.read, [])
        self.stores.secrets |= {"0000": (), "0002": ("b",), "new": ("d", "e")}
        del self.stores.secrets["0003"]
        self.clock.advance(KEPT)
        found = self.successResultOf(self.tags.all())["well"]
        self.assertEqual(self.stores.read, [3])
        self.assertEqual((found["0002"], found["new"]), (("b",), ("d", "e")))
        self.assertTrue({"0000", "0003"}.isdisjoint(found))
        allowed = self.successResultOf(self.tags.allowed())["well"]
        self.assertEqual(("0002" in allowed, allowed["new"]), (False, ("d", "e")))

    def test_what_is_forgotten_is_looked_at_again(self) -> None:
        self.successResultOf(self.tags.all())
        self.stores.read.clear()
        self.stores.secrets["new"] = ("d",)
        self.tags.forget("ill")
        self.assertNotIn("new", self.successResultOf(self.tags.all())["well"])
        self.tags.forget("well")
        self.assertIn("new", self.successResultOf(self.tags.all())["well"])
        self.assertEqual(self.stores.read, [1])
        self.stores.secrets["newer"] = ("d",)
        self.tags.forget_all()
        self.assertIn("newer", self.successResultOf(self.tags.all())["well"])

    def test_what_was_read_before_a_change_is_not_kept(self) -> None:
        self.stores.hangs = True
        before = self.tags.all()
        self.tags.forget("ill")
        self.stores.hangs = False
        self.assertNoResult(before)
        self.clock.advance(DEADLINE)
        self.successResultOf(before)
        failed = len(self.stores.digested)
        self.successResultOf(self.tags.all())
        self.assertIn("ill", self.stores.digested[failed:])

    def test_a_store_that_hangs(self) -> None:
        self.stores.hangs = True
        found = self.tags.all()
        self.assertNoResult(found)
        self.clock.advance(DEADLINE)
        self.assertEqual(self.successResultOf(found)["ill"], {})
