"""Files in use by running builds: those of ``withSecrets``, and of Buildbot's own steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from buildbot.process.build import Build

from buildbot_keychain.buildbot.secret_files._blocks import Block
from buildbot_keychain.buildbot.secret_files._errors import SecretFileError
from buildbot_keychain.buildbot.secret_files._locations import (
    FileLocation,
    RememberedFile,
    RequestedPath,
)
from buildbot_keychain.buildbot.secret_files._worker_files import WorkerFiles


@dataclass(eq=False)
class FileInUse:
    """A file of a running build.

    :ivar wanted: the path that the master has composed; `location` is what the worker made of it.
    :ivar files: what can remove it.
    :ivar entry: the id of its entry in the ledger.
    """

    worker: str
    conn: Any
    build: Build
    block: Block
    wanted: RequestedPath
    location: FileLocation
    files: WorkerFiles
    entry: str = field(default_factory=lambda: uuid4().hex)


@dataclass(eq=False)
class ForeignFiles:
    """Files that a step of Buildbot's own writes and removes.

    :ivar files: those that it may have written, by the ids of their entries in the ledger.
    """

    worker: str
    conn: Any
    files: dict[str, RememberedFile]

    @classmethod
    def of(cls, worker: str, conn: Any, files: Iterable[RememberedFile]) -> ForeignFiles:
        """Return them with new ids."""
        return cls(worker, conn, {uuid4().hex: file for file in files})


def in_use_error(build: Build, other: FileInUse) -> SecretFileError:
    """Return the error for a path at which another running block has a file."""
    whose = f"build {other.build.number} of {other.build.builder.name}"
    if other.build is build:
        whose = "another withSecrets of this build"
    return SecretFileError(
        f"{other.location.path}: {whose} has a secret file there at the moment; "
        f"choose another path for one of them, or one for each build: put "
        f"%(prop:builderid)s-%(prop:buildnumber)s into it with util.Interpolate"
    )
