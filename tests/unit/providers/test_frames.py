"""What is rendered for a lookup is in no frame of the error that the lookup ends with."""

from __future__ import annotations

import gc
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import TestCase

from buildbot_keychain.errors import ProviderError, ProviderUnavailable
from buildbot_keychain.providers.aws import SecretInAwsSecretsManager
from buildbot_keychain.providers.kubernetes import SecretInKubernetes
from buildbot_keychain.providers.sops import SecretInSops
from buildbot_keychain.rendering import Secret

KEY = Secret("key")
NOBODY = "127.0.0.1:9"


def texts_in(value: object, depth: int = 6) -> Iterator[str]:
    """Give the texts that can be reached from `value`."""
    if isinstance(value, str):
        yield value
    elif depth and not isinstance(value, (type, ModuleType, FunctionType)):
        for part in gc.get_referents(value):
            yield from texts_in(part, depth - 1)


class FrameTests(TestCase):
    canary = "canary-0123456789"

    async def holds_nothing(
        self, provider: Any, kind: type[Exception], meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        def render(_: object) -> Deferred[str]:
            meanwhile()
            return succeed(self.canary)

        self.addCleanup(provider.stopService)
        provider.use_renderer(render)
        error: Any = await self.assertFailure(provider.get("a/b"), kind)
        for frame, _ in traceback.walk_tb(error.__traceback__):
            for name, value in frame.f_locals.items():
                if name != "self":
                    self.assertNotIn(self.canary, list(texts_in(value)), (frame.f_code, name))

    def kubernetes(self, **settings: Any) -> SecretInKubernetes:
        return SecretInKubernetes("ci", server=f"https://{NOBODY}", token=KEY, **settings)

    async def test_of_a_server_that_is_away(self) -> None:
        await self.holds_nothing(self.kubernetes(), ProviderUnavailable)
        endpoint = {"region": "eu-central-1", "endpoint_url": f"http://{NOBODY}", "retries": 0}
        credentials = {"access_key_id": KEY, "secret_access_key": KEY}
        aws: Any = SecretInAwsSecretsManager
        await self.holds_nothing(aws(**endpoint, **credentials), ProviderUnavailable)

    async def test_of_a_file_that_is_damaged(self) -> None:
        file = Path(self.mktemp()).resolve().with_suffix(".json")
        file.write_text("{")
        await self.holds_nothing(SecretInSops(file, age_key=KEY), ProviderError)

    async def test_of_an_answer_that_is_late(self) -> None:
        provider, end = self.kubernetes(timeout=0.05), threading.Event()
        self.addCleanup(end.set)
        self.patch(provider, "_ask", lambda *_: end.wait(10))
        await self.holds_nothing(provider, ProviderUnavailable)

    async def test_of_a_stop_while_it_was_rendered(self) -> None:
        provider = self.kubernetes()
        await self.holds_nothing(provider, ProviderUnavailable, provider.stopService)
