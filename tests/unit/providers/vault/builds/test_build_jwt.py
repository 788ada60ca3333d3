"""What the master vouches for, and how it signs that."""

from __future__ import annotations

from typing import Any

import jwt
from buildbot.plugins import util
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import Secret
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.providers.vault.builds import VaultBuildJwt
from buildbot_keychain.providers.vault.builds._build_jwt import (
    SigningError,
    registered_claims,
    sign,
)

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
    """The arguments of `VaultBuildJwt`."""

    def test_they_compare_and_show_no_key(self) -> None:
        self.assertEqual(given(), given())
        self.assertEqual(hash(given()), hash(given()))
        self.assertNotEqual(given(), given(key=Secret("file!other")))
        self.assertNotIn("canary", repr(given(key="canary")))

    def test_a_key_may_be_any_renderable(self) -> None:
        key = util.Secret("key")
        self.assertIs(given(key=key).key.given, key)

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
