"""Creating, filling and removing one secret file on a worker, whatever the worker runs on.

Both implementations promise:

* nothing that exists is overwritten: a file that was there is its owner's;
* the content travels by ``downloadFile``, which sends bytes as they are and logs none of them;
* a file that cannot be made complete is an error, and its caller removes what there is of it;
* removing needs the `FileLocation` alone, and succeeds for a file that is gone.
"""

from __future__ import annotations

import stat
from typing import Protocol

from buildbot_keychain.buildbot.secret_files._commands import WorkerCommands
from buildbot_keychain.buildbot.secret_files._errors import SecretFileError
from buildbot_keychain.buildbot.secret_files._locations import FileLocation, RequestedPath


class WorkerFiles(Protocol):
    """The files of one worker."""

    windows: bool

    async def locate(self, wanted: RequestedPath) -> FileLocation | None:
        """Find out where a file would be, changing nothing.

        :return: the location, or ``None`` when something is there already.
        :raise SecretFileError: when nothing can be made there.
        """

    async def existing_file(self, wanted: RequestedPath) -> FileLocation | None:
        """Return the location of the file that `locate` found; ``None`` for other than files."""

    async def find(self, wanted: RequestedPath) -> FileLocation | None:
        """Look for a file that was left behind, maybe by a build of another builder.

        :return: where it is, or ``None`` if nothing is there.
        :raise SecretFileError: when what is there is not a file, or is behind a link.
        """

    async def create(self, location: FileLocation) -> None:
        """Create an empty file that only the worker's user can open, and its directories.

        :raise NotCreatedError: when that fails and nothing of it is there.
        :raise SecretFileError: when it is not known what is there.
        """

    async def remove(self, location: FileLocation) -> None:
        """Remove the file, and those of its new directories that are empty.

        :raise SecretFileError: when the file is still there, or is not where it was made.
        """

    def absolute_path(self, location: FileLocation) -> str:
        """Return the file's absolute path."""


async def fill(
    commands: WorkerCommands, files: WorkerFiles, location: FileLocation, content: bytes
) -> None:
    """Write `content` into a file that `WorkerFiles.create` made, and check that it arrived.

    :raise SecretFileError: when it did not, or not completely.
    """
    path = files.absolute_path(location)
    done = await commands.download(path, content)
    found = await commands.stat(path)
    size = None
    if found is not None and stat.S_ISREG(found[stat.ST_MODE]):
        size = found[stat.ST_SIZE]
    if not done or size != len(content):
        # The message does not give away the length of the content.
        raise SecretFileError(
            f"{location.path}: the content did not arrive completely; "
            f"look at the free space of the worker and at its twistd.log"
        )
