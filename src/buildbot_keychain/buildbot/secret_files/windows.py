"""Secret files on workers without a POSIX shell.

Buildbot's stock commands alone. There are no modes to set: who may read the file is what its
directory says, so the worker's own directory should be open to nobody else. What exists is
refused; symbolic links cannot be told from what they point to.
"""

from __future__ import annotations

import ntpath
import stat
from types import ModuleType

from buildbot_keychain.buildbot.secret_files.commands import Commands
from buildbot_keychain.buildbot.secret_files.failures import (
    NotCreatedError,
    SecretFileError,
)
from buildbot_keychain.buildbot.secret_files.places import Place, Target


class WindowsFiles:
    """Secret files, made and removed by the worker itself.

    :param builddir: the builder's absolute directory.
    :param home: the home of the worker's user.
    :param flavour: how its paths are written.
    """

    windows = True

    def __init__(
        self,
        commands: Commands,
        builddir: str,
        home: str | None = None,
        flavour: ModuleType = ntpath,
    ) -> None:
        self._commands = commands
        self._builddir = builddir
        self._home = home
        self._path = flavour

    async def locate(self, target: Target) -> Place | None:
        """See `WorkerFiles.locate`."""
        place, taken = await self._look(target)
        return None if taken else place

    async def place_of(self, target: Target) -> Place | None:
        """See `WorkerFiles.place_of`."""
        place, taken = await self._look(target)
        return place if taken else None

    async def _look(self, target: Target) -> tuple[Place, bool]:
        at = {".": self._builddir, "~": self._home}.get(target.start, target.start)
        if not at:
            raise SecretFileError(f"{target.path}: the worker has no USERPROFILE to tell its home")
        entered = 0
        for part in target.parts[:-1]:
            found = await self._commands.stat(self._path.join(at, part))
            if found is None:
                break
            if not stat.S_ISDIR(found[stat.ST_MODE]):
                raise SecretFileError(f"{target.path}: {part} is there and is no directory")
            at = self._path.join(at, part)
            entered += 1
        made = target.parts[entered:-1]
        shared = min(len(made), max(0, target.shared - entered))
        place = Place(target.path, at, made, shared, target.parts[-1])
        taken = not made and await self._commands.stat(self.absolute(place)) is not None
        return place, taken

    async def create(self, place: Place) -> None:
        """See `WorkerFiles.create`."""
        if place.made:
            directory = self._path.join(place.at, *place.made)
            made = await self._commands.run("mkdir", {"dir": directory})
            if made.rc != 0:
                raise SecretFileError(f"{place.path}: the directory {directory} cannot be made")
        if await self._commands.stat(self.absolute(place)) is not None:
            raise NotCreatedError(f"{place.path}: a file of that name appeared meanwhile")
        if not await self._commands.download(self.absolute(place), b""):
            raise SecretFileError(f"{place.path}: the worker's user may not write there")

    async def remove(self, place: Place) -> None:
        """See `WorkerFiles.remove`."""
        path = self.absolute(place)
        if await self._commands.stat(path) is not None:
            await self._commands.run("rmfile", {"path": path, "logEnviron": False})
            if await self._commands.stat(path) is not None:
                raise SecretFileError(
                    f"{path}: it cannot be removed; remove it on the worker by hand"
                )
        for depth in range(len(place.made), place.shared, -1):
            await self._remove_if_empty(self._path.join(place.at, *place.made[:depth]))

    async def _remove_if_empty(self, directory: str) -> None:
        # `rmdir` removes all that is in a directory, so it is looked into first.
        listed = await self._commands.run("listdir", {"dir": directory})
        if listed.rc == 0 and not listed.updates["files"][-1]:
            await self._commands.run("rmdir", {"dir": directory, "logEnviron": False})

    def absolute(self, place: Place) -> str:
        """See `WorkerFiles.absolute`."""
        return self._path.join(place.at, *place.parts)
