from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from buildbot_keychain.providers.password_store._errors import GpgError, GpgStopped, GpgTimeout
from buildbot_keychain.providers.password_store._keyring import Keyring
from buildbot_keychain.providers.password_store._plaintext import LONGEST_PLAINTEXT
from buildbot_keychain.providers.password_store._status import Outcome, outcome
from tests.support.password_store.real_stores import PASSPHRASE, GnupgTestCase, gpg


class KeyringTests(GnupgTestCase):
    """With a real gpg."""

    def setUp(self) -> None:
        super().setUp()
        self.keyring = Keyring(str(self.gnupg_home))
        self.addCleanup(self.keyring.close)

    def encrypted(self, name: str, text: bytes = b"text") -> bytes:
        return gpg(self.gnupg_home, "--encrypt", "-r", name, given=text)

    def decrypt(
        self, encrypted: bytes, passphrase: str | None = None, seconds: float = 30
    ) -> tuple[bytes, Outcome]:
        expires = time.monotonic() + seconds
        text, statuses = self.keyring.decrypt(encrypted, passphrase, expires)
        return text, outcome(statuses)

    def test_decrypt(self) -> None:
        for name, passphrase, expected in (
            ("plain", None, (b"text", Outcome.DECRYPTED)),
            ("plain", "not needed", (b"text", Outcome.DECRYPTED)),
            ("locked", PASSPHRASE, (b"text", Outcome.DECRYPTED)),
            ("locked", None, (b"", Outcome.LOCKED)),
            ("locked", "wrong", (b"", Outcome.WRONG_PASSPHRASE)),
        ):
            self.assertEqual(self.decrypt(self.encrypted(name), passphrase), expected)
        self.assertEqual(self.decrypt(b"not encrypted"), (b"", Outcome.NOT_ENCRYPTED))

    def test_a_large_text_is_cut(self) -> None:
        text, _ = self.decrypt(self.encrypted("plain", b"\0" * (4 * LONGEST_PLAINTEXT)))
        self.assertGreater(len(text), LONGEST_PLAINTEXT)
        self.assertLessEqual(len(text), 2 * LONGEST_PLAINTEXT)

    def test_has_key_for(self) -> None:
        for recipients, found in ((["nobody", "plain"], True), (["nobody"], False)):
            self.assertIs(self.keyring.has_key_for(recipients, time.monotonic() + 30), found)

    def test_a_gpg_that_hangs(self) -> None:
        encrypted = self.encrypted("plain")
        self.decrypt(encrypted)
        self.replace_gpg("exec sleep 600")
        error = self.assertRaises(GpgTimeout, self.decrypt, encrypted, seconds=0.2)
        self.assertEqual(str(error), "gpg did not finish in time and was killed")

    def test_a_gpg_that_ends_early(self) -> None:
        self.decrypt(self.encrypted("plain"))
        self.replace_gpg("exit 2")
        error = self.assertRaises(GpgError, self.decrypt, b"x" * 1_000_000)
        self.assertIn("gpg ended early (", str(error))

    def test_stopping_ends_what_runs_and_what_comes_later(self) -> None:
        encrypted = self.encrypted("plain")
        self.decrypt(encrypted)
        started = self.base / "started"
        self.replace_gpg(f"echo >{started}; exec sleep 600")
        errors: list[Any] = []

        def run(work: Callable[[], object]) -> None:
            try:
                work()
            except GpgError as error:
                errors.append(error)

        thread = threading.Thread(target=run, args=(lambda: self.decrypt(encrypted),))
        thread.start()
        while not started.exists():
            time.sleep(0.01)
        self.keyring.close()
        thread.join()
        run(lambda: self.decrypt(encrypted))
        self.assertEqual([type(error) for error in errors], [GpgStopped] * 2)
