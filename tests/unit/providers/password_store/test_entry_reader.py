from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pyotp

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.password_store._entry import ONE_TIME, Entry
from buildbot_keychain.providers.password_store._entry_reader import EntryReader
from buildbot_keychain.providers.password_store._errors import GpgError, GpgStopped, GpgTimeout
from buildbot_keychain.providers.password_store._one_time import OneTimeCodeError
from tests.support.password_store.fake_keyring import FakeStoreTestCase

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ID = "F78CA4C644546B5A"


def failed(number: int) -> list[tuple[str, str]]:
    return [("ENC_TO", f"{ID} 1 0"), ("ERROR", f"pkdecrypt_failed {number}")]


class ReaderCase(FakeStoreTestCase):
    def read(self, name: str = "token") -> Entry | None:
        keyring: Any = self.keyring
        return EntryReader(str(self.dir), keyring, "pass").read(name, None, time.monotonic() + 9)

    def error(self, kind: type[ProviderError], name: str = "token") -> str:
        error = self.assertRaises(ProviderError, self.read, name)
        self.assertIs(type(error), kind)
        self.assertEqual((error.provider, error.path), ("pass", name))
        return str(error.reason)


class ReadTests(ReaderCase):
    def test_an_entry(self) -> None:
        self.put("team/token", b"1", b"password\nuser: alice\n")
        self.assertEqual(self.read("team/token"), Entry("password\nuser: alice\n"))

    def test_an_entry_that_does_not_exist(self) -> None:
        self.assertIsNone(self.read())
        self.assertEqual(self.keyring.decrypted, [])

    def test_an_entry_that_changes_while_it_is_read_is_read_again(self) -> None:
        damaged = [("DECRYPTION_KEY", "x")]
        file = self.put("token", b"half", damaged)
        real = self.keyring.decrypt

        def decrypt_then_replace(*arguments: Any) -> Any:
            result = real(*arguments)
            file.write_bytes(b"whole")
            return result

        self.patch(self.keyring, "decrypt", decrypt_then_replace)
        self.keyring.results[b"whole"] = b"password\n"
        self.assertEqual(self.read(), Entry("password\n"))
        self.assertEqual(self.keyring.decrypted, [b"half", b"whole"])

    def test_an_entry_that_is_removed_while_it_is_read(self) -> None:
        file = self.put("token", b"half")

        def fail_and_remove(*_: object) -> Any:
            file.unlink()
            return b"", [("NODATA", "1")]

        self.patch(self.keyring, "decrypt", fail_and_remove)
        self.assertIsNone(self.read())

    def test_one_time_codes(self) -> None:
        self.put("token", b"1", f"x\notpauth://totp/a?secret={SECRET}\n".encode())
        before = time.time()
        entry = self.read()
        expected = {pyotp.TOTP(SECRET).at(int(at)) for at in (before, time.time())}
        self.assertIn(entry and entry.value(ONE_TIME), expected)
        self.put("token", b"2", b"x\notpauth://hotp/a?secret=s3cr3t\n")
        entry = self.read()
        assert entry
        self.assertEqual(entry.value(None), "x")
        error = self.assertRaises(OneTimeCodeError, entry.value, ONE_TIME)
        self.assertIn("its otpauth:// line is counter-based", str(error))


class FailureTests(ReaderCase):
    def test_each_outcome(self) -> None:
        file = self.put("token", b"1")
        gpg_id = self.dir / ".gpg-id"
        gpg_id.write_text("alice\nbob\n")
        for statuses, kind, reason in (
            (
                failed(11),
                AccessDenied,
                (
                    f"the passphrase does not unlock the private key for {file} (key {ID}); "
                    "correct gpgPassphrase, or what the gpg-agent of /home/keys has cached"
                ),
            ),
            (
                failed(85),
                AccessDenied,
                (
                    f"the private key for {file} (key {ID}) is locked; give its passphrase as "
                    "gpgPassphrase, or unlock it in the gpg-agent of /home/keys"
                ),
            ),
            (
                [("ENC_TO", f"{ID} 1 0"), ("NO_SECKEY", ID)],
                AccessDenied,
                (
                    f"/home/keys has no private key for {file} "
                    f"(key {ID}; {gpg_id} names alice, bob); import one with `gpg --import`"
                ),
            ),
            ([("DECRYPTION_KEY", "x")], InvalidSecret, "its file is damaged; restore it"),
            ([("NODATA", "1")], InvalidSecret, "its file is not one that gpg encrypted"),
            (
                [*failed(67109137), ("BEGIN_DECRYPTION", "")],
                ProviderError,
                (
                    f"gpg cannot decrypt {file} (libgpg-error: 273); to see why, run: "
                    f"gpg --homedir /home/keys --decrypt {file}"
                ),
            ),
        ):
            self.keyring.results[b"1"] = statuses
            self.assertIn(reason, self.error(kind))

    def test_a_hidden_recipient(self) -> None:
        self.put("token", b"1", [("ENC_TO", "0" * 16 + " 1 0"), ("NO_SECKEY", "0" * 16)])
        message = self.error(AccessDenied)
        self.assertIn("no private key in /home/keys that is unlocked decrypts", message)
        self.assertIn("give the right passphrase as gpgPassphrase", message)

    def test_gpg_itself_fails(self) -> None:
        for raised, kind in (
            (GpgError("gpg cannot be run"), ProviderUnavailable),
            (GpgStopped(), ProviderUnavailable),
            (GpgTimeout(), DeadlineExceeded),
        ):
            self.put("token", b"1", raised)
            self.assertEqual(self.error(kind), str(raised))

    def test_texts_that_cannot_be_used(self) -> None:
        for text, reason in (
            (b"x" * ((1 << 20) + 1), "is larger than 1 MiB when decrypted; keep it elsewhere"),
            (b"s3cr3t\xff\n", "is not UTF-8 text when decrypted; store it in base64"),
            (b"GOPASS-SECRET-1.0\nx: y\n", "is in the format of gopass 1.10 to 1.12; rewrite it"),
        ):
            self.put("token", b"1", text)
            self.assertIn(f"its file {reason}", self.error(InvalidSecret))

    def test_a_store_that_does_not_exist(self) -> None:
        self.dir = Path(self.mktemp())
        self.assertIn(str(self.dir), self.error(ProviderUnavailable))
