"""`FileNames`: the one name of each file of a directory, whatever links lead to it.

A file is called by its own path. Where that is hidden, as in a Kubernetes volume, or outside of the
directory, it is called by the first of the visible paths that lead to it. Where the file system
folds case or composes letters, a path is spelled as the directory lists it. Everything here blocks
and must run in a thread.

Links may change between this and a lookup. Only the owner of the directory can do that, since one
to which others can write is refused.

A policy decides on that name, so files are looked at before it does: the spelling alone says
nothing of a link to what is denied, or to what is allowed. How long that takes must not tell
whoever is denied whether there is such a file. So a name of no file is gone through as if there
were one: by the same calls of the system, in the same order. That holds for files that are no links
themselves, and nearly for those of a Kubernetes volume. Nor could those be spared who are given
nothing at all: why they were denied is recorded, and that names the secret and its nearest rule.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from buildbot_keychain.providers.files._directory import MAX_SIZE

_PLAIN = re.compile(r"[0-9A-Za-z_+@=,.-]*[0-9A-Za-z_+@=,-]")
"""What has no other spelling where case is not folded: nothing is composed, short or trimmed."""


class FileNames:
    """The names of the files in `dirname`.

    :param suffixes: what may follow a name in the path of its file, in the order of lookups.
    :param may_be_named: whether a path below the directory, without suffix, can be a name.
    """

    def __init__(
        self, dirname: str, suffixes: Sequence[str], may_be_named: Callable[[str], bool]
    ) -> None:
        self._dirname = dirname
        self._suffixes = suffixes
        self._may_be_named = may_be_named

    def canonical(self, name: str) -> str | None:
        """Return the name of the file that is served as `name`; ``None`` where none can be."""
        if not self._may_be_named(name) or not _is_path(name):
            return None
        file, is_there = self._served(name)
        spelled = name if file is None else self._spelled(name, file)
        return spelled if is_there else name

    def _spelled(self, name: str, file: str) -> str:
        """Return the name of a file that would be served as `name`."""
        for suffix in sorted(self._suffixes, key=len, reverse=True):
            named = file.removesuffix(suffix)
            if (
                file.endswith(suffix)
                and self._may_be_named(named)
                and (named == name or self._served(named)[0] == file)
            ):
                return named
        return name

    @cached_property
    def _root(self) -> str:
        return os.path.realpath(self._dirname)

    def path_of(self, real: str) -> str | None:
        """Return the path below the directory of a file in it; ``None`` if that cannot be named.

        :param real: the file, with no links on the way.
        """
        if os.path.commonpath((self._root, real)) != self._root:
            return None
        below = self._as_listed(os.path.relpath(real, self._root))
        return below if self._is_visible(below) else None

    def link_to(self, real: str) -> str | None:
        """Return the first of the paths that can be named and lead to a file."""
        return min(self._links_to(real), default=None)

    def _served(self, name: str) -> tuple[str | None, bool]:
        """Return the file that is read for `name`, and whether it is there.

        If it is not, it is the one that would be, of which as much is to be looked at.
        """
        paths = [os.path.join(self._root, name + suffix) for suffix in self._suffixes]
        there = [path for path in paths if _is_readable(path)]
        real = os.path.realpath(there[0] if there else min(paths, key=len))
        is_hidden = self._is_volume and not there
        file = None if is_hidden else self.path_of(real)
        return file or self.link_to(real), bool(there)

    @cached_property
    def _is_volume(self) -> bool:
        """Whether this is a volume of Kubernetes, whose files are hidden behind links."""
        return os.path.islink(os.path.join(self._root, "..data"))

    def _is_visible(self, file: str) -> bool:
        return any(
            file.endswith(suffix) and self._may_be_named(file.removesuffix(suffix))
            for suffix in self._suffixes
        )

    def _as_listed(self, file: str) -> str:
        """Return an existing path below the directory as the directories on it spell it."""
        spelled: list[str] = []
        for part in file.split(os.sep):
            directory = os.path.join(self._root, *spelled)
            spelled.append(_listed(directory, part))
        return os.path.join(*spelled)

    def _links_to(self, real: str) -> Iterator[str]:
        """Yield the visible paths that lead to the file with the path `real`."""
        for file in self._visible(self._root, ()):
            if os.path.realpath(file) == real:
                below = os.path.relpath(file, self._root)
                if self._is_visible(below):
                    yield below

    def _visible(self, directory: str, above: tuple[str, ...]) -> Iterator[str]:
        real = os.path.realpath(directory)
        if real in above:  # a link that leads back
            return
        for part in _names_in(directory):
            path = os.path.join(directory, part)
            if part.startswith("."):
                continue
            if os.path.isdir(path):
                yield from self._visible(path, (*above, real))
            else:
                yield path


def _is_path(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _listed(directory: str, part: str) -> str:
    """Return an existing part of a path as its directory lists it.

    A directory of thousands is not listed where no other spelling can be meant.
    """
    swapped = part.swapcase()
    if _PLAIN.fullmatch(part) and (swapped == part or not _is_one(directory, part, swapped)):
        return part
    wanted = _status(os.path.join(directory, part))
    names = _names_in(directory)
    if part in names or wanted is None:
        return part
    same = (each for each in sorted(names) if _is_same(os.path.join(directory, each), wanted))
    return next(same, part)


def _is_one(directory: str, part: str, other: str) -> bool:
    """Return whether two parts name one file in a directory."""
    one, same = (_status(os.path.join(directory, each)) for each in (part, other))
    return one is not None and same is not None and os.path.samestat(one, same)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _is_same(path: str, wanted: os.stat_result) -> bool:
    found = _status(path)
    return found is not None and os.path.samestat(found, wanted)


def _names_in(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:  # it may be entered all the same
        return []


def _is_readable(path: str) -> bool:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size <= MAX_SIZE
