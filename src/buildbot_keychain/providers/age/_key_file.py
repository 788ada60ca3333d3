"""`read_identities`: the age identities that a provider is configured with."""

from __future__ import annotations

import os

from buildbot_keychain.errors import AccessDenied
from buildbot_keychain.providers.age._identities import AgeError, Identities
from buildbot_keychain.providers.files import SecretDirectory


def read_identities(provider: str, path: str, key_file: str, key: str | None) -> Identities:
    """Return the identities of `key`, or of the file where that is ``None``. Blocks.

    :param provider: the provider's name, for errors.
    :param path: what is looked up, for errors.
    :param key_file: the argument `age_key_file`: a file that nobody else can read.
    :param key: the argument `age_key`, rendered: the content of such a file.
    :raise AccessDenied: when there are none, or others can read the file.
    """
    source = "age_key"
    if key is None:
        source = key_file
        directory, file = os.path.split(os.path.abspath(source))
        content = SecretDirectory(directory, provider, path).content(file)
        if content is None:
            reason = f"{source} does not exist; create it with: age-keygen -o"
            raise AccessDenied(provider, path, reason)
        key = content.decode("utf-8", "replace")
    try:
        return Identities(key)
    except AgeError as error:
        raise AccessDenied(provider, path, f"{source} {error.reason}") from error
