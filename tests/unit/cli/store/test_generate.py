"""``buildbot-keychain generate``."""

from __future__ import annotations

import json
import re

from tests.support.store_commands import StoreCommandCase


class GenerateTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()

    def generate(self, *words: str) -> str:
        """Generate the secret ``a``, and return what was printed, which is not its value."""
        ended = self.run_command("generate", "a", *words)
        self.assertEqual(ended.status, 0)
        value = self.value("a") or ""
        self.assertTrue(value not in ended.out and value not in ended.err)
        return ended.out

    def test_a_password(self) -> None:
        self.assertEqual(self.generate(), "")
        self.assertEqual(len(self.value("a") or ""), 24)

    def test_length_and_alphabet(self) -> None:
        for alphabet, form in (("digits", "[0-9]{40}"), ("xyzx", "[xyz]{40}")):
            self.generate("--length", "40", "--alphabet", alphabet, "--keep", "1", *self.again())
            self.assertTrue(re.fullmatch(form, self.value("a") or ""))

    def again(self) -> list[str]:
        return ["--replace"] if self.value("a") else []

    def test_a_token(self) -> None:
        self.assertEqual(self.generate("--kind", "token"), "")
        self.assertEqual(len(self.value("a") or ""), 43)

    def test_key_pairs_show_their_public_half(self) -> None:
        for kind, private, public in (
            ("ssh", "-----BEGIN OPENSSH PRIVATE KEY-----\n", r"ssh-ed25519 \S+ a\n"),
            ("age", "AGE-SECRET-KEY-1", r"age1[a-z0-9]+\n"),
        ):
            out = self.generate("--kind", kind, *self.again())
            self.assertRegex(out, rf"\A{public}\Z")
            self.assertTrue((self.value("a") or "").startswith(private))
            known = self.open().secrets.describe("a")
            assert known is not None
            self.assertEqual(known.metadata.description, f"public key: {out.strip()}")

    def test_json(self) -> None:
        found = json.loads(self.generate("--kind", "age", "--json", "--description", "mine"))
        self.assertEqual((found["name"], found["version"], found["public"][:4]), ("a", 1, "age1"))

    def test_nothing_is_replaced_by_accident(self) -> None:
        self.set("a", "old")
        self.assertFails(2, "add --replace", "generate", "a")
        self.assertEqual(self.value("a"), "old")

    def test_a_weak_one(self) -> None:
        ended = self.run_command("generate", "a", "--length", "3")
        self.assertIn("secret 'a' is not hidden", ended.err)

    def test_what_makes_no_sense(self) -> None:
        self.assertFails(2, "are for passwords", "generate", "a", "--kind", "ssh", "--length", "9")
        for wrong in ("", "a", "aa", "a\n"):
            self.assertFails(2, "--alphabet must be", "generate", "a", "--alphabet", wrong)
        self.assertFails(2, "--length must be", "generate", "a", "--length", "0")
