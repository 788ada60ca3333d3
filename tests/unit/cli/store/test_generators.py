"""What `generate` makes."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_private_key,
)
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli.store import _generators
from buildbot_keychain.store.wraps import AgeIdentity, AgeRecipient


class GeneratorTests(SynchronousTestCase):
    def test_a_password(self) -> None:
        made = _generators.password(2000, "abc")
        self.assertEqual((len(made.value), set(made.value)), (2000, set("abc")))
        self.assertIsNone(made.public)

    def test_the_alphabets(self) -> None:
        sizes = {name: len(set(text)) for name, text in _generators.ALPHABETS.items()}
        self.assertEqual(sizes, {"full": 80, "alnum": 62, "hex": 16, "digits": 10})
        self.assertEqual(set(_generators.ALPHABETS["full"]) & set("\"'$`\\ !"), {"!"})

    def test_a_token(self) -> None:
        one, other = _generators.token().value, _generators.token().value
        self.assertEqual(len(base64.urlsafe_b64decode(f"{one}=")), 32)
        self.assertTrue(one != other)

    def test_an_ssh_key(self) -> None:
        made = _generators.ssh_key("deploy/key")
        key = load_ssh_private_key(made.value.encode(), None)
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        self.assertEqual(made.public, f"{public} deploy/key")
        self.assertTrue(public.startswith("ssh-ed25519 "))
        self.assertTrue(made.value.endswith("-----END OPENSSH PRIVATE KEY-----\n"))

    def test_an_age_key(self) -> None:
        made = _generators.age_key()
        wrapped = AgeRecipient(made.public or "").wrap(b"k" * 32, b"s" * 16)
        self.assertEqual(AgeIdentity(made.value).unwrap("", wrapped, b"s" * 16), b"k" * 32)
