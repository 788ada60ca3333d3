"""What a path means on a worker. Pure: nothing is looked up.

* A relative path starts in the step's working directory, as in every other step: the ``workdir`` of
  the factory (``build`` by default). ``..`` is fine as long as the path stays in the builder's
  directory.
* An absolute path is that path. ``~/`` is the home of the user who runs the worker.

Inside the builder's directory, and inside a working directory that is elsewhere, no symbolic link
is followed: what lies there was put there by builds. Outside of them the administrator's links are
(``/tmp`` is one on some systems), but none that another user may have made. They are resolved once,
when the file is created, and the file is removed from where it really is.
"""

from __future__ import annotations

import ntpath
import posixpath
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from buildbot_keychain.buildbot.secret_files._errors import SecretFileError


@dataclass(frozen=True)
class RequestedPath:
    """Where a file is wanted, before the worker was asked.

    :ivar path: the path as the user wrote it, rendered: what messages show.
    :ivar start: ``.`` for the builder's directory, ``~`` for the home, else a root:
        ``/``, or a drive.
    :ivar parts: the way from there: directories, and the file's name at the end.
    :ivar kept: how many of the first directories belong to the working directory. Those that are
        missing are made as any step makes them, and stay.
    :ivar base: for a path in the builder's directory, what the configuration calls that directory,
        below the worker's.
    :ivar trusted: how many of the first directories no build has a say in, as they are not in the
        working directory; ``None`` for all of them.
    """

    path: str
    start: str
    parts: tuple[str, ...]
    kept: int = 0
    base: str = ""
    trusted: int | None = None

    @property
    def followed(self) -> int:
        """How many of the first directories may be links, being the administrator's.

        In a working directory, wherever it is, links are those of builds, however the path to them
        is written.
        """
        if self.start == ".":
            return 0
        return len(self.parts) if self.trusted is None else self.trusted


@dataclass(frozen=True)
class FileLocation:
    """Where a file is: enough to create it, and to remove it without rendering anything.

    :ivar path: the path as the user wrote it, rendered: what messages show.
    :ivar directory: the nearest directory that existed, absolute, all links resolved.
    :ivar new_directories: the directories below it that are made for the file, in order.
    :ivar kept: how many of the first of those belong to the working directory, and stay.
    :ivar name: the file's name.
    """

    path: str
    directory: str
    new_directories: tuple[str, ...]
    kept: int
    name: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The way from `directory` to the file."""
        return (*self.new_directories, self.name)

    def is_same_file(self, other: FileLocation) -> bool:
        """Return whether both name one file."""
        return self._whole_path() == other._whole_path()

    def _whole_path(self) -> str:
        flavour = _flavour_of(self.directory)
        return flavour.normcase(flavour.normpath(flavour.join(self.directory, *self.parts)))


@dataclass(frozen=True)
class RememberedFile:
    """A file that may be on a worker, as the master itself has composed its path.

    Nothing that a worker has said is in it but a number: another worker of that name, to which it
    may be applied, is not made to remove what the first one has chosen.

    :ivar made: how many of the last directories were made for the file.
    """

    wanted: RequestedPath
    made: int = 0

    @property
    def path(self) -> str:
        """The path as the user wrote it, rendered."""
        return self.wanted.path

    def is_at(self, wanted: RequestedPath) -> bool:
        """Return whether it is the file at a path."""
        own = self.wanted
        same = (own.start, own.base, own.parts)
        return same == (wanted.start, wanted.base, wanted.parts)

    def located(self, found: FileLocation) -> FileLocation:
        """Return where it was found, with the directories that were made for it."""
        made = self.wanted.parts[len(self.wanted.parts) - 1 - self.made : -1]
        flavour = _flavour_of(found.directory)
        directory = found.directory
        for expected in reversed(made):
            directory, name = flavour.split(directory)
            if flavour.normcase(name) != flavour.normcase(expected):
                return found
        return FileLocation(
            path=found.path,
            directory=directory,
            new_directories=made,
            kept=max(0, self.wanted.kept - (len(self.wanted.parts) - 1 - len(made))),
            name=found.name,
        )

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "path": self.wanted.path,
            "start": self.wanted.start,
            "base": self.wanted.base,
            "parts": list(self.wanted.parts),
            "kept": self.wanted.kept,
            "trusted": self.wanted.trusted,
            "new": self.made,
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> RememberedFile:
        """Read what `as_record` returned.

        :raise KeyError, TypeError, ValueError: for anything else.
        """
        parts = tuple(str(name) for name in record["parts"])
        made = int(record["new"])
        if any(name in ("", ".", "..") or "/" in name or "\0" in name for name in parts):
            raise ValueError("not the record of a file")
        if not 0 <= made < len(parts):
            raise ValueError("not the record of a file")
        kept = int(record["kept"])
        trusted = record.get("trusted", kept or None)  # earlier versions kept what they trusted
        wanted = RequestedPath(
            str(record["path"]),
            str(record["start"]),
            parts,
            kept,
            str(record["base"]),
            None if trusted is None else int(trusted),
        )
        return cls(wanted, made)


def requested_path(
    path: str, *, workdir: str, builddir: str, windows: bool = False
) -> RequestedPath:
    """Return where a rendered path leads.

    :param path: the rendered path; `check_path` found nothing wrong with it.
    :param workdir: the step's working directory, absolute or relative to the builder's directory.
    :param builddir: the builder's directory, as the master knows it.
    :param windows: whether the worker runs on Windows.
    :raise SecretFileError: for a relative path that leaves the builder's directory.
    """
    flavour: ModuleType = ntpath if windows else posixpath
    if path.startswith(("~/", "~\\")):
        return RequestedPath(path, "~", _split(flavour, flavour.normpath(path[2:])))
    base = flavour.normpath(flavour.join(builddir, workdir))
    whole = flavour.normpath(flavour.join(base, path))
    below_builder = _below(flavour, whole, flavour.normpath(builddir))
    below_workdir = _below(flavour, whole, base)
    absolute = flavour.isabs(path)
    if below_builder is not None:
        kept = 0 if below_workdir is None else len(below_builder) - len(below_workdir)
        return RequestedPath(path, ".", below_builder, kept)
    if not absolute and not flavour.isabs(workdir):
        raise SecretFileError(
            f"{path}: leads out of the builder's directory; "
            f"give an absolute path if the file is meant to be there"
        )
    drive, rest = flavour.splitdrive(whole)
    parts = _split(flavour, rest)
    trusted = None if below_workdir is None else len(parts) - len(below_workdir)
    kept = 0 if absolute else trusted or 0
    return RequestedPath(path, drive + flavour.sep, parts, kept, trusted=trusted)


def _flavour_of(directory: str) -> ModuleType:
    """Return how an absolute path is written: a POSIX one begins with a slash."""
    return posixpath if directory.startswith("/") else ntpath


def _split(flavour: ModuleType, path: str) -> tuple[str, ...]:
    parts = tuple(part for part in path.split(flavour.sep) if part not in ("", "."))
    if not parts or ".." in parts:
        raise SecretFileError(f"{path}: names no file; add the file's name")
    return parts


def _below(flavour: ModuleType, path: str, directory: str) -> tuple[str, ...] | None:
    """Return the way from a directory to a path below it, or ``None``."""
    prefix = directory if directory.endswith(flavour.sep) else directory + flavour.sep
    if not flavour.normcase(path).startswith(flavour.normcase(prefix)):
        return None
    return _split(flavour, path[len(prefix) :])
