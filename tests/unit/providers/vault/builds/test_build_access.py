"""The arguments of what gives a build a token, and what the master vouches for."""

from __future__ import annotations

from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain import Secret
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.interfaces import IScopeKeeper
from buildbot_keychain.providers.vault import SecretInVault, VaultBuildJwt, VaultChildTokens
from buildbot_keychain.providers.vault.builds._build_access import claims_of
from buildbot_keychain.providers.vault.builds._jwt_issuer import (
    CannotSign,
    registered_claims,
    signed,
)
from tests.support.fakes import everything_of

ISSUER = "https://ci.example.org"


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
    """`VaultChildTokens`, `VaultBuildJwt`, and `SecretInVault` with them."""

    def test_they_compare_by_what_they_say_and_show_no_key(self) -> None:
        self.assertEqual(VaultChildTokens(["a"], role="r"), VaultChildTokens(("a",), role="r"))
        self.assertNotEqual(VaultChildTokens(["a"]), VaultChildTokens(["b"]))
        self.assertEqual(given(), given())
        self.assertEqual(hash(given()), hash(given()))
        self.assertNotEqual(given(), given(key=Secret("file!other")))
        self.assertNotIn("canary", repr(given(key="canary")))
        self.assertEqual(
            repr(VaultChildTokens(["a"], role="r")), "VaultChildTokens(['a'], role='r', ttl=1200)"
        )

    def test_wrong_ones_are_told_at_once(self) -> None:
        for make, said in (
            (lambda: VaultChildTokens("ci"), "policies must be a list"),
            (lambda: VaultChildTokens(["ci-%(bulider)s"]), "%(bulider)s"),
            (lambda: VaultChildTokens([""]), "not blank"),
            (lambda: VaultChildTokens(role="a/b"), "role"),
            (lambda: VaultChildTokens(ttl=1), "60 at least"),
            (lambda: given(role="%(path)s"), "%(path)s"),
            (lambda: given(key=""), "key must be a renderable"),
            (lambda: given(key=None), "key must be a renderable"),
            (lambda: given(issuer=""), "issuer"),
            (lambda: given(audience=None), "audience"),
            (lambda: given(algorithm="HS256"), "EdDSA"),
            (lambda: given(algorithm="none"), "EdDSA"),
            (lambda: given(mount="../jwt/"), "mount"),
            (lambda: given(lifetime=True), "seconds"),
        ):
            error = self.assertRaises(ConfigurationError, make)
            self.assertIn(said, str(error))

    def test_those_of_the_provider(self) -> None:
        for arguments, said in (
            ({"build_access": VaultBuildJwt}, "VaultBuildJwt(...)"),
            ({"build_access": "ci"}, "VaultChildTokens(...)"),
            ({"path_template": "ci/%(builder)s"}, "must say %(path)s"),
            ({"path_template": "ci/%(builder)s/%(pth)s"}, "%(pth)s"),
            ({"path_template": "/ci/%(path)s"}, "path_template"),
            ({"path_template": 1}, "path_template"),
        ):
            error = self.assertRaises(
                ConfigurationError, SecretInVault, "https://vault:8200", "t", **arguments
            )
            self.assertIn(said, str(error))

    def test_the_provider_keeps_scopes(self) -> None:
        verifyObject(IScopeKeeper, SecretInVault("https://vault:8200", "t"))


class JwtTests(SynchronousTestCase):
    """What is signed."""

    def test_the_claims(self) -> None:
        requester = Requester("build", builder="linux", build=3, branch="main", project="")
        self.assertEqual(claims_of(requester), {"builder": "linux", "build": 3, "branch": "main"})
        self.assertEqual(claims_of(None), {})
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
            token = signed({"builder": "linux"}, f"\n{pem(key)}  ", algorithm, "k1")
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
        for key in (curve, locked, shown, "canary", "", None, 3):
            error = self.assertRaises(CannotSign, signed, {}, key, "EdDSA", None)
            self.assertIn("EdDSA", error.reason)
            if key:
                self.assertNotIn(str(key), everything_of(error))
