"""Each fault in descriptions fails the test for it."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from buildbot_keychain.details import SecretDescription
from buildbot_keychain.interfaces import IDescribes
from tests.support.provider_contract import FaultyProviderTestCase, GoodProvider, run_contract

TEST = "test_a_description_is_of_a_secret_and_does_not_have_its_value"


@implementer(IDescribes)
class Describing(GoodProvider):
    def describe(self, path: str) -> Any:
        return SecretDescription(path, 1) if path in self.store.values else None


class FaultTests(FaultyProviderTestCase):
    def test_one_that_is_right(self) -> None:
        self.assertEqual(run_contract(Describing, only=TEST), {})

    def test_a_value_in_it(self) -> None:
        class Faulty(Describing):
            def describe(self, path: str) -> Any:
                value = self.store.values.get(path)
                return value and SecretDescription(path, 1, description=value)

        self.assertFault(TEST, Faulty, "a description has the value of its secret")

    def test_another_name(self) -> None:
        class Faulty(Describing):
            def describe(self, path: str) -> Any:
                return super().describe(path) and SecretDescription(f"the secret {path}")

        self.assertFault(TEST, Faulty, "the secret token")

    def test_what_is_not_there(self) -> None:
        class Faulty(Describing):
            def describe(self, path: str) -> Any:
                return SecretDescription(path)

        self.assertFault(TEST, Faulty)
