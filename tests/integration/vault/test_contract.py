"""The contract of every provider, kept by `SecretInVault` at a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from buildbot_keychain.providers.vault import SecretInVault
from buildbot_keychain.testing import ProviderContract
from tests.support.openbao import engines
from tests.support.openbao.proxy import Corrupt, Hang, Pass
from tests.support.vault.case import OneServerTestCase


class ContractTests(ProviderContract, OneServerTestCase):
    """Each test with a mount of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.front = self.proxy(self.server)
        self.mount = self.id().rpartition(".")[2]
        engines.enable_kv(self.root, self.mount)

    def make_provider(self) -> SecretInVault:
        return SecretInVault(
            self.front.address, self.root.token, secrets_mount=self.mount, timeout=2
        )

    def store(self, name: str, value: str) -> None:  # type: ignore[override]
        engines.write_kv(self.root, name, mount=self.mount, value=value)

    def remove(self, name: str) -> None:
        self.root.delete(f"{self.mount}/metadata/{name}")

    def break_store(self, provider: Any) -> None:
        self.front.fault = Corrupt()

    def repair_store(self, provider: Any) -> None:
        self.front.fault = Pass()

    def make_unreachable_provider(self) -> SecretInVault:
        return SecretInVault("http://127.0.0.1:1", self.root.token, timeout=2)

    def hang(self, provider: Any) -> None:
        self.front.fault = Hang()

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        wrongs: list[dict[str, Any]] = [
            {"vault_server": "vault:8200"},
            {"authenticator": 5},
            {"secrets_mount": "../sys"},
            {"timeout": 0},
            {"name": "a!b"},
        ]
        for wrong in wrongs:
            yield partial(
                SecretInVault,
                **{"vault_server": self.server.address, "authenticator": "s.token", **wrong},
            )
