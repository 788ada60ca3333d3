"""`secret_content`: reads one file that holds secrets, by its path."""

from __future__ import annotations

import os

from buildbot_keychain.errors import ProviderUnavailable
from buildbot_keychain.providers.files._directory import MAX_SIZE, SecretDirectory


def secret_content(filename: str, option: str, provider: str, path: str) -> bytes:
    """Return the content of a file that no other user can read or write. Blocks.

    :param option: the argument of the provider that names the file, for errors.
    :param provider: the provider's name, for errors.
    :param path: what is looked up, for errors.
    :raise AccessDenied: when other users can read or write it, or this process cannot read it.
    :raise ProviderUnavailable: when it does not exist, or is not a regular file of at most
        `MAX_SIZE`.
    """
    try:
        os.stat(filename)
    except OSError as error:
        reason = f"cannot read {filename}: {error.strerror}; create it or correct {option}"
        raise ProviderUnavailable(provider, path, reason) from error
    directory, file = os.path.split(filename)
    content = SecretDirectory(directory or os.curdir, provider, path).content(file)
    if content is None:
        reason = (
            f"{filename} is not a regular file of at most {MAX_SIZE >> 20} MiB; "
            f"replace it or correct {option}"
        )
        raise ProviderUnavailable(provider, path, reason)
    return content
