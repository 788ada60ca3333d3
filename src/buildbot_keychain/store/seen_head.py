"""`SeenHead`: the last head of the journal that somebody saw, in a file that is not the database's.

Blocks. A master keeps it in its base directory. It holds no secret, so others may read it; but who
can write to it can hide a roll-back.
"""

from __future__ import annotations

import re
from pathlib import Path

from buildbot_keychain.errors import StoreError
from buildbot_keychain.store.checkpoint import Checkpoint
from buildbot_keychain.store.journal import START, Head
from buildbot_keychain.store.private_files import PrivateDirectory, open_private

_FIRST = b"buildbot-keychain seen 1\n"
_FORM = re.compile(_FIRST + rb"([0-9a-f]{32}) (0|[1-9][0-9]{0,18}) ([0-9a-f]{64})\n")
_MAX_SIZE = 1000


class SeenHead:
    """A file of one head.

    :param path: the file, in a directory that nobody else can write to.
    :ivar checkpoint: what the journal said up to that head or an earlier one.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path).absolute()
        self.checkpoint = Checkpoint(self._path.with_name(f"{self._path.name}.journal"))

    def read(self, store_id: bytes) -> Head:
        """Return the head that was seen last; the start of a journal where there is no file.

        :raise StoreError: when the file is damaged, open to others, or of another store.
        """
        with open_private(self._path.parent, readable=True) as directory:
            return self._read(directory, store_id)

    def advance(self, store_id: bytes, head: Head) -> None:
        """Keep a head, unless a later one is kept: others may have seen more.

        :raise StoreError: when it cannot be written.
        """
        with open_private(self._path.parent, readable=True) as directory, directory.locked():
            if head.seq > self._read(directory, store_id).seq:
                self._write(directory, store_id, head)

    def accept(self, store_id: bytes, head: Head) -> None:
        """Keep a head in place of whatever was seen: a roll-back is meant.

        :raise StoreError: when it cannot be written.
        """
        with open_private(self._path.parent, readable=True) as directory, directory.locked():
            self._write(directory, store_id, head)

    def _read(self, directory: PrivateDirectory, store_id: bytes) -> Head:
        content = directory.read(self._path.name, _MAX_SIZE)
        if content is None:
            return START
        matched = _FORM.fullmatch(content)
        if matched is None:
            msg = (
                f"{self._path} is damaged; compare the store with its backup, then remove the file"
            )
            raise StoreError(msg)
        found, seq, mac = (part.decode("ascii") for part in matched.groups())
        if bytes.fromhex(found) != store_id:
            msg = (
                f"{self._path} is of the store {found}, and the database of the store "
                f"{store_id.hex()}: another database was put in its place; if that is meant, "
                "remove the file"
            )
            raise StoreError(msg)
        return Head(int(seq), bytes.fromhex(mac))

    def _write(self, directory: PrivateDirectory, store_id: bytes, head: Head) -> None:
        line = f"{store_id.hex()} {head.seq} {head.mac.hex()}\n"
        directory.replace(self._path.name, _FIRST + line.encode("ascii"))
