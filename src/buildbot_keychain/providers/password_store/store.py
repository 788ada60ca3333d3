"""`PasswordStore`: the files of a password store, still encrypted, as they are right now.

The layout is that of pass(1) and gopass: ``team/token`` is the file ``team/token.gpg``, and the
``.gpg-id`` nearest above it names the keys that it is encrypted for. Files are opened, and their
permissions judged, by `SecretDirectory`. Everything here blocks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from buildbot_keychain.providers.files import SecretDirectory

_GPG_ID = ".gpg-id"
_SUFFIX = ".gpg"


class PasswordStore:
    """The store in the directory `dirname`, for one lookup or one check.

    :param dirname: the directory; may be a link.
    :param provider: the provider's name, for errors.
    :param path: what was asked for, for errors.
    :raise ProviderUnavailable: when there is no such directory.
    :raise AccessDenied: when other users can list it or write to it.
    """

    def __init__(self, dirname: str, provider: str, path: str) -> None:
        self._dirname = dirname
        self._directory = SecretDirectory(dirname, provider, path, modes_below_matter=False)

    def encrypted(self, entry: str) -> bytes | None:
        """Give the encrypted content of `entry`, or ``None`` where there is no such entry."""
        return self._directory.content(entry + _SUFFIX)

    def file(self, entry: str) -> str:
        """Give the path of the file of `entry`, for messages."""
        return os.path.join(self._dirname, entry + _SUFFIX)

    def nearest_gpg_id(self, entry: str) -> tuple[str, list[str]] | None:
        """Give the path of the ``.gpg-id`` that decides for `entry`, and the keys it names."""
        folder = entry
        while folder:
            folder = os.path.dirname(folder)
            found = self._gpg_id(os.path.join(folder, _GPG_ID))
            if found is not None:
                return found
        return None

    def gpg_ids(self) -> Iterator[tuple[str, list[str]]]:
        """Give each ``.gpg-id`` of the store: its path and the keys it names."""
        for folder, folders, files in os.walk(self._dirname):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if _GPG_ID in files:
                below = os.path.relpath(folder, self._dirname)
                found = self._gpg_id(os.path.normpath(os.path.join(below, _GPG_ID)))
                if found is not None:
                    yield found

    def refusals(self) -> Iterator[str]:
        """Say, each thing once, why what is in the store would be refused."""
        return self._directory.refusals((_SUFFIX,))

    def _gpg_id(self, file: str) -> tuple[str, list[str]] | None:
        content = self._directory.content(file)
        if content is None:
            return None
        lines = content.decode("utf-8", "replace").splitlines()
        keys = [key for line in lines if (key := line.partition("#")[0].strip())]
        return os.path.join(self._dirname, file), keys


def may_be_an_entry(name: str) -> bool:
    """Tell whether `name` could be that of an entry: downwards, and not hidden."""
    return all(part and not part.startswith(".") for part in name.split("/"))
