"""What `generate` makes."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_private_key,
)
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store import generators
from buildbot_keychain.store.generators import Recipe
from buildbot_keychain.store.wraps import AgeIdentity, AgeRecipient


class GeneratorTests(SynchronousTestCase):
    def test_a_password(self) -> None:
        made = generators.password(2000, "abc")
        self.assertEqual((len(made.value), set(made.value)), (2000, set("abc")))
        self.assertIsNone(made.public)

    def test_the_alphabets(self) -> None:
        sizes = {name: len(set(text)) for name, text in generators.ALPHABETS.items()}
        self.assertEqual(sizes, {"full": 80, "alnum": 62, "hex": 16, "digits": 10})
        self.assertEqual(set(generators.ALPHABETS["full"]) & set("\"'$`\\ !"), {"!"})

    def test_a_token(self) -> None:
        one, other = generators.token().value, generators.token().value
        self.assertEqual(len(base64.urlsafe_b64decode(f"{one}=")), 32)
        self.assertTrue(one != other)

    def test_an_ssh_key(self) -> None:
        made = generators.ssh_key("deploy/key")
        key = load_ssh_private_key(made.value.encode(), None)
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        self.assertEqual(made.public, f"{public} deploy/key")
        self.assertTrue(public.startswith("ssh-ed25519 "))
        self.assertTrue(made.value.endswith("-----END OPENSSH PRIVATE KEY-----\n"))

    def test_an_age_key(self) -> None:
        made = generators.age_key()
        wrapped = AgeRecipient(made.public or "").wrap(b"k" * 32, b"s" * 16)
        self.assertEqual(AgeIdentity(made.value).unwrap("", wrapped, b"s" * 16), b"k" * 32)


class RecipeTests(SynchronousTestCase):
    def test_what_it_makes(self) -> None:
        self.assertEqual(len(Recipe().make("a").value), 24)
        self.assertRegex(Recipe(length=40, alphabet="digits").make("a").value, "^[0-9]{40}$")
        self.assertRegex(Recipe(length=40, alphabet="xyzx").make("a").value, "^[xyz]{40}$")
        self.assertEqual(len(Recipe("token").make("a").value), 43)
        for kind, public in (("ssh", "ssh-ed25519 "), ("age", "age1")):
            self.assertTrue((Recipe(kind).make("a").public or "").startswith(public))

    def test_what_makes_no_sense(self) -> None:
        for recipe, problem in (
            (Recipe("pin"), "kind must be one of password, token, ssh, age"),
            (Recipe("ssh", 9), "length and alphabet are for passwords"),
            (Recipe("age", None, "hex"), "length and alphabet are for passwords"),
            (Recipe(length=0), "length must be 1 to 4096"),
            (Recipe(length=4097), "length must be 1 to 4096"),
            *((Recipe(alphabet=wrong), "alphabet must be full") for wrong in ("", "aa", "a\n")),
        ):
            self.assertIn(problem, str(recipe.problem()))
        self.assertIsNone(Recipe(length=4096, alphabet="ab").problem())
