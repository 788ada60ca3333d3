"""`ProviderHarness`: it fails a test in time, and without showing a value."""

from __future__ import annotations

import time
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import TestCase

from buildbot_keychain.errors import AccessDenied
from buildbot_keychain.testing._harness import ProviderHarness, cancel_quietly

VALUE = "canary-0123456789abcdef"


class HarnessTests(ProviderHarness, TestCase):
    operation_timeout = 0.2

    async def failure_message(self, awaited: Any) -> str:
        """Return the message with which a test would fail."""
        try:
            await awaited
        except self.failureException as error:
            self.assertNotIn(VALUE, str(error))
            return str(error)
        raise AssertionError("it did not fail")

    def message_of(self, assertion: Any, *arguments: Any) -> str:
        error = self.assertRaises(self.failureException, assertion, *arguments)
        self.assertNotIn(VALUE, str(error))
        return str(error)

    async def test_what_takes_too_long(self) -> None:
        never: Deferred[None] = Deferred()
        message = await self.failure_message(self.within_timeout(never, "a lookup"))
        self.assertEqual(message, "a lookup: no result within 0.2 seconds")

    async def test_a_condition_that_is_never_met(self) -> None:
        waiting = self.wait_until(lambda: False, "threads are left")
        self.assertEqual(await self.failure_message(waiting), "threads are left")
        await self.wait_until(lambda: True, "nothing is left")

    def test_a_lookup_that_blocks(self) -> None:
        class Blocking:
            def get(self, path: str) -> None:
                time.sleep(0.3)

        message = self.message_of(self.start_lookup, Blocking(), "token")
        self.assertIn("get() blocks the reactor", message)

    async def test_lookups_that_must_fail(self) -> None:
        message = await self.failure_message(self.failure_of(succeed(VALUE)))
        self.assertIn("a lookup succeeded that had to fail", message)
        error = AccessDenied("p", "token", "it is refused")
        self.assertIs(await self.failure_of(fail(error)), error)

    async def test_an_error_that_holds_a_value(self) -> None:
        self.leak_detector.add(VALUE)
        error = AccessDenied("p", "token", f"{VALUE} is refused")
        message = await self.failure_message(self.failure_of(fail(error)))
        self.assertIn("AccessDenied holds a value", message)

    def test_answers(self) -> None:
        self.assertValue(VALUE, VALUE, "x")
        self.assertAbsent(None, "token")
        message = self.message_of(self.assertValue, f"{VALUE}\n", VALUE, "a change")
        stored = f"{len(VALUE)} characters were stored"
        returned = f"get() returned str of {len(VALUE) + 1} characters"
        self.assertEqual(message, f"a change: {stored}, but {returned}")
        message = self.message_of(self.assertValue, None, VALUE, "x")
        self.assertIn("get() returned NoneType", message)
        message = self.message_of(self.assertAbsent, VALUE, "../token")
        self.assertEqual(message, "get('../token') returned str, not None")

    def test_a_cancelled_lookup_is_handled(self) -> None:
        lookup: Deferred[None] = Deferred()
        cancel_quietly(lookup)
        self.assertTrue(lookup.called)
        self.assertEqual(self.flushLoggedErrors(), [])
