"""Each fault in what a lookup returns fails the test for it."""

from __future__ import annotations

import posixpath
from typing import Any

from twisted.internet.task import deferLater

from tests.support.provider_contract import FaultyProviderTestCase, GoodProvider


class FaultTests(FaultyProviderTestCase):
    def test_missing_secret_returned_as_empty(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                return await super().look_up(path) or ""

        self.assertFault("test_returns_none_for_missing_secrets", Faulty)

    def test_empty_secret_returned_as_missing(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                return await super().look_up(path) or None

        self.assertFault("test_returns_the_empty_text", Faulty)

    def test_missing_secret_raised_as_error(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                return (await super().look_up(path)) or self.store.values[path]

        self.assertFault("test_returns_none_for_missing_secrets", Faulty)
        self.assertFault("test_returns_none_for_odd_names", Faulty, "failed with ProviderError")

    def test_normalised_names(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                return await super().look_up(posixpath.normpath(path))

        message = "get('./token') returned str, not None"
        self.assertFault("test_returns_none_for_odd_names", Faulty, message)

    def test_stripped_values(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                value = await super().look_up(path)
                return value and value.strip()

        self.assertFault("test_returns_values_unchanged", Faulty, "blanks at both ends")

    def test_bytes_instead_of_text(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                value = await super().look_up(path)
                return value and value.encode()

        self.assertFault("test_returns_the_value", Faulty, "get() returned bytes")

    def test_numbers_instead_of_text(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                value = await super().look_up(path)
                return int(value) if value and value.isdecimal() else value

        message = "the text '007': 3 characters were stored, but get() returned int"
        self.assertFault("test_returns_numbers_and_literals_as_text", Faulty, message)

    def test_truncated_values(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                value = await super().look_up(path)
                return value and value[:32768]

        self.assertFault("test_returns_a_large_value", Faulty, "str of 32768 characters")

    def test_values_cached_for_ever(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                return vars(self).setdefault(path, await super().look_up(path))

        self.assertFault("test_sees_a_changed_secret", Faulty)
        self.assertFault("test_sees_a_removed_secret", Faulty)

    def test_answers_of_concurrent_lookups_mixed_up(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                self.path = path
                await deferLater(self.reactor, 0, lambda: None)
                return await super().look_up(self.path)

        self.assertFault("test_answers_concurrent_lookups", Faulty)

    def test_value_in_the_repr(self) -> None:
        class Faulty(GoodProvider):
            def __repr__(self) -> str:
                return f"Faulty({self.store.values})"

        self.assertFault("test_repr_shows_no_value", Faulty)

    def test_blank_name(self) -> None:
        class Faulty(GoodProvider):
            name = " "

        self.assertFault("test_provides_the_interfaces", Faulty, "its name is blank")
