"""What `SecretInPass` returns of entries that the real `pass` wrote."""

from __future__ import annotations

import time
from typing import Any

import pyotp

from buildbot_keychain.errors import InvalidSecret
from tests.support.password_store.real_stores import PasswordStoreTestCase, gpg
from tests.support.reachable import reachable_text

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
URI = f"otpauth://totp/App:robot?secret={SECRET}&issuer=App"
ENTRY = f"correct horse: battery \nuser: alice\nurl:https://example.org:8443/\n{URI}\nnote\n"


class EntryTests(PasswordStoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.run_pass("init", "plain")

    async def test_the_parts_of_an_entry(self) -> None:
        self.insert("team/app", ENTRY)
        provider = self.provider()
        for path, value in (
            ("team/app", "correct horse: battery "),
            ("team/app|user", "alice"),
            ("team/app|url", "https://example.org:8443/"),
            ("team/app|*", ENTRY),
            ("team/app|correct horse", None),
            ("team/app|nothing", None),
            ("team/app|", None),
        ):
            self.assertEqual(await provider.get(path), value, path)

    async def test_a_one_time_code(self) -> None:
        self.insert("app", ENTRY)
        expected = pyotp.TOTP(SECRET)
        before = time.time()
        code = await self.provider().get("app|otp")
        self.assertIn(code, {expected.at(int(before)), expected.at(int(time.time()))})

    async def test_an_entry_without_a_uri_has_no_code(self) -> None:
        self.insert("app", "x\notp: 123456\n")
        self.assertIsNone(await self.provider().get("app|otp"))

    async def test_codes_that_cannot_be_computed(self) -> None:
        for uri in ("otpauth://hotp/a?secret=JBSWY3DPEHPK3PXP", "otpauth://totp/a?secret=0189"):
            self.insert("app", f"x\n{uri}\n")
            failure: Any = await self.assertFailure(self.provider().get("app|otp"), InvalidSecret)
            self.assertIn("otpauth://", str(failure))
            self.assertEqual(await self.provider().get("app"), "x")
            self.assertNotIn(uri[-8:], reachable_text(failure))

    async def test_the_text_is_as_pass_shows_it(self) -> None:
        for number, content in enumerate(
            (
                "",
                "\n",
                "one",
                "пароль 🔑\n",
                "a\r\nb: c\r\n",
                "x\n---\nk: v\nl:\n  - 1\n",
                "\u2028x\x0by",
            )
        ):
            self.insert(f"e{number}", content)
            self.assertEqual(await self.provider().get(f"e{number}|*"), content)

    async def test_a_name_that_is_not_an_entry_is_not_held(self) -> None:
        self.insert("team/app", "x\n")
        self.insert("team/deep/er", "x\n")
        (self.dir.parent / "outside.gpg").write_bytes((self.dir / "team/app.gpg").read_bytes())
        provider = self.provider()
        for name in ("team", "team/", "", "/", ".", "nobody", "../outside", "team/../team/app"):
            for field in ("", "|*", "|otp"):
                self.assertIsNone(await provider.get(name + field), name + field)
        for name in (
            "/team/app",
            "team/app.gpg",
            ".gpg-id",
            "team/app/x",
            "team//app",
            "team/app\0",
        ):
            self.assertIsNone(await provider.get(name), name)

    async def test_bytes_that_are_not_text_are_an_error(self) -> None:
        self.encrypt("blob", b"s3cr3t\xff\n", "-r", "plain")
        failure: Any = await self.assertFailure(self.provider().get("blob"), InvalidSecret)
        self.assertIn("base64", str(failure))
        self.assertNotIn("s3cr3t", reachable_text(failure))

    async def test_old_entries_of_gopass_are_an_error(self) -> None:
        self.insert("old", "GOPASS-SECRET-1.0\nPassword: x\n\n")
        failure: Any = await self.assertFailure(self.provider().get("old"), InvalidSecret)
        self.assertIn("gopass", str(failure))

    async def test_a_damaged_file_is_an_error(self) -> None:
        self.insert("good", "s3cr3t" * 100)
        encrypted = (self.dir / "good.gpg").read_bytes()
        flipped = bytearray(encrypted)
        flipped[-30] ^= 1
        for content, problem in (
            (bytes(flipped), "damaged"),
            (encrypted[:-50], "damaged"),
            (b"password\n", "not one that gpg encrypted"),
            (b"", "not one that gpg encrypted"),
            (gpg(self.gnupg_home, "--store", given=b"s3cr3t"), "not one that gpg encrypted"),
        ):
            self.write("bad", content)
            failure: Any = await self.assertFailure(self.provider().get("bad"), InvalidSecret)
            self.assertIn(problem, str(failure))
            self.assertNotIn("s3cr3t", reachable_text(failure))

    async def test_an_entry_that_is_too_large_when_decrypted(self) -> None:
        self.encrypt("bomb", b"\0" * (8 << 20), "-r", "plain")
        self.assertLess((self.dir / "bomb.gpg").stat().st_size, 20_000)
        failure: Any = await self.assertFailure(self.provider().get("bomb"), InvalidSecret)
        self.assertIn("larger than 1 MiB", str(failure))
        self.insert("longest", "x" * 1_000_000)
        self.assertEqual(await self.provider().get("longest"), "x" * 1_000_000)
