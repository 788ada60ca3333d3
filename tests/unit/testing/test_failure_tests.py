"""Each fault in how a provider fails fails the test for it."""

from __future__ import annotations

import base64
import time
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.python.filepath import FilePath

from buildbot_keychain.errors import AccessDenied, KeychainError
from tests.support.provider_contract import FaultyProviderTestCase, GoodProvider


class FaultTests(FaultyProviderTestCase):
    def test_failure_returned_as_missing(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                return None if self.store.is_broken else await super().look_up(path)

        self.assertFault("test_failure_is_a_provider_error", Faulty)
        self.assertFault("test_failure_ends_the_lookup_of_a_manager", Faulty)
        self.assertFault("test_concurrent_lookups_all_fail", Faulty)

    def test_failure_that_never_passes(self) -> None:
        class Faulty(GoodProvider):
            was_broken = False

            async def look_up(self, path: str) -> Any:
                self.was_broken = self.was_broken or self.store.is_broken
                if self.was_broken:
                    raise AccessDenied(self.name, path, "it was broken")
                return await super().look_up(path)

        self.assertFault("test_answers_again_after_a_repair", Faulty)

    def test_value_in_an_error(self) -> None:
        def in_text(value: str) -> Exception:
            return AccessDenied("good", "token", f"{value} is refused")

        def in_base64(value: str) -> Exception:
            return in_text(base64.b64encode(f"x{value}".encode()).decode())

        def in_an_attribute(value: str) -> Exception:
            error: Any = AccessDenied("good", "token", "it is refused")
            error.response = FilePath("/tmp")
            error.response.body = value.encode()
            return error

        def in_a_cause(value: str) -> Exception:
            error = AccessDenied("good", "token", "it is refused")
            error.__cause__ = ValueError([{"body": value}])
            return error

        for make in (in_text, in_base64, in_an_attribute, in_a_cause):

            class Faulty(GoodProvider):
                # Around the boundary that would clean the error.
                def get(self, path: str, make: Any = make) -> Any:
                    if self.store.is_broken:
                        return fail(make(self.store.values[path]))
                    return super().get(path)

            message = "AccessDenied holds a value"
            self.assertFault("test_failure_is_a_provider_error", Faulty, message)

    def test_error_of_another_kind(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                if self.store.is_broken:
                    raise KeychainError("it is broken")
                return await super().look_up(path)

        self.assertFault("test_failure_is_a_provider_error", Faulty)

    def test_error_that_is_let_through(self) -> None:
        class Faulty(GoodProvider):
            async def look_up(self, path: str) -> Any:
                if self.store.is_broken:
                    raise ValueError(self.store.values[path])
                return await super().look_up(path)

        message = "raise a ProviderError that says what is wrong; now it failed with ValueError at"
        self.assertFault("test_failure_is_a_provider_error", Faulty, message)

    def test_unreachable_server_reported_as_something_else(self) -> None:
        class Missing(GoodProvider):
            async def look_up(self, path: str) -> Any:
                return None

        class Denied(GoodProvider):
            async def look_up(self, path: str) -> Any:
                raise AccessDenied(self.name, path, "the server is not reachable")

        for faulty in (Missing, Denied):
            self.assertFault("test_unreachable_server_is_unavailable", faulty)

    def test_no_deadline(self) -> None:
        class Faulty(GoodProvider):
            async def wait(self, path: str) -> None:
                await Deferred()

        message = "no result within 0.5 seconds"
        self.assertFault("test_lookup_of_a_hanging_store_has_a_deadline", Faulty, message)
        self.assertFault("test_concurrent_waiting_lookups_all_end", Faulty, message)

    def test_lookup_that_survives_being_cancelled(self) -> None:
        class Faulty(GoodProvider):
            async def wait(self, path: str) -> None:
                try:
                    await super().wait(path)
                except CancelledError:
                    await super().wait(path)

        self.assertFault("test_waiting_lookup_can_be_cancelled", Faulty)

    def test_blocked_reactor(self) -> None:
        class Faulty(GoodProvider):
            async def wait(self, path: str) -> None:
                time.sleep(0.6)

        message = "get() blocks the reactor"
        self.assertFault("test_lookup_of_a_hanging_store_has_a_deadline", Faulty, message)
