"""What a build may read: by a path of its own, a policy of its own, a login of its own."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from buildbot_keychain import Secret, SecretManager
from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.errors import AccessDenied, ProviderError, SecretNotFound
from buildbot_keychain.providers.vault import SecretInVault, VaultBuildJwt, VaultChildTokens
from tests.support.openbao import engines, logins
from tests.support.vault.engines_case import EnginesTestCase

REPOSITORY = "https://git.example.org/app"


def build(builder: str, branch: str | None = "main", number: int = 1, **stamp: Any) -> Requester:
    return Requester(
        "build",
        builder=builder,
        build=number,
        branch=branch,
        project="app",
        worker="w",
        scope=f"build/{builder}-{number}",
        source_stamps=(SourceStamp(repository=REPOSITORY, branch=branch, **stamp),),
    )


class LeastPrivilegeTests(EnginesTestCase):
    """Builders that may not read what others may."""

    def setUp(self) -> None:
        root = self.engines.root
        for builder in ("linux", "docs"):
            engines.write_kv(root, f"ci/{builder}/token", value=f"of {builder}")
            logins.write_policy(
                root,
                f"ci-{builder}",
                (f"secret/data/ci/{builder}/*", ["read"]),
                ("database/creds/ro", ["read"] if builder == "linux" else ["deny"]),
            )
        engines.write_kv(root, "ci/linux%252Fdocs/token", value="of neither")

    def manager(self, providers: tuple[Any, ...] = (), **more: Any) -> SecretManager:
        provider = SecretInVault(**self.engines.arguments(**more))
        return self.run_until_the_end(SecretManager(providers=[provider, *providers]))

    async def denied(self, manager: SecretManager, name: str, requester: Requester) -> str:
        error: Any = await self.assertFailure(manager.get(name, requester), AccessDenied)
        return str(error)

    async def test_a_path_by_builder_cannot_lead_elsewhere(self) -> None:
        manager = self.manager(path_template="ci/%(builder)s/%(path)s")
        self.assertEqual((await manager.get("token", build("linux"))).value, "of linux")
        self.assertEqual((await manager.get("token", build("docs"))).value, "of docs")
        self.assertEqual((await manager.get("token", build("linux/docs"))).value, "of neither")
        for name in ("..", ".", "linux/../docs"):
            error: Any = await self.assertFailure(manager.get("token", build(name)), ProviderError)
            self.assertIn("cannot be part of a path", str(error))
        await self.assertFailure(manager.get("token", Requester("service")), SecretNotFound)
        manager = self.manager(path_template="ci/%(branch)s/%(path)s")
        error = await self.assertFailure(manager.get("token", build("linux", None)), ProviderError)
        self.assertIn("needs the branch", str(error))

    async def test_a_policy_by_builder(self) -> None:
        root = self.engines.root
        root.write("auth/token/roles/build", allowed_policies_glob=["ci-*"], orphan=True)
        access = VaultChildTokens(["ci-%(builder)s"], role="build")
        manager = self.manager(build_access=access)
        linux, docs = build("linux"), build("docs")
        self.assertEqual((await manager.get("ci/linux/token", linux)).value, "of linux")
        self.assertTrue((await manager.get("vault!database/creds/ro|username", linux)).value)
        said = await self.denied(manager, "ci/linux/token", docs)
        self.assertIn("the token of build/docs-1, which is alive", said)
        said = await self.denied(manager, "vault!database/creds/ro|username", docs)
        self.assertIn("'read' on 'database/creds/ro'", said)
        # Services have the provider's own token.
        service = Requester("service")
        self.assertEqual((await manager.get("ci/docs/token", service)).value, "of docs")
        for scope in (linux.scope, docs.scope):
            await manager.end_scope(str(scope))
        await self.until_revoked()

    async def test_a_branch_does_not_get_the_policy_of_another_in_lower_case(self) -> None:
        root = self.engines.root
        root.write("auth/token/roles/build", allowed_policies_glob=["ci-*"], orphan=True)
        made = root.write("auth/token/create/build", policies=["ci-LINUX ", "ci-linux"])
        self.assertEqual(made["token_policies"], ["ci-linux", "default"])
        root.write("auth/token/revoke-accessor", accessor=made["accessor"])
        access = VaultChildTokens(["ci-%(branch)s"], role="build")
        manager = self.manager(build_access=access)
        self.assertEqual(
            (await manager.get("ci/linux/token", build("a", "linux"))).value, "of linux"
        )
        for number, branch in enumerate(("LINUX", "linux ", "L\u0130NUX"), 2):
            requester = build("a", branch, number)
            error: Any = await self.assertFailure(
                manager.get("ci/linux/token", requester), ProviderError
            )
            self.assertIn("cannot be part of the name of a policy", str(error))
        await manager.end_scope("build/a-1")
        await self.until_revoked()

    async def test_a_policy_that_a_child_may_not_have(self) -> None:
        manager = self.manager(build_access=VaultChildTokens(["ci-%(builder)s"]))
        said = await self.denied(manager, "ci/linux/token", build("linux"))
        self.assertIn("need a token role", said)

    async def test_the_server_decides_by_what_the_master_vouches_for(self) -> None:
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        root = self.engines.root
        logins.enable_auth(root, "jwt")
        self.addCleanup(root.delete, "sys/auth/jwt")
        logins.jwt_role(
            root,
            "linux",
            public.decode(),
            "ci-linux",
            audience="vault",
            bound_claims={
                "builder": "linux",
                "project": "app",
                "branch": "main",
                "repository": REPOSITORY,
                "patched": False,
            },
        )
        engines.write_kv(root, "keys/jwt", value=private)
        access = VaultBuildJwt("linux", Secret("keys!keys/jwt"), issuer="https://ci.example.test")
        keys = SecretInVault(**self.engines.arguments(), name="keys")
        manager = self.manager((keys,), build_access=access)
        linux = build("linux")
        user = (await manager.get("SecretInVault!database/creds/ro|username", linux)).value
        password = (await manager.get("SecretInVault!database/creds/ro|password", linux)).value
        self.assertTrue(self.engines.database.accepts(user, password))
        self.assertEqual(
            (await manager.get("SecretInVault!ci/linux/token", linux)).value, "of linux"
        )
        for other in (
            build("docs"),
            build("linux", "feature/x", 2),
            build("linux", None, 3),
            build("linux", "main", 4, patched=True),
            build("linux", "main", 5, tag_name="main"),
        ):
            said = await self.denied(manager, "SecretInVault!database/creds/ro|username", other)
            self.assertIn(f"builder='{other.builder}'", said)
            self.assertIn("bound_claims", said)
            self.assertNotIn("eyJ", said)
        await manager.end_scope(str(linux.scope))
        await self.until_revoked()

    async def test_a_key_that_nobody_holds(self) -> None:
        access = VaultBuildJwt("linux", Secret("missing"), issuer="https://ci.example.test")
        manager = self.manager(build_access=access)
        looking = manager.get("ci/linux/token", build("linux"))
        error: Any = await self.assertFailure(looking, ProviderError)
        self.assertIn("the key of build_access cannot be rendered: ", str(error))
        self.assertIn("secret 'missing': no provider holds it", str(error))

    async def test_a_key_that_signs_nothing(self) -> None:
        access = VaultBuildJwt("linux", "no key", issuer="https://ci.example.test")
        manager = self.manager(build_access=access)
        error: Any = await self.assertFailure(
            manager.get("ci/linux/token", build("linux")), ProviderError
        )
        self.assertIn("not a private key in PEM for EdDSA", str(error))
        self.assertNotIn("no key", str(error))
