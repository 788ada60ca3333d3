from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from buildbot_keychain.store.imports.jenkins._keys import SECRET, JenkinsKeys
from buildbot_keychain.store.imports.jenkins._values import (
    UNENCRYPTED,
    Decoded,
    ValueProblem,
    decode,
    looks_encrypted,
)
from tests.support.jenkins import (
    JenkinsTestCase,
    base64,
    key_material,
    old_file,
    old_secret,
    oldest_secret,
    secret,
    secret_bytes,
)

CANARY = "s3cr3t-canary"
VALUES = (CANARY, "", "ä\n\tb", "x" * 16, "y" * 5000)


class ValueTestCase(JenkinsTestCase):
    def value(self, text: str, element: str = "password", *, old_file: bool = False) -> object:
        decoded = decode(text, element, self.keys, old_file=old_file)
        return decoded and decoded.value

    def why(self, text: str, element: str = "password", *, old_file: bool = False) -> str:
        problem = self.assertRaises(ValueProblem, self.value, text, element, old_file=old_file)
        self.assertNotIn(CANARY, str(problem))
        return problem.why


class FormTests(ValueTestCase):
    def test_every_form_of_a_secret(self) -> None:
        for value in VALUES:
            for form in (secret, old_secret, oldest_secret):
                self.assertEqual(self.value(form(value)), value)
            self.assertEqual(self.value(secret(value).strip("{}")), value)
            self.assertEqual(self.value(f"\n  {secret(value)} "), value)

    def test_files(self) -> None:
        for content in (b"", b"\xff\x00", b"\x01" * 100, b"x" * 16):
            text = content.decode() if b"\xff" not in content else content
            self.assertEqual(self.value(secret_bytes(content), "secretBytes"), text)
            self.assertEqual(self.value(secret_bytes(content), "anything"), text)
            self.assertEqual(self.value(old_file(content), "data", old_file=True), text)

    def test_a_file_that_is_not_encrypted(self) -> None:
        for content, value in ((b"\xff\x00", b"\xff\x00"), (CANARY.encode(), CANARY)):
            for element in ("secretBytes", "uploadedKeystoreBytes"):
                found = decode(base64(content), element, self.keys)
                self.assertEqual(found, Decoded(value, UNENCRYPTED))
                self.assertNotIn(CANARY, repr(found))

    def test_an_old_certificate_is_base64_within(self) -> None:
        text = secret(base64(b"\xff\x00"))
        self.assertEqual(self.value(text, "uploadedKeystore"), b"\xff\x00")
        self.assertEqual(self.value(secret("not base64"), "uploadedKeystore"), "not base64")

    def test_a_text_like_any_other(self) -> None:
        for text in ("", "x", "{x}", "{}", CANARY, "a b", "{AAAA", "AAAA}", "=", base64(bytes(32))):
            self.assertIsNone(self.value(text))

    def test_what_looks_encrypted(self) -> None:
        for text in (base64(bytes(16)), base64(bytes(32))):
            self.assertTrue(looks_encrypted(text))
        for text in ("", "{}", "x", CANARY, base64(bytes(17))):
            self.assertFalse(looks_encrypted(text))

    @settings(max_examples=50, deadline=None)
    @given(st.text(), st.binary(min_size=16, max_size=16))
    def test_any_value(self, value: str, iv: bytes) -> None:
        if "\ud800" <= max(value, default="") <= "\udfff":
            return
        self.assertEqual(self.value(secret(value, iv)), value)
        self.assertEqual(self.value(old_secret(value)), value)


class ProblemTests(ValueTestCase):
    def test_a_value_of_another_jenkins(self) -> None:
        """Most are noticed by their padding, nearly all others because they are not UTF-8."""
        self.keys = _OtherKeys()
        for text in (secret(CANARY), secret_bytes(CANARY.encode())):
            self.assertIn("does not decrypt", self.why(text))
        self.assertIn("does not decrypt", self.why(old_file(b"x" * 40), "data", old_file=True))
        self.assertIsNone(self.value(old_secret(CANARY)))

    def test_bytes_where_a_text_belongs(self) -> None:
        self.assertIn("does not decrypt to a text", self.why(secret(b"\xff")))

    def test_a_missing_key_is_named(self) -> None:
        for path in (self.home / "secrets").iterdir():
            path.unlink()
        for text in (secret(CANARY), secret_bytes(b"x"), old_secret(CANARY)):
            self.assertIn("does not exist", self.why(text))
        self.assertEqual(self.value(oldest_secret(CANARY)), CANARY)
        self.assertIsNone(self.value("a password"))

    def test_whether_it_is_certain_that_it_is_encrypted(self) -> None:
        (self.home / "secrets" / SECRET).unlink()
        for text, is_certain in ((secret(CANARY), True), (old_secret(CANARY), False)):
            problem = self.assertRaises(ValueProblem, self.value, text)
            self.assertEqual(problem.is_certain, is_certain)

    @settings(max_examples=100, deadline=None)
    @given(
        st.sampled_from((secret(CANARY), secret_bytes(b"x" * 40), old_secret(CANARY))),
        st.data(),
    )
    def test_a_damaged_value_is_none_a_problem_or_another_text(
        self, text: str, data: st.DataObject
    ) -> None:
        place = data.draw(st.integers(0, len(text) - 1))
        new = data.draw(st.sampled_from("{}=A/x é"))
        try:
            decode(text[:place] + new + text[place + 1 :], "password", self.keys)
        except ValueProblem as problem:
            self.assertNotIn(CANARY, str(problem))


class _OtherKeys(JenkinsKeys):
    def __init__(self) -> None:
        super().__init__(Path("none"), Path("none"))

    def key(self, key_id: str) -> bytes:
        return key_material(f"other {key_id}")[:16]

    def oldest(self) -> bytes:
        return bytes(16)
