from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.www._tags import DEADLINE, KEPT, StoreTags
from buildbot_keychain.errors import StoreUnavailable


class Stores:
    """Has two stores."""

    names = ("ill", "well")

    def __init__(self) -> None:
        self.pages = 0
        self.hangs = False

    def page(self, store: str, after: str, limit: int) -> Deferred[Any]:
        if store == "ill":
            return Deferred() if self.hangs else fail(StoreUnavailable("down"))
        self.pages += 1
        all_of_them = [
            SimpleNamespace(
                name=f"{number:04}",
                metadata=SimpleNamespace(tags=tags, allowed=tags if len(tags) == 2 else None),
            )
            for number, tags in enumerate([("a",), (), ("b", "c")] * 200)
        ]
        return succeed([one for one in all_of_them if one.name > after][:limit])


class TagsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.stores, self.clock = Stores(), Clock()
        self.tags = StoreTags(self.stores, lambda: self.clock)

    def test_they_are_read_page_by_page_and_kept(self) -> None:
        for _ in range(2):
            found = self.successResultOf(self.tags.all())
            self.assertEqual(found["ill"], {})
            self.assertEqual(len(found["well"]), 400)
            self.assertEqual(found["well"]["0002"], ("b", "c"))
            self.assertEqual(self.stores.pages, 3)
        allowed = self.successResultOf(self.tags.allowed())["well"]
        self.assertEqual((len(allowed), allowed["0002"]), (200, ("b", "c")))
        self.assertEqual(self.stores.pages, 3)
        self.clock.advance(KEPT)
        self.successResultOf(self.tags.all())
        self.assertEqual(self.stores.pages, 6)

    def test_a_store_that_hangs(self) -> None:
        self.stores.hangs = True
        found = self.tags.all()
        self.assertNoResult(found)
        self.clock.advance(DEADLINE)
        self.assertEqual(self.successResultOf(found)["ill"], {})
