"""`WatchedTree`: knows at once, without a look at the disk, that nothing below a directory changed.

What is read after a watch has begun stays true until `WatchedTree.has_changed`: the kernel queues
an event before the call returns that makes a change (`_inotify`). A look at the queue is no work
with files, so the reactor's thread may take it at each lookup. One change ends the watch.

Watched are

1. every directory of the tree, hidden ones too: whatever happens in it is a change;
2. every file that is read, for what is written to it by another of its names;
3. the directories that lead to the tree, links followed: what replaces the next part is a change;
4. what is mounted (proc_pid_mountinfo(5)).

There is no watch where some of that could be missed: on another system than Linux, on a file system
that others change (NFS, FUSE) or that is rolled back as a whole (ZFS), where a directory on the way
cannot be listed, where a link leads out of the tree, and beyond the limits of the system
(``fs.inotify``), which other programs of the same user need, too: of those, a tree takes little.
Whoever writes to a file by a mapping of it in memory has not changed it before the file is closed.
"""

from __future__ import annotations

import errno
import os
import select
import threading
from collections import defaultdict
from collections.abc import Iterator

from buildbot_keychain.providers.files import _inotify

_BELOW = (
    _inotify.MODIFY
    | _inotify.ATTRIB
    | _inotify.CLOSE_WRITE
    | _inotify.MOVED_FROM
    | _inotify.MOVED_TO
    | _inotify.CREATE
    | _inotify.DELETE
    | _inotify.DELETE_SELF
    | _inotify.MOVE_SELF
)
_ON_THE_WAY = (
    _inotify.ATTRIB
    | _inotify.MOVED_FROM
    | _inotify.MOVED_TO
    | _inotify.DELETE
    | _inotify.DELETE_SELF
    | _inotify.MOVE_SELF
)

_MOUNTS = "/proc/self/mountinfo"

_OWN = {
    "bcachefs",
    "btrfs",
    "devtmpfs",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "jfs",
    "overlay",
    "ramfs",
    "rootfs",
    "tmpfs",
    "xfs",
}
"""File systems that this system alone changes, and not without an event."""

_MOST_DIRECTORIES, _MOST_ENTRIES, _MOST_FILES = 256, 50_000, 4096
"""Directories of a tree, what is in them, and files that are watched."""

_MOST_LINKS = 40
"""Links on the way to a file, as in Linux."""


class WatchedTree:
    """The directory `dirname`, watched until the first change. Its constructor blocks.

    :raise OSError: when a change could be missed.
    :ivar has_ended: whether a change was noticed, or could be missed from now on.
    """

    def __init__(self, dirname: str) -> None:
        self._descriptors: list[int] = []
        self.has_ended = False
        self._files = 0
        self._using = threading.Lock()
        # By the number of a directory on the way: the parts that matter in it.
        self._parts: defaultdict[int, set[str]] = defaultdict(set)
        self._queue = self._opened(_inotify.open_queue())
        mounts = self._opened(os.open(_MOUNTS, os.O_RDONLY | os.O_CLOEXEC))
        self._poll = select.poll()
        self._poll.register(self._queue, select.POLLIN)
        self._poll.register(mounts, select.POLLPRI)
        own = self._own = _OwnFileSystems(mounts)
        way = set()
        for directory, part in _way_to(dirname):
            own.require(directory)
            way.add((directory, part))
            self._parts[_inotify.add(self._queue, directory, _ON_THE_WAY | _inotify.ADD)].add(part)
        root = os.path.realpath(dirname)
        directories, links = self._watch_below(root, own)
        for link in links:
            for step in _way_to(link):
                if step not in way and step[0] not in directories:
                    raise OSError(errno.EXDEV, "a link leads out of it", link)

    def has_changed(self) -> bool:
        """Return whether anything may have changed; at once, in the reactor's thread."""
        if not self.has_ended and (found := self._poll.poll(0)):
            self.has_ended = any(fd != self._queue or self._changes() for fd, _ in found)
        return self.has_ended

    def watch_file(self, path: str) -> bool:
        """Watch a file that is about to be opened; return whether it is watched. Blocks."""
        with self._using:
            if self.has_ended or self._files >= _MOST_FILES:
                return False
            try:
                self._own.require(path)  # something may be mounted on the file alone
                _inotify.add(self._queue, path, _BELOW | _inotify.DONT_FOLLOW)
            except OSError:
                return False
            self._files += 1
            return True

    def end(self) -> None:
        """Release what the system keeps for a watch that `has_ended`, or is of no use. Blocks."""
        with self._using:
            self.has_ended = True
            while self._descriptors:
                os.close(self._descriptors.pop())

    __del__ = end

    def _opened(self, descriptor: int) -> int:
        self._descriptors.append(descriptor)
        return descriptor

    def _changes(self) -> bool:
        """Return whether there is a change among the events in the queue."""
        events = list(_inotify.events(self._queue))
        # If there are more than it takes at once, they are not looked at.
        return any(map(self._is_change, events)) or bool(self._poll.poll(0))

    def _is_change(self, event: _inotify.Event) -> bool:
        parts = self._parts.get(event.watch)
        return parts is None or not event.name or event.name in parts

    def _watch_below(self, root: str, own: _OwnFileSystems) -> tuple[set[str], list[str]]:
        """Watch the directories from `root` on; return them, and the links in them."""
        directories: set[str] = set()
        links: list[str] = []
        entries_left = _MOST_ENTRIES
        waiting = [root]
        while waiting:
            directory = waiting.pop()
            own.require(directory)
            number = _inotify.add(self._queue, directory, _BELOW)
            self._parts.pop(number, None)
            directories.add(directory)
            with os.scandir(directory) as entries:
                for entry in entries:
                    entries_left -= 1
                    if entry.is_symlink():
                        links.append(entry.path)
                    elif entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    if entries_left < 0 or len(directories) + len(waiting) > _MOST_DIRECTORIES:
                        raise OSError(errno.E2BIG, "there is too much in it", root)
        return directories, links


class _OwnFileSystems:
    """What is mounted where.

    :param mounts: the descriptor of a file of mountinfo.
    """

    def __init__(self, mounts: int) -> None:
        self._kinds: dict[str, str] = {}
        with open(mounts, "rb", closefd=False) as file:
            for line in file.read().decode("utf-8", "surrogateescape").splitlines():
                fields, _, source = line.partition(" - ")
                place = fields.split(" ")[4]
                for sign in " \t\n\\":
                    place = place.replace(f"\\{ord(sign):03o}", sign)
                self._kinds[place] = source.split(" ")[0]

    def require(self, path: str) -> None:
        """Raise an ``OSError`` where others than this system change a file or directory."""
        place = path
        while place not in self._kinds and place != os.sep:
            place = os.path.dirname(place)
        if self._kinds.get(place) not in _OWN:
            raise OSError(errno.EOPNOTSUPP, "its file system is not watched", path)


def _way_to(path: str) -> Iterator[tuple[str, str]]:
    """Yield each directory on the way to `path`, without links in it, and the next part there."""
    if not os.path.isabs(path):
        raise OSError(errno.EINVAL, "it is relative to a directory that may change", path)
    here, links, left = os.sep, 0, path.split(os.sep)[::-1]
    while left:
        part = left.pop()
        if part == os.pardir:
            here = os.path.dirname(here)
        elif part not in ("", os.curdir):
            yield here, part
            there = os.path.join(here, part)
            if not os.path.islink(there):
                here = there
                continue
            links += 1
            if links > _MOST_LINKS:
                return
            target = os.readlink(there)
            here = os.sep if os.path.isabs(target) else here
            left += target.split(os.sep)[::-1]
