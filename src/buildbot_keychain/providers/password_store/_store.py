"""`PasswordStore`: the files of a password store, still encrypted, as they are right now.

The layout is that of pass(1) and gopass: ``team/token`` is the file ``team/token.gpg``, and the
nearest ``.gpg-id`` above it names the keys that it is encrypted for. In a store of age, as passage
and gopass make it, it is ``team/token.age``. `SecretDirectory` opens the
files and checks their permissions. Everything here blocks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from buildbot_keychain.providers.files import SecretDirectory

_GPG_ID = ".gpg-id"
GPG, AGE = ".gpg", ".age"
"""What the names of entries' files end with."""


class GpgId(NamedTuple):
    """A ``.gpg-id`` file: its path, and the keys and groups that it names."""

    path: str
    keys: list[str]


class PasswordStore:
    """The store in the directory `dirname`, for one lookup or one check.

    :param dirname: the directory; may be a symbolic link.
    :param provider: the provider's name, for errors.
    :param path: what was asked for, for errors.
    :param suffix: `GPG` or `AGE`.
    :raise ProviderUnavailable: when the directory does not exist.
    :raise AccessDenied: when other users can list it or write to it.
    """

    def __init__(self, dirname: str, provider: str, path: str, suffix: str = GPG) -> None:
        self._dirname = dirname
        self._suffix = suffix
        self._directory = SecretDirectory(dirname, provider, path, modes_below_matter=False)

    def encrypted(self, entry: str) -> bytes | None:
        """Return the encrypted content of `entry`, or ``None`` when it does not exist."""
        return self._directory.content(entry + self._suffix)

    def file(self, entry: str) -> str:
        """Return the path of the file of `entry`, for messages."""
        return os.path.join(self._dirname, entry + self._suffix)

    def entries(self) -> Iterator[str]:
        """Yield the names of the entries."""
        for folder, files in self._folders():
            for file in sorted(files):
                if file.endswith(self._suffix) and not file.startswith("."):
                    yield os.path.join(folder, file).removesuffix(self._suffix)

    def nearest_gpg_id(self, entry: str) -> GpgId | None:
        """Return the ``.gpg-id`` that applies to `entry`."""
        folder = entry
        while folder:
            folder = os.path.dirname(folder)
            found = self._gpg_id(os.path.join(folder, _GPG_ID))
            if found is not None:
                return found
        return None

    def gpg_ids(self) -> Iterator[GpgId]:
        """Yield each ``.gpg-id`` of the store."""
        for folder, files in self._folders():
            if _GPG_ID in files:
                found = self._gpg_id(os.path.join(folder, _GPG_ID))
                if found is not None:
                    yield found

    def problems(self) -> Iterator[str]:
        """Yield, each once, the reasons why files of the store would not be read."""
        return self._directory.problems((self._suffix,))

    def _folders(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each folder that is not hidden, below the store's directory, and its files."""
        for folder, folders, files in os.walk(self._dirname):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            below = os.path.relpath(folder, self._dirname)
            yield "" if below == os.curdir else below, files

    def _gpg_id(self, file: str) -> GpgId | None:
        content = self._directory.content(file)
        if content is None:
            return None
        lines = content.decode("utf-8", "replace").splitlines()
        keys = [key for line in lines if (key := line.partition("#")[0].strip())]
        return GpgId(os.path.join(self._dirname, file), keys)


def may_be_an_entry(name: str) -> bool:
    """Return whether `name` can be that of an entry: relative, downwards, not hidden."""
    return all(part and not part.startswith(".") for part in name.split("/"))
