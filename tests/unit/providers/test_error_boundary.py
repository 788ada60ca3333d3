"""Nothing that the error of a lookup refers to holds a secret that was rendered for it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import TestCase

from buildbot_keychain.errors import ProviderError, ProviderUnavailable
from buildbot_keychain.providers.aws import SecretInAwsSecretsManager
from buildbot_keychain.providers.kubernetes import SecretInKubernetes
from buildbot_keychain.providers.password_store import SecretInPass
from buildbot_keychain.providers.sops import SecretInSops
from buildbot_keychain.rendering import Secret
from tests.support.reachable import reachable_text

KEY = Secret("key")
NOBODY = "127.0.0.1:9"


class ErrorBoundaryTests(TestCase):
    canary = "canary-0123456789"

    async def assert_clean(
        self, provider: Any, kind: type[Exception], during: Callable[[], object] = lambda: None
    ) -> None:
        """Check the error of a lookup, whose secret argument renders to the canary.

        :param during: called when the argument is rendered.
        """

        def render(_: object) -> Deferred[str]:
            during()
            return succeed(self.canary)

        self.addCleanup(provider.stopService)
        provider.use_renderer(render)
        error: Any = await self.assertFailure(provider.get("a/b"), kind)
        self.assertNotIn(self.canary, reachable_text(error))

    def kubernetes(self, server: str = NOBODY, **settings: Any) -> SecretInKubernetes:
        return SecretInKubernetes("ci", server=f"https://{server}", token=KEY, **settings)

    async def test_a_server_that_cannot_be_reached(self) -> None:
        await self.assert_clean(self.kubernetes(), ProviderUnavailable)
        aws = SecretInAwsSecretsManager(
            "eu-central-1",
            endpoint_url=f"http://{NOBODY}",
            retries=0,
            access_key_id=KEY,
            secret_access_key=KEY,
        )
        await self.assert_clean(aws, ProviderUnavailable)

    async def test_a_server_that_does_not_answer(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        host, port = listening.getsockname()
        provider = self.kubernetes(f"{host}:{port}", timeout=0.05)
        await self.assert_clean(provider, ProviderUnavailable)

    async def test_a_damaged_file(self) -> None:
        file = Path(self.mktemp()).resolve().with_suffix(".json")
        file.write_text("{")
        await self.assert_clean(SecretInSops(file, age_key=KEY), ProviderError)

    async def test_a_store_that_does_not_exist(self) -> None:
        await self.assert_clean(SecretInPass(KEY, self.mktemp()), ProviderUnavailable)

    async def test_a_stop_while_the_argument_is_rendered(self) -> None:
        provider = self.kubernetes()
        await self.assert_clean(provider, ProviderUnavailable, provider.stopService)
