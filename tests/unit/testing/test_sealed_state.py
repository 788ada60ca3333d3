"""The rules are tested by `tests/unit/store/test_sealed_values.py`, with this host."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import StoreError
from buildbot_keychain.testing import SealedStateInMemory
from tests.support.secretive_objects import assert_is_not_sent


class SealedStateInMemoryTests(SynchronousTestCase):
    def run_coroutine(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def test_a_test_sees_what_stands_and_what_was_hidden(self) -> None:
        state = SealedStateInMemory()
        self.run_coroutine(state.set("token", "s3cr3t"))
        self.assertEqual(list(state.texts), ["token"])
        self.assertEqual(state.hidden, [("token", "s3cr3t")])

    def test_two_share_nothing(self) -> None:
        one, other = SealedStateInMemory(), SealedStateInMemory()
        for state in (one, other):
            self.run_coroutine(state.set("token", "s3cr3t"))
        other.texts = one.texts
        self.failureResultOf(Deferred.fromCoroutine(other.get("token")), StoreError)

    def test_it_is_not_sent(self) -> None:
        assert_is_not_sent(self, SealedStateInMemory())
