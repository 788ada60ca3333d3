"""One OpenBao with engines and one PostgreSQL for a class of tests, as production has them.

The provider logs in by AppRole; its policy `MASTER` lets it make children and revoke them, and
read what the engines make.
"""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor as global_reactor
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from buildbot_keychain import SecretManager
from buildbot_keychain.providers.vault import VaultAuthenticatorApprole
from tests.support.openbao import engines, logins
from tests.support.openbao.api import Api
from tests.support.openbao.server import OpenBao
from tests.support.postgresql import PostgreSQL

MASTER = (
    ("auth/token/create", ["update"]),
    ("auth/token/create/*", ["update"]),
    ("auth/token/revoke-accessor", ["update"]),
    ("secret/data/*", ["read"]),
    ("database/creds/*", ["read"]),
    ("pki/issue/*", ["update"]),
    ("ssh/issue/*", ["update"]),
)
DEADLINE = 20.0


class Engines:
    """The servers, set up."""

    def __init__(self) -> None:
        self.server = OpenBao()
        self.database = PostgreSQL(passwords=True)

    def start(self) -> None:
        """Start both and set them up."""
        self.database.start()
        self.server.start()
        root = self.server.root
        engines.enable_kv(root)
        engines.enable_database(root, self.database)
        engines.enable_pki(root)
        engines.enable_ssh(root)
        logins.enable_auth(root, "approle")
        logins.write_policy(root, "master", *MASTER)
        self.role_id, self.secret_id = logins.approle(root, "master", "master", token_ttl="1h")

    def stop(self) -> None:
        """Stop both."""
        self.server.stop()
        self.database.stop()

    @property
    def root(self) -> Api:
        """The API for the administrator."""
        return self.server.root

    def arguments(self, **more: Any) -> dict[str, Any]:
        """Return the arguments of a provider that reads from them."""
        return {
            "vault_server": self.server.address,
            "authenticator": VaultAuthenticatorApprole(self.role_id, self.secret_id),
            "mounts": ["database", "pki", "ssh"],
            **more,
        }

    def leases(self) -> list[str]:
        """Return the leases of all engines, and those of the tokens that builds were given."""
        paths = ("database/", "pki/", "auth/token/", "auth/jwt/")
        return [lease for path in paths for lease in engines.leases(self.root, path)]

    def tokens(self) -> int:
        """Return the number of tokens."""
        return len(self.root.list("auth/token/accessors"))

    def made(self) -> list[str]:
        """Return the leases of the engines."""
        return [lease for lease in self.leases() if not lease.startswith("auth/")]

    def users(self) -> set[str]:
        """Return the roles of the database that the engine made."""
        return {role for role in self.database.roles() if role.startswith("v-")}


class EnginesTestCase(TestCase):
    """A test with the servers of its class; each test leaves them without leases."""

    timeout: float = 120.0
    engines: Engines

    @classmethod
    def setUpClass(cls) -> None:
        cls.engines = Engines()
        try:
            cls.engines.start()
        except BaseException:
            cls.engines.stop()
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        cls.engines.stop()

    def run_until_the_end(self, manager: SecretManager) -> SecretManager:
        """Start a manager, and stop it after the test unless that has been done."""

        def stop() -> Any:
            return manager.stopService() if manager.running else None

        manager.startService()
        self.addCleanup(stop)
        return manager

    async def until(self, done: Any, what: str) -> None:
        """Ask until `done` gives true, and let the reactor run meanwhile."""
        for _ in range(int(DEADLINE / 0.05)):
            if done():
                return
            await deferLater(global_reactor, 0.05)
        self.fail(f"not within {DEADLINE:g} seconds: {what}")

    async def until_revoked(self) -> None:
        """Wait until nothing that was leased is left, in OpenBao and in PostgreSQL."""
        await self.until(lambda: not self.engines.leases(), "no lease is left")
        await self.until(lambda: not self.engines.users(), "no role of the database is left")
