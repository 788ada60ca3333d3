"""What a hook changes, and what happens without it."""

from __future__ import annotations

import unittest
from typing import Any

from twisted.trial.unittest import SynchronousTestCase, TestCase

from buildbot_keychain.testing import ProviderContract
from tests.support.provider_contract import (
    GoodProvider,
    GoodProviderContract,
    Store,
    run_contract,
)


class HookTests(SynchronousTestCase):
    def test_tests_without_their_hook_are_skipped_and_name_it(self) -> None:
        class Minimal(ProviderContract, TestCase):
            def make_provider(self) -> Any:
                self._store = vars(self).setdefault("_store", Store())
                return GoodProvider(self._store)

            def store(self, name: str, value: str) -> None:
                self._store.values[name] = value

        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Minimal).run(result)
        self.assertTrue(result.wasSuccessful(), result.failures + result.errors)
        hooks = {reason.split()[1].partition("(")[0] for _, reason in result.skipped}
        self.assertEqual(
            hooks,
            {"remove", "break_store", "make_unreachable_provider", "hang", "wrong_arguments"},
        )

    def test_values_that_the_store_cannot_hold_are_not_tried(self) -> None:
        class PrintableOnly(GoodProviderContract):
            def can_hold(self, value: str) -> bool:
                return value.isprintable() and value != ""

            def store(self, name: str, value: str) -> None:
                assert self.can_hold(value)
                super().store(name, value)

        self.assertEqual(run_contract(GoodProvider, PrintableOnly), {})
