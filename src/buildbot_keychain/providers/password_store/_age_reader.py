"""`AgeReader`: reads one entry and decrypts it with age, or explains why that fails. It blocks.

The stores are those of passage (https://github.com/FiloSottile/passage) and of gopass with age.
"""

from __future__ import annotations

from collections.abc import Iterator

from buildbot_keychain.errors import AccessDenied
from buildbot_keychain.providers.age import read_identities
from buildbot_keychain.providers.password_store._entry import Entry
from buildbot_keychain.providers.password_store._plaintext import parse_plaintext
from buildbot_keychain.providers.password_store._store import AGE, PasswordStore


class AgeReader:
    """Reads the entries of one store with age identities.

    :param dirname: the directory of the store.
    :param key_file: a private file of identities.
    :param provider: the provider's name, for errors.
    """

    def __init__(self, dirname: str, key_file: str, provider: str) -> None:
        self._dirname = dirname
        self._key_file = key_file
        self._provider = provider

    def read(self, name: str, key: str | None) -> Entry | None:
        """Return the entry `name`, or ``None`` when the store does not hold it.

        :param key: the content of a file of identities, in place of the configured file.
        :raise ProviderError: when it cannot be read or decrypted.
        """
        store = PasswordStore(self._dirname, self._provider, name, AGE)
        encrypted = store.encrypted(name)
        if encrypted is None:
            return None
        identities = read_identities(self._provider, name, self._key_file, key)
        content = identities.decrypt(encrypted)
        if content is None:
            left_out = f" (of the key file, {identities.unsupported})"
            reason = (
                f"none of the configured age identities ({len(identities)}) decrypts "
                f"{store.file(name)}{left_out if identities.unsupported else ''}; encrypt it for "
                "the master's key, or restore it if it is damaged"
            )
            raise AccessDenied(self._provider, name, reason)
        return parse_plaintext(self._provider, name, content)

    def problems(self, key: str | None, *, with_key: bool) -> Iterator[str]:
        """Yield why entries would not be read.

        :param with_key: whether the identities are known, to try whether one opens any entry.
        :raise ProviderError: when nothing can be read.
        """
        store = PasswordStore(self._dirname, self._provider, "", AGE)
        yield from store.problems()
        if not with_key:
            return
        identities = read_identities(self._provider, "", self._key_file, key)
        names = list(store.entries())
        contents = (store.encrypted(name) for name in names)
        if names and not any(c and identities.decrypt(c) is not None for c in contents):
            yield (
                f"none of the configured age identities ({len(identities)}) decrypts any entry of "
                f"{self._dirname}; encrypt some for the master's key"
            )
