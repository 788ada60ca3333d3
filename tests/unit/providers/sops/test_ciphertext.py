from __future__ import annotations

import os
from base64 import b64encode

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.sops._ciphertext import (
    CiphertextError,
    DecryptedValue,
    decrypt,
    is_encrypted,
)
from tests.support.sops.writer import SopsWriter


class CiphertextTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.writer = SopsWriter()
        self.sealed = self.writer.sealed(b"s3cr3t", "str", "db:password:")

    def error(self, text: str, key: bytes | None = None, additional: str = "db:password:") -> str:
        error = self.assertRaises(
            CiphertextError, decrypt, text, key or self.writer.data_key, additional
        )
        self.assertNotIn("s3cr3t", str(error))
        return str(error)

    @given(st.binary(min_size=1), st.sampled_from(["str", "int", "comment"]), st.text())
    def test_what_was_encrypted_is_decrypted(self, content: bytes, kind: str, name: str) -> None:
        name = name.encode("utf-8", "replace").decode()
        writer = SopsWriter()
        found = decrypt(writer.sealed(content, kind, name), writer.data_key, name)
        self.assertEqual(found, DecryptedValue(content, kind))

    def test_an_empty_text_is_not_an_encrypted_value(self) -> None:
        self.assertRaises(CiphertextError, decrypt, "", self.writer.data_key, "a:")

    def test_the_form_of_an_encrypted_value(self) -> None:
        self.assertTrue(is_encrypted(self.sealed))
        for text in ("", "x", "ENC[", f" {self.sealed}"):
            self.assertFalse(is_encrypted(text))

    def test_values_that_cannot_be_decrypted(self) -> None:
        changed = "it was changed, or moved from another name"
        self.assertEqual(self.error(self.sealed, os.urandom(32)), changed)
        self.assertEqual(self.error(self.sealed, additional="db:user:"), changed)
        self.assertEqual(self.error(self.sealed.replace("data:", "data:AAAA")), changed)
        short = b64encode(b"short").decode()
        self.assertEqual(
            self.error(f"ENC[AES256_GCM,data:{short},iv:{short},tag:{short},type:str]"), changed
        )
        self.assertEqual(
            self.error("ENC[AES256_GCM,data:A,iv:A,tag:A,type:str]"), "it is not valid base64"
        )
        self.assertEqual(
            self.error(self.sealed.replace("type:str", "type:odd")), "its type is unknown"
        )
        self.assertEqual(self.error(self.sealed, b"short"), "the data key is not 32 bytes long")
        for text in ("s3cr3t", self.sealed[:-1], f"{self.sealed}\n"):
            self.assertEqual(self.error(text), "it is not an encrypted value")

    def test_repr_shows_nothing(self) -> None:
        self.assertNotIn("s3cr3t", repr(DecryptedValue(b"s3cr3t", "str")))
