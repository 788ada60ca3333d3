"""`Place`: where a store and its keys are, as a provider is configured. What is called here blocks.

Paths may be relative to a directory that is known later: the base directory of a Buildbot master.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote as url_quote

from buildbot_keychain.errors import KeychainError, KeyRingError, StoreError, StoreRolledBack
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.private_files import open_private
from buildbot_keychain.store.store import Keep
from buildbot_keychain.store.unlocking import Unlock, unwrappers_of

_LONGEST_NAME = 200
"""Characters of a master's name in the store."""

_ELSEWHERE = Path("/base")


@dataclass(frozen=True)
class Place:
    """Where a store and its keys are, but for the URL of its database, which may be a secret.

    :param key_file: the file of its keys.
    :param unlock: what opens them where they are wrapped.
    :param seen_file: the file of what was seen of the store last; ``None`` for none.
    :param keep: which versions of a secret are kept.
    :param directory: what relative paths are below; empty for the current one.
    """

    key_file: str
    unlock: tuple[Unlock, ...]
    seen_file: str | None
    keep: Keep
    directory: str = ""

    def open(self, url: str) -> OpenStore:
        """Open the store.

        :raise KeychainError: when it cannot be opened.
        """
        return OpenStore(
            url,
            self.keys,
            actor=self.master,
            unwrappers=unwrappers_of(self.unlock),
            keep=self.keep,
            seen=self.seen,
            directory=self.directory,
        )

    @property
    def keys(self) -> Path:
        """The file of the keys."""
        return Path(self.directory, self.key_file)

    @property
    def seen(self) -> Path | None:
        """The file of what was seen of the store last."""
        return None if self.seen_file is None else Path(self.directory, self.seen_file)

    @property
    def master(self) -> str:
        """What this process is called in the store, which is what Buildbot calls its master."""
        directory = os.path.abspath(self.directory or os.curdir)
        return f"{socket.gethostname()}:{directory}"[:_LONGEST_NAME]

    def problems(self, url: str | None) -> Iterator[str]:
        """Yield what is wrong with the files, which are not read, as sentences.

        Where the base directory is not known yet, those below it are not looked at.

        :param url: the URL, if it is known.
        """
        files = [("key ring", self.keys, _ELSEWHERE / self.key_file)]
        if url is not None:
            found, elsewhere = _file(url, self.directory), _file(url, _ELSEWHERE)
            if found is not None and elsewhere is not None:
                files.append(("database", found, elsewhere))
        for what, path, elsewhere in files:
            if self.directory or path == elsewhere:
                yield from _problems(what, path)

    def reason(self, error: KeychainError) -> str:
        """Return what is wrong with the store, and what to do about it here."""
        reason = str(error)
        if isinstance(error, StoreRolledBack):
            file = self.seen
            remedy = "start this process again" if file is None else f"remove {file.absolute()}"
            reason += f": {remedy}"
        elif isinstance(error, KeyRingError) and not self.unlock and "is wrapped for" in reason:
            reason += "; set unlock to what opens it"
        return reason


def default_seen_file(provider: str) -> str:
    """Return the name of the file of what a provider of that name has seen last."""
    return f"keychain-{url_quote(provider, safe='')}.seen"


def _file(url: str, directory: str | Path) -> Path | None:
    """Return the file of an SQLite database; ``None`` for another database."""
    database = Database(url, directory)
    database.close()
    return database.path


def _problems(what: str, path: Path) -> Iterator[str]:
    try:
        with open_private(path.parent) as directory:
            if not directory.has(path.name):
                yield (
                    f"the {what} {path} does not exist; restore it from its backup, or make a "
                    "store with: buildbot-keychain init"
                )
    except StoreError as error:
        yield str(error)
