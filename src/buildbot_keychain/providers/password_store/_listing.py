"""`password_store_values`: whole entries of a store, for an import. Blocks.

gpg's keys must have no passphrase, or be unlocked in the agent of their home.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

from buildbot_keychain.providers.password_store._age_reader import AgeReader
from buildbot_keychain.providers.password_store._entry import Entry
from buildbot_keychain.providers.password_store._entry_reader import EntryReader
from buildbot_keychain.providers.password_store._keyring import Keyring
from buildbot_keychain.providers.password_store._store import AGE, GPG, PasswordStore

_PROVIDER = "pass"
_LONGEST = 45.0
"""Seconds that the decryption of one entry may take."""


def password_store_values(
    dirname: str, *, gnupg_home: str | None = None, age_key_file: str | None = None
) -> Iterator[tuple[str, Callable[[], str | None]]]:
    """Yield the name of each entry and a function that decrypts it: ``None`` if it is gone.

    That raises `ProviderError` for an entry that cannot be read. It must be called before the next
    name is asked for.

    :param dirname: the directory of the store.
    :param gnupg_home: the directory of the keys; by default ``$GNUPGHOME``, or ``~/.gnupg``.
    :param age_key_file: a private file of age identities, for a store that is encrypted with age.
    :raise ProviderError: when the store is missing or not trusted.
    """
    if age_key_file is not None:
        age = AgeReader(dirname, age_key_file, _PROVIDER)
        for name in PasswordStore(dirname, _PROVIDER, "", AGE).entries():
            yield name, partial(_whole, partial(age.read, name, None))
        return
    home = gnupg_home or os.environ.get("GNUPGHOME") or os.path.expanduser("~/.gnupg")
    with closing(Keyring(home)) as keyring:
        reader = EntryReader(dirname, keyring, _PROVIDER)
        for name in PasswordStore(dirname, _PROVIDER, "", GPG).entries():
            yield name, partial(_whole, partial(_decrypted, reader, name))


def _decrypted(reader: EntryReader, name: str) -> Entry | None:
    return reader.read(name, None, time.monotonic() + _LONGEST)


def _whole(read: Callable[[], Entry | None]) -> str | None:
    entry = read()
    return None if entry is None else entry.value("*")
