"""`RingFile`: where a key ring is kept. Blocks.

Contract: **a ring is created by `create` alone, and only where there is none.** A file that is
missing, damaged, locked or open to others is an error that says what to do; nothing makes a key in
its place, as what is sealed opens with the keys that it was sealed with. What `private_files` says
of files holds for this one. It never stands beside the database that it opens, unless that is
forced: whoever copies the directory would have both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from buildbot_keychain.errors import KeyRingError
from buildbot_keychain.store._ring_text import MAX_SIZE, Wrap, parse
from buildbot_keychain.store.private_files import PrivateDirectory, open_private
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.wraps import Unwrapper

T = TypeVar("T")


class RingFile:
    """A file of keys.

    :param path: the file, in a directory of mode 0700.
    :param unwrappers: what opens its keys where they are wrapped.
    """

    def __init__(self, path: str | Path, unwrappers: Sequence[Unwrapper] = ()) -> None:
        self.path = Path(path).absolute()
        self._unwrappers = unwrappers

    def read(self) -> KeyRing:
        """Return the ring.

        :raise KeyRingError: when it is missing, damaged, open to others, or does not open.
        """
        with self._directory() as directory:
            return self._read(directory)

    def wraps(self) -> tuple[Wrap, ...]:
        """Return for whom the keys are wrapped; nobody where they are not.

        They are not opened, so what is returned is not verified.

        :raise KeyRingError: when it is missing, damaged in its form, or open to others.
        """
        with self._directory() as directory:
            text, _ = self._parsed(parse, self._content(directory))
            return text.wraps

    def create(self, ring: KeyRing) -> None:
        """Write a ring where there is none.

        :raise KeyRingError: when there is something already, or it cannot be written.
        """
        with self._directory() as directory, directory.locked():
            try:
                directory.create(self.path.name, ring.to_bytes())
            except FileExistsError as error:
                msg = f"there is a file {self.path} already; it is not replaced"
                raise KeyRingError(msg) from error

    def update(self, change: Callable[[KeyRing], KeyRing]) -> KeyRing:
        """Replace the ring by what `change` makes of it, and return that.

        It is on the disk when this returns. Nobody else changes the file in the meantime, and
        nothing is written if `change` raises, or returns the ring that it was given.

        :raise KeyRingError: when it is missing, damaged, open to others, does not open, or cannot
            be written.
        """
        with self._directory() as directory, directory.locked():
            found = self._read(directory)
            ring = change(found)
            if ring is not found:
                directory.replace(self.path.name, ring.to_bytes())
            return ring

    def copy_to(self, path: str | Path) -> None:
        """Write a copy of the file, byte by byte, where there is none, or the same one already.

        :raise KeyRingError: when it is missing or no key ring, when there is another file, or the
            copy cannot be written.
        """
        path = Path(path).absolute()
        with self._directory() as directory:
            content = self._content(directory)
        self._parsed(parse, content)
        with open_private(path.parent, KeyRingError) as directory, directory.locked():
            found = directory.read(path.name, MAX_SIZE)
            if found is None:
                directory.create(path.name, content)
            elif found != content:
                msg = f"there is another file {path} already; it is not replaced"
                raise KeyRingError(msg)

    def require_apart_from(self, database: str | Path) -> None:
        """Check that a copy of the database's directory is not a copy of the keys.

        :param database: the database's file.
        :raise KeyRingError: when one of the two directories is the other or below it.
        """
        keys = Path(self.path.parent).resolve()
        data = Path(database).absolute().parent.resolve()
        if keys.is_relative_to(data) or data.is_relative_to(keys):
            msg = (
                f"the key ring {self.path} would be beside the database {database}: whoever copies "
                f"the directory has both; keep it elsewhere, such as in /etc/buildbot-keychain"
            )
            raise KeyRingError(msg)

    def _directory(self) -> AbstractContextManager[PrivateDirectory]:
        return open_private(self.path.parent, KeyRingError)

    def _read(self, directory: PrivateDirectory) -> KeyRing:
        content = self._content(directory)
        return self._parsed(lambda text: KeyRing.from_bytes(text, self._unwrappers), content)

    def _content(self, directory: PrivateDirectory) -> bytes:
        content = directory.read(self.path.name, MAX_SIZE)
        if content is None:
            msg = (
                f"the key ring {self.path} does not exist; restore it from its backup. No new key "
                "is made in its place: it would not open what is in the store"
            )
            raise KeyRingError(msg)
        return content

    def _parsed(self, parser: Callable[[bytes], T], content: bytes) -> T:
        try:
            return parser(content)
        except KeyRingError as error:
            msg = f"the key ring {self.path} {error}"
            raise KeyRingError(msg) from error
