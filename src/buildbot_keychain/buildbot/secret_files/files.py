"""Making, filling and removing one secret file on a worker, whatever the worker runs on.

What the two implementations promise alike:

* nothing that exists is overwritten: a file that was there is its owner's;
* the content travels by ``downloadFile``, which carries bytes as they are and logs none of them;
* a file that cannot be made complete is an error, and whoever made a `Place` removes it;
* removing needs the `Place` alone, and is happy with a file that is gone.
"""

from __future__ import annotations

import stat
from typing import Protocol

from buildbot_keychain.buildbot.secret_files.commands import Commands
from buildbot_keychain.buildbot.secret_files.failures import SecretFileError
from buildbot_keychain.buildbot.secret_files.places import Place, Target


class WorkerFiles(Protocol):
    """The files of one worker."""

    windows: bool

    async def locate(self, target: Target) -> Place | None:
        """Find out where a file would be, changing nothing.

        :return: the place, or None when something is there already.
        :raise SecretFileError: when nothing can be made there.
        """

    async def place_of(self, target: Target) -> Place | None:
        """Say where the file is that `locate` found in the way; None when it is no plain file."""

    async def create(self, place: Place) -> None:
        """Make an empty file that none but the worker's user can open, and its directories.

        :raise NotCreatedError: when that fails and nothing of ours is there.
        :raise SecretFileError: when it is not known what is there.
        """

    async def remove(self, place: Place) -> None:
        """Remove the file, and those of our directories that are empty.

        :raise SecretFileError: when the file is still there, or is not where it was made.
        """

    def absolute(self, place: Place) -> str:
        """Give the file's absolute path."""


async def fill(commands: Commands, files: WorkerFiles, place: Place, content: bytes) -> None:
    """Write the content into a file that `WorkerFiles.create` made, and check that it is all there.

    :raise SecretFileError: when it is not.
    """
    path = files.absolute(place)
    done = await commands.download(path, content)
    found = await commands.stat(path)
    size = None
    if found is not None and stat.S_ISREG(found[stat.ST_MODE]):
        size = found[stat.ST_SIZE]
    if not done or size != len(content):
        # How long the content is stays between the two of them.
        raise SecretFileError(
            f"{place.path}: the content did not arrive whole; "
            f"look at the free space of the worker and at its twistd.log"
        )
