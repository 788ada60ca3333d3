"""One file that holds secrets, by its path: accepted and refused as those of `SecretDirectory`."""

from __future__ import annotations

import os

from buildbot_keychain.errors import ProviderUnavailable
from buildbot_keychain.providers.files._directory import MAX_SIZE, SecretDirectory


def secret_content(filename: str, option: str, provider: str, path: str) -> bytes:
    """Give what the file `filename` holds, blocking; other users can neither read nor write it.

    :param option: the argument that the provider has it from, for errors.
    :param provider: the provider's name, for errors.
    :param path: what was asked for, for errors.
    :raise AccessDenied: when other users can, or we cannot.
    :raise ProviderUnavailable: when it is no regular file of at most `MAX_SIZE`, or is not there.
    """
    problem = f"{filename} is no regular file of at most {MAX_SIZE >> 20} MiB"
    try:
        os.stat(filename)
    except OSError as error:
        problem = f"cannot look at {filename}: {error.strerror}"
    else:
        directory, file = os.path.split(filename)
        content = SecretDirectory(directory or os.curdir, provider, path).content(file)
        if content is not None:
            return content
    raise ProviderUnavailable(provider, path, f"{problem}; create it or correct {option}")
