"""Each fault in how a provider judges its configuration fails the test for it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.provider_contract import FaultyProviderTestCase, GoodProvider, Store


class FaultTests(FaultyProviderTestCase):
    def test_unchecked_arguments(self) -> None:
        class Faulty(GoodProvider):
            def __init__(self, store: Store, size: object = 1) -> None:
                super().__init__(store)

        self.assertFault("test_rejects_wrong_arguments", Faulty)

    def test_problem_with_a_working_store(self) -> None:
        class Faulty(GoodProvider):
            def check_config(self) -> Iterator[str]:
                yield "it does not look right"

        self.assertFault("test_check_config_accepts_a_working_store", Faulty)

    def test_value_in_a_problem(self) -> None:
        class Faulty(GoodProvider):
            def check_config(self) -> Iterator[str]:
                if self.store.is_broken:
                    yield f"cannot parse {self.store.values}"

        message = "check_config() shows a value"
        self.assertFault("test_check_config_accepts_a_working_store", Faulty, message)
