"""What the master vouches for, and how it signs that."""

from __future__ import annotations

from typing import Any

import jwt
from buildbot.plugins import util
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import Secret
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
)
from buildbot_keychain.providers.vault.builds import AccessDependencies, VaultBuildJwt
from buildbot_keychain.providers.vault.builds._build_jwt import (
    SigningError,
    registered_claims,
    sign,
)
from buildbot_keychain.store.signing_keys import public_key_of
from buildbot_keychain.testing import SealedStateInMemory
from tests.support.vault.fake_servers import (
    FakeServers,
    context,
    forbidden,
    session_of,
    token_answer,
)

ISSUER = "https://ci.example.org"

KEY_GIVEN: Any = object()


def pem(key: Any, password: bytes | None = None) -> str:
    encryption: Any = serialization.NoEncryption()
    if password is not None:
        encryption = serialization.BestAvailableEncryption(password)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    text: str = key.private_bytes(encoding, form, encryption).decode()
    return text


def given(**arguments: Any) -> VaultBuildJwt:
    return VaultBuildJwt(**{"role": "ci", "key": Secret("file!key"), "issuer": ISSUER, **arguments})


class ArgumentTests(SynchronousTestCase):
    """The arguments of `VaultBuildJwt`."""

    def test_they_compare_and_show_no_key(self) -> None:
        self.assertEqual(given(), given())
        self.assertEqual(hash(given()), hash(given()))
        self.assertNotEqual(given(), given(key=Secret("file!other")))
        self.assertNotIn("canary", repr(given(key="canary")))

    def test_a_key_may_be_any_renderable(self) -> None:
        key = util.Secret("key")
        argument = given(key=key).key
        assert argument is not None
        self.assertIs(argument.given, key)

    def test_wrong_ones_are_refused(self) -> None:
        for make, reason in (
            (lambda: given(role="%(path)s"), "%(path)s"),
            (lambda: given(key=""), "key is blank"),
            (lambda: given(key=None), "key must be a str or a renderable"),
            (lambda: given(issuer=""), "issuer"),
            (lambda: given(audience=None), "audience must be a str"),
            (lambda: given(algorithm="HS256"), "EdDSA"),
            (lambda: given(algorithm="none"), "EdDSA"),
            (lambda: given(key_id=5), "key_id"),
            (lambda: given(mount="../jwt/"), "mount"),
            (lambda: given(lifetime=True), "seconds"),
        ):
            self.assertIn(reason, str(self.assertRaises(ConfigurationError, make)))


class SigningTests(SynchronousTestCase):
    """`sign`, and what is signed."""

    def test_the_claims(self) -> None:
        claims = registered_claims(ISSUER, "vault", "linux", 1000.7, 60)
        self.assertEqual((claims["iat"], claims["exp"]), (1000, 1060))
        self.assertLess(claims["nbf"], 1000)
        self.assertNotEqual(claims["jti"], registered_claims(ISSUER, "v", "l", 1000, 60)["jti"])

    def test_every_kind_of_key(self) -> None:
        for algorithm, key in (
            ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
            ("ES256", ec.generate_private_key(ec.SECP256R1())),
            ("RS256", rsa.generate_private_key(65537, 2048)),
        ):
            token = sign({"builder": "linux"}, f"\n{pem(key)}  ", algorithm, "k1")
            read = jwt.decode(token, key.public_key(), algorithms=[algorithm])
            self.assertEqual(read, {"builder": "linux"})
            self.assertEqual(jwt.get_unverified_header(token)["kid"], "k1")

    def test_a_wrong_key_is_not_shown(self) -> None:
        curve = pem(ec.generate_private_key(ec.SECP256R1()))
        locked = pem(ed25519.Ed25519PrivateKey.generate(), b"password")
        public = ed25519.Ed25519PrivateKey.generate().public_key()
        shown = public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()
        for wrong in (curve, locked, shown, "canary", ""):
            error = self.assertRaises(SigningError, sign, {}, wrong, "EdDSA", None)
            self.assertIn("EdDSA", error.reason)
            if wrong:
                self.assertNotIn(wrong, str(error))


class OpenTests(SynchronousTestCase):
    """`VaultBuildJwt.open`."""

    def setUp(self) -> None:
        self.key = ed25519.Ed25519PrivateKey.generate()
        self.rendered: Deferred[Any] = succeed(pem(self.key))
        self.servers: Any = FakeServers(**{"auth/jwt/login": token_answer()})

    def open(self, state: Any = KEY_GIVEN, **arguments: Any) -> Deferred[Any]:
        access = given(**arguments)
        if state is KEY_GIVEN:
            state = None
        else:
            access = VaultBuildJwt("ci", issuer=ISSUER)
        dependencies = AccessDependencies(
            "vault",
            session_of(self.servers),
            self.servers,
            lambda _: self.rendered,
            Clock(),
            lambda: 1000.0,
            state,
        )
        requester = Requester("build", builder="linux", build=3, project="app")
        opening = access.open(dependencies, context(), requester)
        return Deferred.fromCoroutine(opening)

    def test_it_logs_in_without_a_token(self) -> None:
        token = self.successResultOf(self.open(role="ci-%(builder)s"))
        self.assertEqual(token.accessor, "accessor-of-s.token")
        (sent,) = self.servers.sent
        self.assertEqual((sent.token, sent.body["role"]), ("", "ci-linux"))
        claims = jwt.decode(
            sent.body["jwt"],
            self.key.public_key(),
            algorithms=["EdDSA"],
            audience="vault",
            options={"verify_exp": False},
        )
        self.assertEqual(claims["sub"], "linux")
        self.assertEqual(
            (claims["builder"], claims["build"], claims["project"]), ("linux", 3, "app")
        )
        self.assertNotIn("branch", claims)

    def test_a_key_that_is_made_here(self) -> None:
        """Once, and kept where the host keeps it; nothing else takes its place."""
        state = SealedStateInMemory()
        for _ in range(2):
            self.successResultOf(self.open(state=state))
        key = self.successResultOf(Deferred.fromCoroutine(state.get("build_jwt_EdDSA")))
        for sent in self.servers.sent:
            options = {"verify_exp": False, "verify_aud": False}
            jwt.decode(sent.body["jwt"], public_key_of(key), ["EdDSA"], options)  # type: ignore[arg-type]
        state.texts.clear()
        message = str(self.failureResultOf(self.open(state=state), ProviderError).value)
        self.assertIn("the key of build_access: the field 'build_jwt_EdDSA'", message)
        message = str(self.failureResultOf(self.open(state=None), ProviderError).value)
        self.assertIn("build_access needs key=", message)

    def test_a_refusal_names_what_the_server_was_given(self) -> None:
        self.servers.answers["auth/jwt/login"] = forbidden()
        message = str(self.failureResultOf(self.open(), AccessDenied).value)
        self.assertIn("builder='linux', project='app', build=3", message)
        self.assertIn("bound_claims", message)

    def test_a_key_that_cannot_be_had(self) -> None:
        for problem, kind in (
            (SecretNotFound("a", ()), ProviderError),
            (ProviderUnavailable("file", "a", "it is away"), ProviderUnavailable),
        ):
            self.rendered = fail(problem)
            failure = self.failureResultOf(self.open(), kind)
            self.assertIs(failure.type, kind)
            self.assertIn("the key of build_access", failure.getErrorMessage())

    def test_a_key_that_is_none(self) -> None:
        for rendered, reason in (
            ("canary", "not a private key in PEM for EdDSA"),
            (" ", "the key of build_access"),
            (5, "the key of build_access"),
        ):
            self.rendered = succeed(rendered)
            message = str(self.failureResultOf(self.open(), ProviderError).value)
            self.assertIn(reason, message)
            self.assertNotIn("canary", message)
