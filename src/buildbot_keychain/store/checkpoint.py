"""`Checkpoint`: what the journal said up to an entry, in a file beside that of the last seen head.

Blocks. It spares whoever opens a store of very many secrets, such as each command, from verifying
the whole journal again. It is kept where who can write to it could replace the program as well, and
has a MAC of its own. Whatever is wrong with it, the journal is read from its beginning. It has the
names of secrets, so it is closed to others; and no value.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from buildbot_keychain.errors import StoreError
from buildbot_keychain.store.journal import JournalState
from buildbot_keychain.store.private_files import open_private

MANY = 5000
"""Entries of the journal after a checkpoint, from which on another is made."""

_MAX_SIZE = 1 << 30


class Checkpoint:
    """A file of one checkpoint.

    :param path: the file, in a directory that nobody else can write to.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path).absolute()

    def read(self, journal_key: bytes) -> JournalState:
        """Return what it says; the beginning of a journal where that cannot be used."""
        content = None
        with (
            contextlib.suppress(StoreError),
            open_private(self._path.parent, readable=True) as directory,
        ):
            content = directory.read(self._path.name, _MAX_SIZE)
        found = None if content is None else JournalState.from_checkpoint(journal_key, content)
        return JournalState(journal_key) if found is None else found

    def write(self, state: JournalState) -> None:
        """Replace it, if that can be done now."""
        with (
            contextlib.suppress(StoreError),
            open_private(self._path.parent, readable=True) as directory,
            directory.locked(),
        ):
            directory.replace(self._path.name, state.checkpoint())
