"""`FakeKeyring`: decrypts from a table, where a test needs no gpg."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from twisted.trial.unittest import TestCase

from buildbot_keychain.providers.password_store._errors import GpgError
from buildbot_keychain.providers.password_store._gnupg_home import GnupgHome
from buildbot_keychain.providers.password_store._status import Status

DECRYPTED = (("DECRYPTION_OKAY", ""),)

Decryption = bytes | Sequence[Status] | GpgError | Callable[[], bytes]


class FakeKeyring:
    """Stands in for a `Keyring`.

    :param results: by the encrypted content: the text, the statuses of a failure, the error to
        raise, or a function that returns the text.
    """

    def __init__(self, home: str, results: dict[bytes, Decryption]) -> None:
        self.home = GnupgHome(home)
        self.results = results
        self.decrypted: list[bytes] = []
        self.killed = False

    def decrypt(
        self, encrypted: bytes, passphrase: str | None, expires: float
    ) -> tuple[bytes, Sequence[Status]]:
        self.decrypted.append(encrypted)
        result = self.results[encrypted]
        if isinstance(result, GpgError):
            raise result
        if callable(result):
            result = result()
        if isinstance(result, bytes):
            return result, DECRYPTED
        return b"", result

    def kill(self) -> None:
        self.killed = True

    def close(self) -> None:
        pass


class FakeStoreTestCase(TestCase):
    """A store of files that a `FakeKeyring` decrypts."""

    def setUp(self) -> None:
        self.dir = Path(self.mktemp()).resolve()
        self.dir.mkdir(mode=0o700)
        self.keyring = FakeKeyring("/home/keys", {})

    def put(self, name: str, encrypted: bytes, decrypted: Decryption | None = None) -> Path:
        """Write the file of an entry; add what it decrypts to."""
        file = self.dir / f"{name}.gpg"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(encrypted)
        if decrypted is not None:
            self.keyring.results[encrypted] = decrypted
        return file
