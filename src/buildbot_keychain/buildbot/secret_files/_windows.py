"""Secret files on workers without a POSIX shell, with Buildbot's stock commands alone.

There are no modes to set: the directory decides who may read the file, so the worker's own
directory should be open to nobody else. Existing files are left alone; symbolic links cannot be
distinguished from what they point to.
"""

from __future__ import annotations

import ntpath
import stat
from dataclasses import replace
from types import ModuleType

from buildbot_keychain.buildbot.secret_files._commands import WorkerCommands
from buildbot_keychain.buildbot.secret_files._errors import NotCreatedError, SecretFileError
from buildbot_keychain.buildbot.secret_files._locations import FileLocation, RequestedPath


class _NotADirectoryError(SecretFileError):
    """Something else is in the place of a directory."""


class WindowsFiles:
    """Secret files, created and removed by the worker itself.

    :param builddir: the builder's absolute directory.
    :param home: the home of the worker's user.
    :param flavour: how its paths are written.
    """

    windows = True

    def __init__(
        self,
        commands: WorkerCommands,
        builddir: str,
        home: str | None = None,
        flavour: ModuleType = ntpath,
    ) -> None:
        self._commands = commands
        self._builddir = builddir
        self._home = home
        self._path = flavour

    async def locate(self, wanted: RequestedPath) -> FileLocation | None:
        """See `WorkerFiles.locate`."""
        location, taken = await self._look(wanted)
        return None if taken else location

    async def existing_file(self, wanted: RequestedPath) -> FileLocation | None:
        """See `WorkerFiles.existing_file`."""
        location, taken = await self._look(wanted)
        return location if taken else None

    async def find(self, wanted: RequestedPath) -> FileLocation | None:
        """See `WorkerFiles.find`."""
        start = self._commands.builder_directory(wanted.base) if wanted.base else wanted.start
        try:
            return await self.existing_file(replace(wanted, start=start))
        except _NotADirectoryError:
            return None

    async def _look(self, wanted: RequestedPath) -> tuple[FileLocation, bool]:
        directory = {".": self._builddir, "~": self._home}.get(wanted.start, wanted.start)
        if not directory:
            raise SecretFileError(
                f"{wanted.path}: the worker has no USERPROFILE in its environment, so its home "
                f"directory is unknown; write the directory out"
            )
        entered = 0
        for part in wanted.parts[:-1]:
            found = await self._commands.stat(self._path.join(directory, part))
            if found is None:
                break
            if not stat.S_ISDIR(found[stat.ST_MODE]):
                raise _NotADirectoryError(
                    f"{wanted.path}: {part} exists and is not a directory; "
                    f"remove it or choose another path"
                )
            directory = self._path.join(directory, part)
            entered += 1
        new = wanted.parts[entered:-1]
        kept = min(len(new), max(0, wanted.kept - entered))
        location = FileLocation(wanted.path, directory, new, kept, wanted.parts[-1])
        taken = not new and await self._commands.stat(self.absolute_path(location)) is not None
        return location, taken

    async def create(self, location: FileLocation) -> None:
        """See `WorkerFiles.create`."""
        if location.new_directories:
            directory = self._path.join(location.directory, *location.new_directories)
            made = await self._commands.run("mkdir", {"dir": directory})
            if made.rc != 0:
                raise SecretFileError(
                    f"{location.path}: the directory {directory} cannot be made; "
                    f"may the worker's user write there?"
                )
        if await self._commands.stat(self.absolute_path(location)) is not None:
            raise NotCreatedError(
                f"{location.path}: a file of that name appeared in the meantime; "
                f"choose another path"
            )
        if not await self._commands.download(self.absolute_path(location), b""):
            raise SecretFileError(
                f"{location.path}: the worker's user may not write there; "
                f"change the directory's permissions or choose another path"
            )

    async def remove(self, location: FileLocation) -> None:
        """See `WorkerFiles.remove`."""
        path = self.absolute_path(location)
        if await self._commands.stat(path) is not None:
            await self._commands.run("rmfile", {"path": path, "logEnviron": False})
            if await self._commands.stat(path) is not None:
                raise SecretFileError(
                    f"{path}: it cannot be removed; remove it on the worker by hand"
                )
        for depth in range(len(location.new_directories), location.kept, -1):
            await self._remove_if_empty(
                self._path.join(location.directory, *location.new_directories[:depth])
            )

    async def _remove_if_empty(self, directory: str) -> None:
        # `rmdir` removes everything in a directory, so the directory is listed first.
        try:
            listed = await self._commands.run("listdir", {"dir": directory})
        except SecretFileError:  # more than a worker may send: it is not empty
            return
        if listed.rc == 0 and (listed.updates.get("files") or [None])[-1] == []:
            await self._commands.run("rmdir", {"dir": directory, "logEnviron": False})

    def absolute_path(self, location: FileLocation) -> str:
        """See `WorkerFiles.absolute_path`."""
        return self._path.join(location.directory, *location.parts)
