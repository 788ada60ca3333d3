"""Which builds are made for others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import Descendants


class DescendantsTests(SynchronousTestCase):
    """`Descendants`, of the build 1."""

    def setUp(self) -> None:
        self.subscribed: list[Any] = []
        mq = SimpleNamespace(startConsuming=lambda *args: self.subscribed.append(args))
        self.descendants = Descendants(SimpleNamespace(mq=mq))
        self.born: list[tuple[int, tuple[int, ...]]] = []
        self.ends = 0
        self.descendants.on_birth.append(lambda *args: self.born.append(args))
        self.descendants.on_end = self.ended

    def ended(self) -> None:
        self.ends += 1

    def trigger(self, parent: int | None, *requests: int) -> None:
        brids = dict(enumerate(requests))
        added = self.descendants.add_buildset(parent, lambda: succeed((9, brids)))
        self.assertEqual(self.successResultOf(added), (9, brids))

    def start(self, request: int, buildid: int) -> None:
        added = self.descendants.add_build(request, lambda: succeed((buildid, 3)))
        self.assertEqual(self.successResultOf(added), (buildid, 3))

    def complete(self, request: int) -> None:
        (callback, _path), *_ = self.subscribed
        callback(("buildrequests", str(request), "complete"), {"buildrequestid": request})

    def test_children_and_grandchildren(self) -> None:
        """Also those of a build that has ended."""
        self.trigger(1, 11, 12)
        self.start(11, 2)
        self.trigger(2, 21)
        self.complete(11)
        self.start(21, 3)
        self.start(12, 4)
        self.assertEqual(self.born, [(2, (1,)), (3, (2, 1)), (4, (1,))])
        self.assertEqual(sorted(self.descendants.of(1)), [3, 4])
        self.assertEqual(sorted(self.descendants.of(2)), [3])
        self.assertEqual(self.ends, 1)

    def test_as_long_as_they_are_expected(self) -> None:
        self.trigger(1, 11)
        self.assertTrue(self.descendants.are_expected(1))
        self.complete(11)
        self.assertFalse(self.descendants.are_expected(1))

    def test_a_build_that_is_built_again(self) -> None:
        self.trigger(1, 11)
        self.start(11, 2)
        self.start(11, 3)
        self.assertEqual(sorted(self.descendants.of(1)), [2, 3])

    def test_builds_without_a_parent(self) -> None:
        self.trigger(None, 11)
        self.start(11, 2)
        self.assertEqual((self.born, self.subscribed), ([], []))

    def test_a_build_waits_for_buildsets_that_are_being_added(self) -> None:
        adding: Deferred[Any] = Deferred()
        self.descendants.add_buildset(1, lambda: adding)
        self.assertTrue(self.descendants.are_expected(1))
        added = self.descendants.add_build(11, lambda: succeed((2, 3)))
        self.assertNoResult(added)
        adding.callback((9, {5: 11}))
        self.assertEqual(self.successResultOf(added), (2, 3))
        self.assertEqual(self.born, [(2, (1,))])

    def test_a_buildset_that_cannot_be_added(self) -> None:
        added = self.descendants.add_buildset(1, lambda: 1 / 0)
        self.failureResultOf(added, ZeroDivisionError)
        self.assertFalse(self.descendants.are_expected(1))
        self.start(11, 2)
