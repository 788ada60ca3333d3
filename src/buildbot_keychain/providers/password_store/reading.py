"""`Reading`: one entry, found, decrypted, and told of in our words where that fails. It blocks.

A store that git or `pass` is writing to may show half of a file: where one does not decrypt and has
changed meanwhile, it is read again.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.password_store import entry as entries
from buildbot_keychain.providers.password_store import one_time
from buildbot_keychain.providers.password_store.keyring import (
    LONGEST_PLAINTEXT,
    GpgFailed,
    Keyring,
)
from buildbot_keychain.providers.password_store.status import (
    Outcome,
    Status,
    error_numbers,
    key_ids,
    outcome,
)
from buildbot_keychain.providers.password_store.store import PasswordStore

_CHANGES = 5

Trouble = tuple[type[ProviderError], str]
"""The error to raise, and its reason."""

_TROUBLES: dict[Outcome, Trouble] = {
    Outcome.NOT_THE_PASSPHRASE: (
        AccessDenied,
        (
            "the passphrase does not open the private key for {file} (key {keys}); "
            "correct gpgPassphrase, or what the gpg-agent of {home} remembers"
        ),
    ),
    Outcome.LOCKED: (
        AccessDenied,
        (
            "the private key for {file} (key {keys}) is locked; give its passphrase as "
            "gpgPassphrase, or unlock it in the gpg-agent of {home}"
        ),
    ),
    Outcome.NO_PRIVATE_KEY: (
        AccessDenied,
        (
            "{home} holds no private key for {file} (key {keys}{said}); import one with "
            "`gpg --import`, or encrypt the entry for one that is there with `pass init`"
        ),
    ),
    Outcome.DAMAGED: (
        InvalidSecret,
        ("{file} is damaged; restore it, for example with `pass git checkout`"),
    ),
    Outcome.NOT_ENCRYPTED: (
        InvalidSecret,
        "{file} is not a file that gpg encrypted; write it with `pass insert`",
    ),
    Outcome.FAILED: (
        ProviderError,
        ("gpg cannot decrypt {file} (libgpg-error: {numbers}); to see why, run: {command}"),
    ),
}


@dataclass(frozen=True, repr=False)
class Found:
    """What came of it: an entry, or what went wrong; neither where there is no such entry.

    :param text: the whole entry.
    :param code: its one-time code at that moment, where it has such a thing.
    :param no_code: why it has none, although it seems to have one.
    :param trouble: what went wrong.
    """

    text: str | None = None
    code: str | None = None
    no_code: str = ""
    trouble: Trouble | None = None

    def part(self, field: str | None) -> str | None:
        """Give what a name asks for: the password, or a field."""
        if self.text is None or field == entries.WHOLE:
            return self.text
        if field == entries.ONE_TIME:
            return self.code
        return entries.password(self.text) if field is None else entries.field(self.text, field)


class Reading:
    """A reading of the entry `entry`.

    :param dirname: the directory of the store.
    :param keyring: decrypts.
    :param provider: the provider's name.
    :param entry: the entry, without a field.
    """

    def __init__(self, dirname: str, keyring: Keyring, provider: str, entry: str) -> None:
        self._dirname = dirname
        self._keyring = keyring
        self._provider = provider
        self._entry = entry

    def found(self, passphrase: str | None, expires: float) -> Found:
        """Read, now.

        :param passphrase: that of the key; ``None`` where none was given.
        :param expires: when to give up, in seconds of ``time.monotonic``.
        """
        try:
            return self._found(passphrase, expires)
        except ProviderError as error:
            return Found(trouble=(type(error), error.reason))
        except GpgFailed as error:
            kind = ProviderUnavailable if error.in_time else DeadlineExceeded
            return Found(trouble=(kind, str(error)))

    def _found(self, passphrase: str | None, expires: float) -> Found:
        store = PasswordStore(self._dirname, self._provider, self._entry)
        encrypted = store.encrypted(self._entry)
        for _ in range(_CHANGES):
            if encrypted is None:
                return Found()
            data, statuses = self._keyring.decrypt(encrypted, passphrase, expires)
            if outcome(statuses) is Outcome.DECRYPTED:
                return self._text(data, store)
            before, encrypted = encrypted, store.encrypted(self._entry)
            if encrypted == before:
                break
        return Found(trouble=self._trouble(statuses, store))

    def _text(self, data: bytes, store: PasswordStore) -> Found:
        file = store.file(self._entry)
        if len(data) > LONGEST_PLAINTEXT:
            reason = f"{file} is larger than 1 MiB when decrypted; keep it elsewhere"
            return Found(trouble=(InvalidSecret, reason))
        text = data.decode("utf-8", "replace")
        if text.encode("utf-8") != data:
            reason = f"{file} does not hold UTF-8 text; store it in base64"
            return Found(trouble=(InvalidSecret, reason))
        if not entries.is_readable(text):
            reason = f"{file} is in the format of gopass 1.10 to 1.12; rewrite it: gopass edit"
            return Found(trouble=(InvalidSecret, reason))
        uri = entries.one_time_uri(text)
        try:
            return Found(text, uri and one_time.code(uri, time.time()))
        except one_time.NoCode as error:
            return Found(text, no_code=f"{file}: {error}")

    def _trouble(self, statuses: Sequence[Status], store: PasswordStore) -> Trouble:
        nearest = store.nearest_gpg_id(self._entry)
        file, home = store.file(self._entry), self._keyring.home.path
        words = {
            "file": file,
            "home": home,
            "command": f"gpg --homedir {shlex.quote(home)} --decrypt {shlex.quote(file)}",
            "keys": ", ".join(key_ids(statuses)) or "of no name",
            "said": f"; {nearest[0]} names {', '.join(nearest[1])}" if nearest else "",
            "numbers": ", ".join(map(str, error_numbers(statuses))) or "none",
        }
        kind, reason = _TROUBLES[outcome(statuses)]
        return kind, reason.format(**words)
