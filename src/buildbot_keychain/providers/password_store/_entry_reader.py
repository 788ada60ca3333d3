"""`EntryReader`: reads one entry and decrypts it with gpg, or explains why that fails. It blocks.

While git or `pass` writes to a store, a file may be incomplete: one that does not decrypt and has
changed meanwhile is read again.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.password_store._entry import Entry
from buildbot_keychain.providers.password_store._errors import GpgError, GpgTimeout
from buildbot_keychain.providers.password_store._keyring import Keyring
from buildbot_keychain.providers.password_store._plaintext import parse_plaintext
from buildbot_keychain.providers.password_store._status import (
    Outcome,
    Status,
    error_numbers,
    key_ids,
    outcome,
)
from buildbot_keychain.providers.password_store._store import PasswordStore

_ATTEMPTS = 5

_FAILURES: dict[Outcome, tuple[type[ProviderError], str]] = {
    Outcome.WRONG_PASSPHRASE: (
        AccessDenied,
        (
            "the passphrase does not unlock the private key for {file} (key {keys}); "
            "correct gpgPassphrase, or what the gpg-agent of {home} has cached"
        ),
    ),
    Outcome.LOCKED: (
        AccessDenied,
        (
            "the private key for {file} (key {keys}) is locked; give its passphrase as "
            "gpgPassphrase, or unlock it in the gpg-agent of {home}"
        ),
    ),
    Outcome.HIDDEN: (
        AccessDenied,
        (
            "no private key in {home} that is unlocked decrypts {file}, and it does not say for "
            "whom it is encrypted; give the right passphrase as gpgPassphrase, unlock the key in "
            "the gpg-agent of {home}, or import it with `gpg --import`"
        ),
    ),
    Outcome.NO_PRIVATE_KEY: (
        AccessDenied,
        (
            "{home} has no private key for {file} (key {keys}{named}); import one with "
            "`gpg --import`, or encrypt the entry for a key that is there with `pass init`"
        ),
    ),
    Outcome.DAMAGED: (
        InvalidSecret,
        "its file is damaged; restore it, for example with `pass git checkout`",
    ),
    Outcome.NOT_ENCRYPTED: (
        InvalidSecret,
        "its file is not one that gpg encrypted; write it with `pass insert`",
    ),
    Outcome.FAILED: (
        ProviderError,
        "gpg cannot decrypt {file} (libgpg-error: {numbers}); to see why, run: {command}",
    ),
}


class EntryReader:
    """Reads the entries of one store with one keyring.

    :param dirname: the directory of the store.
    :param keyring: the keys that decrypt it.
    :param provider: the provider's name, for errors.
    """

    def __init__(self, dirname: str, keyring: Keyring, provider: str) -> None:
        self._dirname = dirname
        self._keyring = keyring
        self._provider = provider

    def read(self, name: str, passphrase: str | None, expires: float) -> Entry | None:
        """Return the entry `name`, or ``None`` when the store does not hold it.

        :param passphrase: the passphrase of the private key; ``None`` when none was given.
        :param expires: when to give up, in seconds of ``time.monotonic``.
        :raise ProviderError: when it cannot be read or decrypted.
        """
        store = PasswordStore(self._dirname, self._provider, name)
        encrypted = store.encrypted(name)
        statuses: Sequence[Status] = ()
        for _ in range(_ATTEMPTS):
            if encrypted is None:
                return None
            text, statuses = self._decrypt(name, encrypted, passphrase, expires)
            if outcome(statuses) is Outcome.DECRYPTED:
                return parse_plaintext(self._provider, name, text)
            before, encrypted = encrypted, store.encrypted(name)
            if encrypted == before:
                break
        raise self._failure(name, statuses, store)

    def _decrypt(
        self, name: str, encrypted: bytes, passphrase: str | None, expires: float
    ) -> tuple[bytes, Sequence[Status]]:
        try:
            return self._keyring.decrypt(encrypted, passphrase, expires)
        except GpgTimeout as error:
            raise DeadlineExceeded(self._provider, name, str(error)) from error
        except GpgError as error:
            raise ProviderUnavailable(self._provider, name, str(error)) from error

    def _failure(
        self, name: str, statuses: Sequence[Status], store: PasswordStore
    ) -> ProviderError:
        gpg_id = store.nearest_gpg_id(name)
        file, home = store.file(name), self._keyring.home.path
        facts = {
            "file": file,
            "home": home,
            "command": f"gpg --homedir {shlex.quote(home)} --decrypt {shlex.quote(file)}",
            "keys": ", ".join(key_ids(statuses)) or "id hidden",
            "named": f"; {gpg_id.path} names {', '.join(gpg_id.keys)}" if gpg_id else "",
            "numbers": ", ".join(map(str, error_numbers(statuses))) or "none",
        }
        kind, reason = _FAILURES[outcome(statuses)]
        return kind(self._provider, name, reason.format(**facts))
