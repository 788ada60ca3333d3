"""What a path means on a worker. Pure: words about words, nothing is looked up.

* A relative path starts in the step's working directory, as in every other step: the ``workdir`` of
  the factory (``build`` unless it says otherwise). ``..`` is fine as long as the path stays in the
  builder's directory.
* An absolute path is that path. ``~/`` is the home of the user who runs the worker.

Inside the builder's directory no symbolic link is followed: what lies there was put there by
builds. Outside of it the administrator's links are (``/tmp`` is one on some systems); they are
resolved once, when the file is created, and the file is removed from where it really is.
"""

from __future__ import annotations

import ntpath
import posixpath
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from buildbot_keychain.buildbot.secret_files.failures import SecretFileError


@dataclass(frozen=True)
class Target:
    """Where a file is wanted, before the worker was asked.

    :ivar path: the path as the user wrote it, rendered: what messages show.
    :ivar start: ``.`` for the builder's directory, ``~`` for the home, else a root:
        ``/``, or a drive.
    :ivar parts: the way from there: directories, and the file's name at the end.
    :ivar shared: how many of the first directories belong to the working directory. Missing ones
        are made as any step makes them, and stay.
    """

    path: str
    start: str
    parts: tuple[str, ...]
    shared: int = 0

    @property
    def follows_links(self) -> bool:
        """Whether symbolic links among the directories are the administrator's."""
        return self.start != "."


@dataclass(frozen=True)
class Place:
    """Where a file is, for good: enough to create it, and to remove it without any rendering.

    :ivar path: the path as the user wrote it, rendered: what messages show.
    :ivar at: the nearest directory that existed, absolute, all links resolved.
    :ivar made: the directories below it that we make, in order.
    :ivar shared: how many of the first of those are the working directory's.
    :ivar name: the file's name.
    """

    path: str
    at: str
    made: tuple[str, ...]
    shared: int
    name: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The way from `at` to the file."""
        return (*self.made, self.name)

    def as_record(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return {
            "path": self.path,
            "at": self.at,
            "made": list(self.made),
            "shared": self.shared,
            "name": self.name,
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Place:
        """Read what `as_record` gave.

        :raise KeyError, TypeError, ValueError: for anything else.
        """
        names = [str(name) for name in record["made"]] + [str(record["name"])]
        if any(name in ("", ".", "..") or "/" in name or "\0" in name for name in names):
            msg = "not the record of a file"
            raise ValueError(msg)
        return cls(
            path=str(record["path"]),
            at=str(record["at"]),
            made=tuple(names[:-1]),
            shared=int(record["shared"]),
            name=names[-1],
        )

    def same_file(self, other: Place) -> bool:
        """Whether both name one file."""
        return self._whole() == other._whole()

    def _whole(self) -> tuple[str, ...]:
        return (*self.at.rstrip("/").split("/"), *self.parts)


def target_of(path: str, *, workdir: str, builddir: str, windows: bool = False) -> Target:
    """Say where a rendered path leads.

    :param path: the rendered path; `check_path` found nothing wrong with it.
    :param workdir: the step's working directory, absolute or relative to the builder's directory.
    :param builddir: the builder's directory, as the master knows it.
    :param windows: whether the worker runs on Windows.
    :raise SecretFileError: for a relative path that leaves the builder's directory.
    """
    flavour: ModuleType = ntpath if windows else posixpath
    if path.startswith(("~/", "~\\")):
        return Target(path, "~", _split(flavour, flavour.normpath(path[2:])))
    base = flavour.normpath(flavour.join(builddir, workdir))
    whole = flavour.normpath(flavour.join(base, path))
    home = _beneath(flavour, whole, flavour.normpath(builddir))
    own = _beneath(flavour, whole, base)
    absolute = flavour.isabs(path)
    if home is not None:
        shared = 0 if own is None else len(home) - len(own)
        return Target(path, ".", home, shared)
    if not absolute and not flavour.isabs(workdir):
        msg = (
            f"{path}: leads out of the builder's directory; "
            f"give an absolute path if it is meant to be there"
        )
        raise SecretFileError(msg)
    drive, rest = flavour.splitdrive(whole)
    parts = _split(flavour, rest)
    shared = 0 if absolute or own is None else len(parts) - len(own)
    return Target(path, drive + flavour.sep, parts, shared)


def _split(flavour: ModuleType, path: str) -> tuple[str, ...]:
    parts = tuple(part for part in path.split(flavour.sep) if part not in ("", "."))
    if not parts or ".." in parts:
        msg = f"{path}: names no file"
        raise SecretFileError(msg)
    return parts


def _beneath(flavour: ModuleType, path: str, directory: str) -> tuple[str, ...] | None:
    """Give the way from a directory to a path beneath it, or None."""
    prefix = directory if directory.endswith(flavour.sep) else directory + flavour.sep
    if not flavour.normcase(path).startswith(flavour.normcase(prefix)):
        return None
    return _split(flavour, path[len(prefix) :])
