"""Names of secrets are listed in threads, for a while, and one provider keeps no other waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.www import _names as names_module
from buildbot_keychain.buildbot.www._names import DEADLINE, KEPT, NameList, NameLists
from buildbot_keychain.errors import ProviderUnavailable
from tests.support.fake_master import ThreadsClock
from tests.support.fakes import DictProvider, ListingProvider


class Hanging(ListingProvider):
    """Lists when it is let."""

    def __init__(self, name: str) -> None:
        super().__init__(name, {})
        self.may = threading.Event()
        self.asked_for = 0

    def names(self) -> Iterator[str]:
        self.asked_for += 1
        self.may.wait(60)
        yield "late"


class NameListsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = ThreadsClock()
        self.lists = NameLists(lambda: self.clock)

    def of(self, *providers: Any) -> dict[str, NameList]:
        found = self.lists.of(providers)
        self.clock.finish(found)
        listed: dict[str, NameList] = self.successResultOf(found)
        return listed

    def test_they_are_sorted_and_each_is_there_once(self) -> None:
        class Repeating(ListingProvider):
            def names(self) -> Iterator[str]:
                yield from ("b", "a", "b")

        found = self.of(Repeating("x", {}), DictProvider("y", {"z": "value"}))
        self.assertEqual(found, {"x": NameList(("a", "b"))})

    def test_they_are_kept_for_a_while(self) -> None:
        provider = ListingProvider("x", {"a": "value"})
        self.of(provider)
        provider.answers["b"] = "value"
        self.assertEqual(self.of(provider)["x"].names, ("a",))
        self.clock.advance(KEPT)
        self.assertEqual(self.of(provider)["x"].names, ("a", "b"))

    def test_what_is_forgotten_is_listed_again(self) -> None:
        provider, other = ListingProvider("x", {"a": "value"}), ListingProvider("y", {"a": "value"})
        self.of(provider, other)
        for each in (provider, other):
            each.answers["b"] = "value"
        self.lists.forget("x")
        found = self.of(provider, other)
        self.assertEqual((found["x"].names, found["y"].names), (("a", "b"), ("a",)))

    def test_what_another_configuration_has_changed_is_listed_again(self) -> None:
        """Its service stays, and what it hosts is another one."""

        class Service(ListingProvider):
            hosted = ListingProvider("x", {"a": "value"})

            def names(self) -> Iterator[str]:
                return self.hosted.names()

        service = Service("x", {})
        self.assertEqual(self.of(service)["x"].names, ("a",))
        service.hosted = ListingProvider("x", {"b": "value"})
        self.assertEqual(self.of(service)["x"].names, ("b",))

    def test_a_list_that_was_asked_for_before_a_change_is_not_kept(self) -> None:
        provider = Hanging("x")
        before = self.lists.of([provider])
        self.lists.forget("x")
        after = self.lists.of([provider])
        provider.may.set()
        for asked in (before, after):
            self.clock.finish(asked)
        self.assertEqual(provider.asked_for, 2)

    def test_one_that_fails(self) -> None:
        ours = ProviderUnavailable("x", "", "it is down")
        for error, said in ((ours, "it is down"), (ValueError("a canary"), "not shown")):
            found = self.of(ListingProvider("x", {"a": error}))["x"]
            self.assertEqual(found.names, ())
            self.assertIn(said, found.problem)
            self.assertNotIn("canary", found.problem)

    def test_one_that_hangs_is_asked_once(self) -> None:
        ill, well = Hanging("ill"), ListingProvider("well", {"a": "value"})
        self.addCleanup(ill.may.set)
        asked = self.lists.of([ill, well])
        self.assertNoResult(asked)
        self.clock.advance(DEADLINE)
        self.clock.finish(asked)
        found = self.successResultOf(asked)
        self.assertEqual(found["well"].names, ("a",))
        self.assertIn("has not listed", found["ill"].problem)
        for _ in range(3):
            self.clock.advance(KEPT)
            self.assertIn("has not listed", self.of(ill, well)["ill"].problem)
        self.assertEqual(ill.asked_for, 1)

    def test_many_who_ask_at_once_cost_one_question(self) -> None:
        provider = Hanging("x")
        waiting: list[Deferred[Any]] = [self.lists.of([provider]) for _ in range(50)]
        provider.may.set()
        for each in waiting:
            self.clock.finish(each)
            self.assertEqual(self.successResultOf(each)["x"].names, ("late",))
        self.assertEqual(provider.asked_for, 1)

    def test_too_many_and_what_is_no_text(self) -> None:
        self.patch(names_module, "MOST", 3)
        answers: Any = {"a": "", "b": "", "\ud800": "", "d": ""}
        found = self.of(ListingProvider("x", answers))["x"]
        self.assertEqual(found.names, ("a", "b"))
        self.assertIn("more than 3", found.problem)
        self.assertIn("not valid Unicode", found.problem)

    def test_what_is_configured_no_more_is_forgotten(self) -> None:
        provider = ListingProvider("x", {"a": "value"})
        self.of(provider)
        self.assertEqual(self.of(), {})
        provider.answers["b"] = "value"
        self.assertEqual(self.of(provider)["x"].names, ("a", "b"))
