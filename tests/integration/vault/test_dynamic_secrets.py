"""Dynamic secrets of a real OpenBao and a real PostgreSQL, without Buildbot."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from twisted.internet.defer import Deferred, gatherResults

from buildbot_keychain import SecretManager
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import AccessDenied, ProviderError
from buildbot_keychain.providers.vault import SecretInVault, VaultChildTokens
from tests.support.openbao import engines, logins
from tests.support.vault.engines_case import EnginesTestCase

BUILD = Requester("build", builder="linux", build=3, branch="main", scope="build/17")
OTHER = Requester("build", builder="linux", build=4, branch="main", scope="build/18")


class DynamicSecretsTests(EnginesTestCase):
    """What a build, and a service, is given."""

    def manager(self, **more: Any) -> SecretManager:
        provider = SecretInVault(**self.engines.arguments(**more))
        return self.run_until_the_end(SecretManager(providers=[provider]))

    async def value(
        self, manager: SecretManager, name: str, requester: Requester | None = BUILD
    ) -> str:
        return (await manager.get(name, requester)).value

    async def test_two_fields_are_of_one_lease_which_ends_with_the_scope(self) -> None:
        manager = self.manager()
        tokens = self.engines.tokens()
        user, password = await gatherResults(
            [
                Deferred.fromCoroutine(self.value(manager, f"vault!database/creds/ro|{field}"))
                for field in ("username", "password")
            ]
        )
        self.assertTrue(self.engines.database.accepts(user, password))
        self.assertEqual(self.engines.users(), {user})
        self.assertEqual(len(self.engines.made()), 1)
        self.assertEqual(await self.value(manager, "vault!database/creds/ro|username"), user)
        another = await self.value(manager, "vault!database/creds/ro|username", OTHER)
        self.assertNotEqual(another, user)
        (provider,) = manager.providers
        self.assertTrue(provider.is_dynamic("database/creds/ro|username"))
        await manager.end_scope("build/17")
        await self.until(lambda: self.engines.users() == {another}, "the other build's is left")
        await manager.end_scope("build/18")
        await self.until_revoked()
        # Of the login of the provider itself.
        self.assertEqual(self.engines.tokens(), tokens + 1)

    async def test_certificates_and_signed_keys(self) -> None:
        manager = self.manager()
        asked = "vault!pki/issue/web?common_name=ci.example.test&ttl=10m"
        certificate = await self.value(manager, f"{asked}|certificate")
        key = await self.value(manager, f"{asked}|private_key")
        issued = x509.load_pem_x509_certificate(certificate.encode())
        self.assertEqual(issued.subject.rfc4514_string(), "CN=ci.example.test")
        self.assertIn("PRIVATE KEY", key)
        chain = await self.value(manager, f"{asked}|ca_chain")
        self.assertTrue(chain.startswith("-----BEGIN CERTIFICATE-----"))
        self.assertEqual(len(self.engines.made()), 1)
        asked = "vault!ssh/issue/deploy?key_type=ed25519"
        signed = await self.value(manager, f"{asked}|signed_key")
        self.assertEqual(await self.value(manager, f"{asked}|signed_key"), signed)
        self.assertTrue(signed.startswith("ssh-ed25519-cert-v01@openssh.com "))
        await manager.end_scope("build/17")
        await self.until_revoked()

    async def test_services_share_a_lease_until_the_provider_stops(self) -> None:
        manager = self.manager()
        user = await self.value(manager, "vault!database/creds/ro|username", None)
        again = await self.value(manager, "vault!database/creds/ro|username", Requester("service"))
        self.assertEqual(again, user)
        await manager.end_scope("build/17")
        self.assertEqual(self.engines.users(), {user})
        await manager.stopService()
        await self.until_revoked()

    async def test_errors_say_what_to_do(self) -> None:
        manager = self.manager()
        for name, said in (
            ("database/creds/none|password", "check that the role is there"),
            ("database/creds/ro", "the fields password, username; choose one"),
            ("database/creds/ro|token", "'token' is not one of them"),
            ("database/creds/ro|password@3", "no versions"),
            ("pki/issue/web|certificate", "put a '?' after it"),
            ("pki/issue/web?common_name|certificate", "name=value"),
            ("pki/issue/web?common_name=a.example.org|certificate", "the parameters"),
        ):
            error: Any = await self.assertFailure(
                manager.get(f"vault!{name}", BUILD), ProviderError
            )
            self.assertIn(said, str(error))
        await manager.end_scope("build/17")
        await self.until_revoked()

    async def test_a_token_that_was_revoked_by_hand_is_replaced(self) -> None:
        manager = self.manager()
        user = await self.value(manager, "vault!database/creds/ro|username")
        for accessor in self.engines.root.list("auth/token/accessors"):
            found = self.engines.root.write("auth/token/lookup-accessor", accessor=accessor)
            if found["display_name"] == "token-build-17":
                self.engines.root.write("auth/token/revoke-accessor", accessor=accessor)
        await self.until_revoked()
        name = "vault!pki/issue/web?common_name=ci.example.test|certificate"
        self.assertIn("BEGIN CERTIFICATE", await self.value(manager, name))
        self.assertNotEqual(await self.value(manager, "vault!database/creds/ro|username"), user)
        await manager.end_scope("build/17")
        await self.until_revoked()

    async def test_leases_and_tokens_are_renewed_while_the_build_runs(self) -> None:
        engines.enable_database(
            self.engines.root, self.engines.database, path="short", ttl="3s", max_ttl="1m"
        )
        self.addCleanup(self.engines.root.delete, "sys/mounts/short")
        logins.write_policy(self.engines.root, "short", ("short/creds/*", ["read"]))
        self.engines.root.write(
            "auth/token/roles/short", allowed_policies=["short"], orphan=True, token_type="service"
        )
        access = VaultChildTokens(["short"], role="short")
        manager = self.manager(mounts=["short"], build_access=access)
        user = await self.value(manager, "vault!short/creds/ro|username")
        lease: list[str] = engines.leases(self.engines.root, "short/")

        def renewed() -> object:
            found = self.engines.root.write("sys/leases/lookup", lease_id=lease[0])
            return found["last_renewal"]

        await self.until(renewed, "the lease was renewed")
        self.assertEqual(await self.value(manager, "vault!short/creds/ro|username"), user)
        await manager.end_scope("build/17")
        await self.until(lambda: not engines.leases(self.engines.root, "short/"), "it is revoked")

    async def test_a_scope_that_ends_during_a_lookup_leaves_nothing(self) -> None:
        manager = self.manager()
        looking = manager.get("vault!database/creds/ro|username", BUILD)
        ended = manager.end_scope("build/17")
        looking.addErrback(lambda _: None)
        await ended
        await looking
        await manager.end_scope("build/17")
        await self.until_revoked()

    async def test_without_permission_for_children_the_error_names_the_path(self) -> None:
        logins.write_policy(self.engines.root, "weak", ("database/creds/*", ["read"]))
        token = logins.token(self.engines.root, "weak")
        self.addCleanup(self.engines.root.write, "auth/token/revoke", token=token)
        manager = self.manager(authenticator=token)
        looking = manager.get("vault!database/creds/ro|username", BUILD)
        error: Any = await self.assertFailure(looking, AccessDenied)
        self.assertIn("'update' on auth/token/create", str(error))
        self.assertNotIn(token, str(error))
