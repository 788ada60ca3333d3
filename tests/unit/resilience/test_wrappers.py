from __future__ import annotations

import gc
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import DeadlineExceeded, NotAsked, ProviderError
from buildbot_keychain.resilience import DEFAULT, AllWrappers, LastAnswer, Resilience
from tests.support.fakes import DictProvider
from tests.support.wrappers import AWAY, WrapperCase, X


class WrappersTests(WrapperCase):
    def setUp(self) -> None:
        super().setUp()
        self.use(Resilience(cache=10, stale=100, breaker=2, timeout=5, concurrency=2, rate=10))

    def use(self, settings: Resilience) -> None:
        provider = DictProvider("vault", {})
        self.wrapper = AllWrappers().of(provider, settings, 60, self.clock)

    def assert_last(self, expected: object, answer: object) -> None:
        assert isinstance(answer, LastAnswer)
        self.assertEqual(answer.answer, expected)

    def test_without_settings_there_are_flights_and_the_deadline(self) -> None:
        self.use(DEFAULT)
        first, second = self.ask(), self.ask()
        self.assertEqual(len(self.asked), 1)
        self.clock.advance(60)
        for one in (first, second):
            self.failureResultOf(one, DeadlineExceeded)
        self.assertIs(self.wrapper.kept(X), None)

    def test_all_together(self) -> None:
        """It answers, is kept, is away until the breaker opens, and answers again."""
        self.assertEqual(self.answer("first"), "first")
        self.assertEqual(self.wrapper.kept(X), "first")
        self.clock.advance(10)
        for _ in range(2):
            asking = self.ask()
            self.clock.advance(5)
            self.assert_last("first", self.successResultOf(asking))
        state = self.wrapper.state
        self.assertEqual((state.breaker, state.opened, state.asked), ("open", 1, 3))
        self.assertEqual((state.stale, state.is_stale), (2, True))
        self.assertEqual(state.errors, {"DeadlineExceeded": 2})
        self.assert_last("first", self.answer("unheard"))
        self.assertEqual(self.wrapper.state.asked, 3)
        self.clock.advance(30)
        self.assertEqual(self.answer("second"), "second")
        state = self.wrapper.state
        self.assertEqual((state.breaker, state.is_stale, state.stale), ("closed", False, 3))
        self.clock.advance(10)
        self.assert_last("second", self.answer(AWAY))
        self.clock.advance(100)
        error = self.answer(AWAY)
        assert isinstance(error, ProviderError)
        self.assertNotIsInstance(error, NotAsked)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_an_eviction(self) -> None:
        self.answer("first")
        self.assertEqual(self.wrapper.begin_eviction(), {"x"})
        self.wrapper.evict({"y"})
        self.assertEqual(self.wrapper.kept(X), "first")
        self.wrapper.evict({"x"})
        self.assertIsNone(self.wrapper.kept(X))
        self.assertIsInstance(self.answer(AWAY), ProviderError)


class AllWrappersTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.all = AllWrappers()
        self.clock = Clock()

    def of(self, provider: Any, settings: Resilience = DEFAULT) -> Any:
        return self.all.of(provider, settings, 60, self.clock)

    def test_each_provider_has_its_own_as_long_as_its_settings_stay(self) -> None:
        first, second = DictProvider("a", {}), DictProvider("a", {})
        found = self.of(first)
        self.assertIs(self.of(first), found)
        self.assertIs(self.of(first, Resilience()), found)
        self.assertIsNot(self.of(second), found)
        changed = self.of(first, Resilience(cache=1))
        self.assertIsNot(changed, found)
        self.assertIs(self.of(first, Resilience(cache=1)), changed)

    def test_one_that_stands_for_another_one_has_those_of_that(self) -> None:
        provider, stand_in = DictProvider("a", {}), DictProvider("a", {})
        stand_in.stands_for = provider  # type: ignore[attr-defined]
        self.assertIs(self.of(stand_in), self.of(provider))

    def test_a_provider_can_begin_anew(self) -> None:
        provider = DictProvider("a", {})
        found = self.of(provider)
        self.all.forget(provider)
        self.assertIsNot(self.of(provider), found)
        self.all.forget(DictProvider("unknown", {}))

    def test_nothing_is_left_of_a_provider_that_is_gone(self) -> None:
        provider = DictProvider("a", {})
        self.of(provider)
        del provider
        gc.collect()
        self.assertEqual(len(self.all._found), 0)

    def test_one_that_cannot_be_referred_to_weakly(self) -> None:
        class Slots:
            __slots__ = ("name",)

            def __init__(self) -> None:
                self.name = "a"

        provider = Slots()
        self.assertIs(self.of(provider), self.of(provider))
