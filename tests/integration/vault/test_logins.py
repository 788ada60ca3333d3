"""Every way to log in, at a real server; what is wrong with a login is said without a secret."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.internet import reactor as global_reactor
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable
from buildbot_keychain.providers.vault import (
    SecretInVault,
    VaultAuthenticatorApprole,
    VaultAuthenticatorCert,
    VaultAuthenticatorJwt,
    VaultAuthenticatorKubernetes,
    VaultAuthenticatorLdap,
    VaultAuthenticatorToken,
    VaultAuthenticatorTokenFile,
    VaultAuthenticatorUserpass,
)
from buildbot_keychain.rendering import Interpolate, Secret
from tests.support.fakes import DictProvider
from tests.support.openbao import engines, logins
from tests.support.openbao.certificates import Authority
from tests.support.openbao.server import OpenBao
from tests.support.vault.case import OneServerTestCase, VaultTestCase


class LoginTestCase(OneServerTestCase):
    """Tests with one entry that the policy ``ci`` may read."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        engines.write_kv(cls.server.root, "ci/app", value="for-those-who-log-in")
        logins.write_policy(cls.server.root, "ci", ("secret/data/ci/*", ["read"]))

    def setUp(self) -> None:
        super().setUp()
        self.hide("for-those-who-log-in")

    async def logs_in(self, authenticator: Any, **arguments: Any) -> SecretInVault:
        """Check that a provider can read with a login by `authenticator`."""
        provider = self.provider(self.server.address, authenticator, **arguments)
        self.assertEqual(await provider.get("ci/app"), "for-those-who-log-in")
        return provider

    async def is_refused(self, authenticator: Any, *words: str) -> None:
        """Check that a login is refused, in an error with these words."""
        provider = self.provider(self.server.address, authenticator)
        error = await self.fails(provider.get("ci/app"), AccessDenied)
        for word in ("cannot log in", *words):
            self.assertIn(word, str(error))


class TokenTests(LoginTestCase):
    """Tokens that somebody else made."""

    async def test_a_token(self) -> None:
        token = self.hide(logins.token(self.root, "ci"))
        await self.logs_in(token)
        await self.logs_in(VaultAuthenticatorToken(f"{token}\n"))

    async def test_a_token_of_another_provider(self) -> None:
        token = self.hide(logins.token(self.root, "ci"))
        for argument in (Secret("vault-token"), Interpolate("%(secret:held!vault-token)s\n")):
            held = DictProvider("held", {"vault-token": token})
            provider = SecretInVault(self.server.address, argument)
            details = await self.managed(provider, held).get("ci/app")
            self.assertEqual(
                (details.source, details.value), ("SecretInVault", "for-those-who-log-in")
            )

    async def test_a_token_that_is_replaced_elsewhere_is_taken_up_when_the_old_one_is_revoked(
        self,
    ) -> None:
        held = DictProvider("held", {"vault-token": self.hide(logins.token(self.root, "ci"))})
        provider = SecretInVault(self.server.address, Secret("vault-token"))
        manager = self.managed(provider, held)
        await manager.get("ci/app")
        self.root.write("auth/token/revoke", token=held.answers["vault-token"])
        held.answers["vault-token"] = self.hide(logins.token(self.root, "ci"))
        self.assertEqual((await manager.get("ci/app")).value, "for-those-who-log-in")

    async def test_a_missing_token_is_an_error_and_not_a_missing_secret(self) -> None:
        manager = self.managed(SecretInVault(self.server.address, Secret("absent")))
        error = await self.fails(manager.get("ci/app"), ProviderError)
        self.assertIn("token cannot be rendered: secret 'absent': no provider holds it", str(error))

    async def test_a_token_that_nobody_knows(self) -> None:
        provider = self.provider(self.server.address, "s.notatokenatall")
        error = await self.fails(provider.get("ci/app"), AccessDenied)
        self.assertIn("the token", str(error))

    async def test_what_cannot_be_a_token_is_not_sent(self) -> None:
        for odd in ("two words", "line\nend: x", "ümlaut-token"):
            held = DictProvider("held", {"odd": self.hide(odd)})
            manager = self.managed(SecretInVault(self.server.address, Secret("odd")), held)
            error = await self.fails(manager.get("ci/app"), AccessDenied)
            self.assertIn("is not a token", str(error))


class TokenFileTests(LoginTestCase):
    """Files with a token, such as an agent's sink."""

    def write(self, text: str, mode: int = 0o600) -> Path:
        """Replace the file as an agent does."""
        new = self.file.with_name("new")
        new.touch()
        new.chmod(mode)
        new.write_text(text)
        new.replace(self.file)
        return self.file

    def setUp(self) -> None:
        super().setUp()
        self.file = self.directory() / "token"

    async def test_it_is_read_again_when_it_changes(self) -> None:
        first, second = (self.hide(logins.token(self.root, "ci")) for _ in range(2))
        self.write(f"  {first}\n")
        provider = await self.logs_in(VaultAuthenticatorTokenFile(self.file))
        self.write(second)
        self.root.write("auth/token/revoke", token=first)
        self.assertEqual(await provider.get("ci/app"), "for-those-who-log-in")

    async def test_a_file_that_is_missing_or_readable_by_others_is_refused_until_mended(
        self,
    ) -> None:
        provider = self.provider(self.server.address, VaultAuthenticatorTokenFile(self.file))
        for prepare, word in (
            (lambda: None, "cannot be read"),
            (lambda: self.write("", 0o600), "not hold a token"),
            (lambda: self.write("a b", 0o600), "is not a token"),
            (lambda: self.write("token", 0o644), "others can read it (mode 0644)"),
        ):
            prepare()
            error = await self.fails(provider.get("ci/app"), AccessDenied)
            self.assertIn(word, str(error))
            self.assertIn(str(self.file), str(error))
        self.write(self.hide(logins.token(self.root, "ci")), 0o640)
        self.assertEqual(await provider.get("ci/app"), "for-those-who-log-in")


class ApproleTests(LoginTestCase):
    """AppRole."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        logins.enable_auth(cls.server.root, "approle")
        logins.enable_auth(cls.server.root, "approle", "ci/roles")

    def role(self, name: str = "master", **parameters: Any) -> tuple[str, str]:
        role_id, secret_id = logins.approle(self.root, name, "ci", **parameters)
        return self.hide(role_id), self.hide(secret_id)

    async def test_role_id_and_secret_id(self) -> None:
        role_id, secret_id = self.role()
        await self.logs_in(VaultAuthenticatorApprole(role_id, secret_id))
        await self.logs_in(VaultAuthenticatorApprole(roleId=role_id, secretId=secret_id))

    async def test_it_is_known_when_the_secret_id_ends(self) -> None:
        """Where the policy of the token allows to look it up."""
        made = logins.approle(self.root, "short", "ci", "own", secret_id_ttl="240h")
        role_id, secret_id = map(self.hide, made)
        provider = await self.logs_in(
            VaultAuthenticatorApprole(role_id, secret_id, role_name="short")
        )
        self.assertEqual(await provider.expiries(), [])
        lookup = "auth/approle/role/short/secret-id/lookup"
        logins.write_policy(self.root, "own", (lookup, ["update"]))
        (expiry,) = await provider.expiries()
        self.assertEqual((expiry.kind, expiry.life), ("secret-id", 864_000))
        self.assertLess(abs(expiry.when - time.time() - 864_000), 3600)
        described = await provider.describe("ci/app")
        assert described is not None
        assert described.created is not None
        self.assertEqual(described.version, 1)
        self.assertLess(abs(described.created - time.time()), 3600)

    async def test_another_mount(self) -> None:
        role_id, secret_id = self.role(path="ci/roles")
        await self.logs_in(VaultAuthenticatorApprole(role_id, secret_id, mount="ci/roles"))

    async def test_a_role_without_a_secret_id(self) -> None:
        base = "auth/approle/role/unbound"
        self.root.write(
            base, token_policies=["ci"], bind_secret_id=False, secret_id_bound_cidrs="127.0.0.1/32"
        )
        role_id = self.hide(self.root.read(f"{base}/role-id")["role_id"])
        await self.logs_in(VaultAuthenticatorApprole(role_id))

    async def test_what_is_wrong_is_refused(self) -> None:
        role_id, secret_id = self.role()
        for wrong in (
            VaultAuthenticatorApprole(role_id, "wrong-secret-id"),
            VaultAuthenticatorApprole("wrong-role-id", secret_id),
            VaultAuthenticatorApprole(role_id, secret_id, mount="nothing"),
        ):
            await self.is_refused(wrong, "role_id, secret_id and mount=")

    async def test_a_refused_login_is_not_repeated_at_once(self) -> None:
        proxy = self.proxy(self.server)
        provider = self.provider(
            proxy.address, VaultAuthenticatorApprole("wrong-role-id", "x-x-x-x")
        )
        for _ in range(5):
            await self.fails(provider.get("ci/app"), AccessDenied)
        self.assertEqual(len(proxy.requests), 1)

    async def test_a_wrapped_secret_id(self) -> None:
        role_id, _ = self.role()
        wrapping = self.hide(logins.wrapped_secret_id(self.root, "master"))
        login = VaultAuthenticatorApprole(role_id, wrapping, wrapped=True, role_name="master")
        provider = await self.logs_in(login)
        await self.revoke_tokens()
        # The secret-id is known by now; its wrapping token is used up.
        self.assertEqual(await provider.get("ci/app"), "for-those-who-log-in")

    async def test_a_wrapping_token_that_was_used_is_an_alarm(self) -> None:
        role_id, _ = self.role()
        wrapping = self.hide(logins.wrapped_secret_id(self.root, "master"))
        self.root.write("sys/wrapping/unwrap", token=wrapping)
        login = VaultAuthenticatorApprole(role_id, wrapping, wrapped=True)
        await self.is_refused(login, "was unwrapped before", "somebody has the secret-id")

    async def test_a_wrapping_token_of_somebody_else_is_not_unwrapped(self) -> None:
        role_id, secret_id = self.role()
        self.role("other")
        forged = self.root.wrapped("sys/wrapping/wrap", secret_id=secret_id)
        other = logins.wrapped_secret_id(self.root, "other")
        for wrapping, name in ((forged, None), (other, "master")):
            login = VaultAuthenticatorApprole(
                role_id, self.hide(wrapping), wrapped=True, role_name=name
            )
            await self.is_refused(login, "the wrapping token was made by")
            self.root.write("sys/wrapping/unwrap", token=wrapping)

    async def revoke_tokens(self) -> None:
        for accessor in self.root.list("auth/token/accessors"):
            found = self.root.write("auth/token/lookup-accessor", accessor=accessor)
            if found["path"].startswith("auth/approle/"):
                self.root.write("auth/token/revoke-accessor", accessor=accessor)


class JwtTests(LoginTestCase):
    """Signed tokens."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.key = ec.generate_private_key(ec.SECP256R1())
        public = cls.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        logins.enable_auth(cls.server.root, "jwt")
        logins.jwt_role(cls.server.root, "master", public.decode(), "ci")

    key: ec.EllipticCurvePrivateKey

    def signed(self, **claims: object) -> str:
        told = {"sub": "master", "aud": "openbao", "iat": 1, "exp": _soon(), **claims}
        return self.hide(jwt.encode(told, self.key, algorithm="ES256"))

    async def test_a_signed_token(self) -> None:
        await self.logs_in(VaultAuthenticatorJwt("master", self.signed()))

    async def test_one_that_is_rendered_anew_at_each_login(self) -> None:
        held = DictProvider("held", {"jwt": self.signed()})
        provider = SecretInVault(
            self.server.address, VaultAuthenticatorJwt("master", Secret("jwt"))
        )
        details = await self.managed(provider, held).get("ci/app")
        self.assertEqual(details.value, "for-those-who-log-in")

    async def test_what_is_wrong_is_refused(self) -> None:
        for role, claims in (
            ("master", {"aud": "somebody"}),
            ("master", {"exp": 1}),
            ("nobody", {}),
        ):
            login = VaultAuthenticatorJwt(role, self.signed(**claims))
            await self.is_refused(login, f"check role='{role}'", "the jwt's age and claims")

    async def test_an_issuer_that_is_discovered(self) -> None:
        """A real discovery document and key set, served by the test."""
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        keys = {"keys": [{**public, "kid": "1", "use": "sig", "alg": "ES256"}]}
        issuer = Documents(self)
        issuer.documents["/.well-known/openid-configuration"] = {
            "issuer": issuer.url,
            "jwks_uri": f"{issuer.url}/keys",
            "authorization_endpoint": f"{issuer.url}/authorize",
            "token_endpoint": f"{issuer.url}/token",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }
        issuer.documents["/keys"] = keys
        logins.enable_auth(self.root, "jwt", "oidc")
        root = self.root
        await deferToThread(
            lambda: (
                root.write("auth/oidc/config", oidc_discovery_url=issuer.url),
                root.write(
                    "auth/oidc/role/master",
                    role_type="jwt",
                    bound_audiences=["openbao"],
                    user_claim="sub",
                    token_policies=["ci"],
                ),
            )
        )
        signed = jwt.encode(
            {"sub": "m", "aud": "openbao", "iss": issuer.url, "iat": 1, "exp": _soon()},
            self.key,
            algorithm="ES256",
            headers={"kid": "1"},
        )
        await self.logs_in(VaultAuthenticatorJwt("master", self.hide(signed), mount="oidc"))


class KubernetesTests(LoginTestCase):
    """The service account of a pod.

    There is no Kubernetes on the machines of these tests: what reviews the token is a stand-in.
    """

    async def test_a_service_account(self) -> None:
        cluster = Documents(self)
        cluster.documents["/apis/authentication.k8s.io/v1/tokenreviews"] = {
            "kind": "TokenReview",
            "apiVersion": "authentication.k8s.io/v1",
            "status": {
                "authenticated": True,
                "user": {"username": "system:serviceaccount:ci:buildbot", "uid": "u-1"},
                "audiences": ["vault"],
            },
        }
        logins.enable_auth(self.root, "kubernetes")
        self.root.write(
            "auth/kubernetes/config",
            kubernetes_host=cluster.url,
            token_reviewer_jwt=self.signed("reviewer"),
            disable_local_ca_jwt=True,
            kubernetes_ca_cert=Authority(self.directory()).certificate.read_text(),
        )
        self.root.write(
            "auth/kubernetes/role/master",
            bound_service_account_names=["buildbot"],
            bound_service_account_namespaces=["ci"],
            token_policies=["ci"],
        )
        file = self.directory() / "token"
        file.write_text(self.signed("buildbot") + "\n")
        await self.logs_in(VaultAuthenticatorKubernetes("master", jwt_path=str(file)))
        await self.is_refused(
            VaultAuthenticatorKubernetes("nobody", jwt_path=str(file)), "check role='nobody'"
        )
        file.unlink()
        await self.is_refused(
            VaultAuthenticatorKubernetes("master", jwt_path=str(file)), "jwt_path", str(file)
        )

    def signed(self, account: str) -> str:
        key = ec.generate_private_key(ec.SECP256R1())
        claims = {
            "iss": "kubernetes/serviceaccount",
            "sub": f"system:serviceaccount:ci:{account}",
            "iat": 1,
            "exp": _soon(),
            "kubernetes.io": {
                "namespace": "ci",
                "serviceaccount": {"name": account, "uid": "u-1"},
            },
        }
        return self.hide(jwt.encode(claims, key, algorithm="ES256"))


class PasswordTests(LoginTestCase):
    """Users with passwords."""

    async def test_userpass(self) -> None:
        logins.enable_auth(self.root, "userpass")
        password = self.hide(" päss wörd with blanks ")
        logins.userpass(self.root, "robot", password, "ci")
        await self.logs_in(VaultAuthenticatorUserpass("robot", password))
        await self.is_refused(
            VaultAuthenticatorUserpass("robot", self.hide("wrong-password")), "username='robot'"
        )

    async def test_ldap(self) -> None:
        """OpenBao 2.7 has no LDAP built in; its API is that of userpass, which stands in for it."""
        logins.enable_auth(self.root, "userpass", "ldap")
        password = self.hide("password-of-a-directory")
        logins.userpass(self.root, "robot.example", password, "ci", path="ldap")
        await self.logs_in(VaultAuthenticatorLdap("robot.example", password))
        await self.is_refused(
            VaultAuthenticatorLdap("robot.example", self.hide("wrong-password")), "mount='ldap'"
        )


class CertificateTests(VaultTestCase):
    """TLS: a private authority, and clients with certificates."""

    server: OpenBao
    authority: Authority

    def setUp(self) -> None:
        super().setUp()
        self.authority = Authority(self.directory())
        self.server = OpenBao(authority=self.authority)
        self.addCleanup(self.server.stop)
        self.server.start()
        root = self.server.root
        self.hide(str(root.token))
        engines.enable_kv(root)
        engines.write_kv(root, "ci/app", value=self.hide("behind-tls"))
        logins.write_policy(root, "ci", ("secret/data/ci/*", ["read"]))
        logins.enable_auth(root, "cert")

    async def test_certificates(self) -> None:
        client, stranger = self.authority.client("master"), self.authority.client("stranger")
        logins.certificate_role(self.server.root, "master", client, "ci")
        trusted: dict[str, Any] = {"ca_bundle": str(self.authority.certificate)}
        both = self.directory() / "both.pem"
        both.touch(0o600)
        both.write_text(client.certificate.read_text() + client.key.read_text())
        for files in ((str(client.certificate), str(client.key)), str(both)):
            provider = self.provider(
                self.server.address,
                VaultAuthenticatorCert("master"),
                client_cert=files,
                **trusted,
            )
            self.assertEqual(await provider.get("ci/app"), "behind-tls")

        refused = self.provider(
            self.server.address,
            VaultAuthenticatorCert(),
            client_cert=(stranger.certificate, stranger.key),
            **trusted,
        )
        error = await self.fails(refused.get("ci/app"), AccessDenied)
        self.assertIn("check client_cert", str(error))

        untrusting = self.provider(self.server.address, str(self.server.root.token), timeout=1)
        error = await self.fails(untrusting.get("ci/app"), ProviderUnavailable)
        self.assertIn("set ca_bundle", str(error))

        misnamed = self.provider(
            self.server.address.replace("127.0.0.1", "127.0.0.2"),
            str(self.server.root.token),
            timeout=1,
            **trusted,
        )
        error = await self.fails(misnamed.get("ci/app"), ProviderUnavailable)
        self.assertRegex(str(error), "certificate|refused the connection")

        plain = self.provider(
            self.server.address.replace("https", "http"), str(self.server.root.token), timeout=1
        )
        error = await self.fails(plain.get("ci/app"), ProviderError)
        self.assertIn("the server speaks https there; write https:// in vault_server", str(error))

    async def test_files_that_are_replaced_are_read_again(self) -> None:
        client = self.authority.client("master")
        logins.certificate_role(self.server.root, "master", client, "ci")
        bundle = self.directory() / "ca.pem"
        bundle.write_text(Authority(self.directory(), "another").certificate.read_text())
        provider = self.provider(
            self.server.address,
            VaultAuthenticatorCert(),
            ca_bundle=bundle,
            client_cert=(client.certificate, client.key),
            timeout=1,
        )
        await self.fails(provider.get("ci/app"), ProviderUnavailable)
        bundle.write_text(self.authority.certificate.read_text())
        self.assertEqual(await provider.get("ci/app"), "behind-tls")


def _soon() -> int:
    return int(time.time()) + 300


class Documents(Resource):
    """A server of JSON documents by path, for the time of a test."""

    isLeaf = True

    def __init__(self, test: Any) -> None:
        super().__init__()
        self.documents: dict[str, Any] = {}
        untyped: Any = global_reactor
        site = Site(self)
        site.noisy = False
        listening = untyped.listenTCP(0, site, interface="127.0.0.1")
        test.addCleanup(listening.stopListening)
        self.url = f"http://127.0.0.1:{listening.getHost().port}"

    def render(self, request: Request) -> bytes:
        request.setHeader("Content-Type", "application/json")
        request.setHeader("Connection", "close")
        return json.dumps(self.documents[request.path.decode()]).encode()
