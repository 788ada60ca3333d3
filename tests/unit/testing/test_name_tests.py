"""Each fault in canonical names fails the test for it."""

from __future__ import annotations

from typing import Any

from tests.support.provider_contract import (
    FaultyProviderTestCase,
    GoodProvider,
    GoodProviderContract,
    run_contract,
)


class WithFields(GoodProviderContract):
    spellings = ("token|x",)


class FaultTests(FaultyProviderTestCase):
    def test_case_that_is_folded(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                values = {name.lower(): value for name, value in self.store.values.items()}
                return values.get(path.lower())

        message = "the canonical name of 'TOKEN'"
        self.assertFault("test_a_secret_has_one_canonical_name", Faulty, message)

        class Good(Faulty):
            def canonical(self, path: str) -> Any:
                return path.lower()

        self.assertEqual(run_contract(Good, only="test_a_secret_has_one_canonical_name"), {})

    def test_a_name_that_is_none(self) -> None:
        class Faulty(GoodProvider):
            def canonical(self, path: str) -> Any:
                return f"the secret {path}"

        test = "test_a_canonical_name_is_a_name_of_the_secret"
        self.assertFault(test, Faulty, "by its canonical name")

    def test_one_name_for_all(self) -> None:
        class Faulty(GoodProvider):
            def canonical(self, path: str) -> Any:
                return "token"

        self.assertFault("test_other_secrets_have_other_canonical_names", Faulty)

    def test_a_field_that_stays(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                return await super().look_up(path.partition("|")[0])

        message = "the canonical name of 'token|x'"
        reports = run_contract(Faulty, WithFields, only="test_a_secret_has_one_canonical_name")
        self.assertIn(message, "".join(reports.values()))
