"""Secret files on workers with a POSIX shell.

The shell does the work, with the scripts in `_posix_scripts`; here they are run, and what they
report becomes a location or an error.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.secret_files._commands import WorkerCommands, shown
from buildbot_keychain.buildbot.secret_files._errors import NotCreatedError, SecretFileError
from buildbot_keychain.buildbot.secret_files._locations import FileLocation, RequestedPath
from buildbot_keychain.buildbot.secret_files._posix_scripts import CREATE, LOCATE, REMOVE

_REASONS = {
    "closed": (
        "the worker's user cannot enter the directory {word}, or one above it; change their "
        "permissions"
    ),
    "link": (
        "{word} is a symbolic link; secret files are neither written nor removed through one: "
        "remove the link, and what it may have hidden, on the worker"
    ),
    "nostart": "the directory that it is in is not there",
    "nodirectory": "{word} exists and is not a directory; remove it or choose another path",
    "nomkdir": "the directory {word} cannot be made; may the worker's user write there?",
    "gone": "its directory vanished in the meantime; run the build again",
    "taken": "a file of that name appeared in the meantime; choose another path",
    "denied": (
        "it cannot be made: the worker's user may not write there, the disk is full, "
        "or the name is too long"
    ),
    "open": (
        "that file system does not keep a file to its owner (mode 0600); "
        "choose a path on one that does"
    ),
    "loose": (
        "other users than the worker's own may write to the directory {word}, or own it, and could "
        "put another file in the place of this one: take that from them (chmod go-w, setfacl -b), "
        "or choose another path"
    ),
    "nolink": (
        "that file system has no hard links, by which a private file is put there; "
        "choose a path on one that has"
    ),
    "stays": "it cannot be removed; remove it on the worker by hand",
}


class PosixFiles:
    """Secret files, created and removed by the worker's ``/bin/sh``."""

    windows = False

    def __init__(self, commands: WorkerCommands) -> None:
        self._commands = commands

    async def locate(self, wanted: RequestedPath) -> FileLocation | None:
        """See `WorkerFiles.locate`."""
        result, location = await self._look(wanted)
        if result in ("file", "other"):
            return None
        if result != "free" or location is None:
            raise SecretFileError(_explain(wanted.path, result))
        return location

    async def existing_file(self, wanted: RequestedPath) -> FileLocation | None:
        """See `WorkerFiles.existing_file`."""
        result, location = await self._look(wanted)
        return location if result == "file" else None

    async def find(self, wanted: RequestedPath) -> FileLocation | None:
        """See `WorkerFiles.find`."""
        start = self._commands.builder_directory(wanted.base) if wanted.base else wanted.start
        result, location = await self._look(wanted, start)
        kind = result.partition(" ")[0]
        if kind in ("free", "nostart", "nodirectory"):
            return None
        if kind != "file" or location is None:
            raise SecretFileError(_explain(wanted.path, "stays" if kind == "other" else result))
        return location

    async def _look(
        self, wanted: RequestedPath, start: str | None = None
    ) -> tuple[str, FileLocation | None]:
        start = wanted.start if start is None else start
        lines = await self._commands.shell(LOCATE, start, str(wanted.followed), *wanted.parts)
        facts = dict(line.partition(" ")[::2] for line in lines[:-1])
        result = lines[-1] if lines else ""
        if "at" not in facts:
            return result, None
        if "\ufffd" in facts["at"]:
            raise SecretFileError(
                f"{wanted.path}: the name of its directory is not in the worker's encoding; "
                f"rename the directory or choose another path"
            )
        counts = {str(left): left for left in range(1, len(wanted.parts) + 1)}
        left = counts.get(facts.get("left", ""))
        if left is None:
            raise SecretFileError(_explain(wanted.path, ""))
        entered = len(wanted.parts) - left
        new = wanted.parts[entered:-1]
        kept = min(len(new), max(0, wanted.kept - entered))
        return result, FileLocation(wanted.path, facts["at"], new, kept, wanted.parts[-1])

    async def create(self, location: FileLocation) -> None:
        """See `WorkerFiles.create`."""
        result = await self._change(CREATE, location)
        if result != "created":
            raise NotCreatedError(_explain(location.path, result))

    async def remove(self, location: FileLocation) -> None:
        """See `WorkerFiles.remove`."""
        result = await self._change(REMOVE, location)
        if result not in ("removed", "gone"):
            raise SecretFileError(_explain(self.absolute_path(location), result))

    async def _change(self, script: str, location: FileLocation) -> str:
        words = (location.directory, str(location.kept), *location.parts)
        lines = await self._commands.shell(script, *words)
        return lines[-1] if lines else ""

    def absolute_path(self, location: FileLocation) -> str:
        """See `WorkerFiles.absolute_path`."""
        return "/".join((location.directory.rstrip("/"), *location.parts))


def _explain(path: str, result: str) -> str:
    kind, _, word = result.partition(" ")
    unknown = "the worker's shell printed something unexpected; is its /bin/sh a POSIX shell?"
    return f"{path}: {_REASONS.get(kind, unknown).format(word=shown(word))}"
