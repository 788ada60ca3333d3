"""`SecretDirectory`: finds, checks and opens the files of a directory of secrets.

One function decides which file is served, both when a secret is looked up and when a configuration
is checked. It opens nothing before it knows that it is a regular file inside the directory and that
nobody else can write to any directory on the way (see `_permissions`). It follows no link that
leads out, and keeps no content. Everything here blocks and must run in a thread.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable
from buildbot_keychain.providers.files._permissions import (
    Reader,
    directory_problem,
    file_problem,
    is_closed,
    is_sealed,
)

MAX_SIZE = 1 << 20
"""Bytes: the limit of Kubernetes and systemd for one secret; a larger file is something else."""

_MAX_ATTEMPTS = 100
_BACKUP_SUFFIXES = ("~", ".bak", ".orig", ".rej", ".swp", ".swo", ".tmp")
# Errors of the system for a name that no file here has.
_NO_SUCH_FILE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}
_NO_PERMISSION = {errno.EACCES, errno.EPERM}


class SecretDirectory:
    """The directory `dirname`, for one lookup or one check.

    :param dirname: the directory; may be a link.
    :param provider: the provider's name, for errors.
    :param path: what is looked up, for errors.
    :param modes_below_matter: whether modes of what is in the directory matter even if nobody else
        can enter the directory itself.
    :param about_to_open: called with the path of each file, without links, before it is opened.
    :raise ProviderUnavailable: when there is no such directory.
    :raise AccessDenied: when other users can list it or write to it.
    """

    def __init__(
        self,
        dirname: str,
        provider: str,
        path: str,
        *,
        modes_below_matter: bool = True,
        about_to_open: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._dirname = dirname
        self._provider = provider
        self._path = path
        self._reader = Reader()
        self._about_to_open = about_to_open
        self._root = os.path.realpath(dirname)
        remedy = "create it or correct dirname"
        if not os.path.isabs(dirname):
            remedy = (
                f"it is relative to {os.getcwd()}, where this process was started: write an "
                f"absolute path, such as os.path.join(basedir, {dirname!r}) in a master.cfg"
            )
        try:
            found = os.stat(self._root)
        except OSError as error:
            reason = f"cannot read the directory {dirname}: {error.strerror}; {remedy}"
            raise ProviderUnavailable(provider, path, reason) from error
        if not stat.S_ISDIR(found.st_mode):
            raise ProviderUnavailable(provider, path, f"{dirname} is not a directory; {remedy}")
        self._closed = not modes_below_matter and is_closed(found, self._reader)
        self._kubernetes = _has_data_link(self._root)
        self._check_directories(self._root)

    def content(self, file: str) -> bytes | None:
        """Return the content of a file, or ``None`` if there is no such file to be served.

        :param file: its path below the directory.
        """
        descriptor = self._open(file)
        if descriptor is None:
            return None
        try:
            with open(descriptor, "rb") as stream:
                content = stream.read(MAX_SIZE + 1)
        except OSError as error:
            reason = f"cannot read {os.path.join(self._dirname, file)}: {error.strerror}"
            raise ProviderUnavailable(self._provider, self._path, reason) from error
        return content if len(content) <= MAX_SIZE else None

    def written(self, file: str) -> float | None:
        """Return when a file was written last; ``None`` if there is no such file to be served."""
        descriptor = self._open(file)
        if descriptor is None:
            return None
        try:
            return os.fstat(descriptor).st_mtime
        finally:
            os.close(descriptor)

    def problems(self, suffixes: Sequence[str]) -> Iterator[str]:
        """Yield, each only once, the reasons for which `content` would reject files here."""
        yielded: set[str | None] = {None}
        unlisted: list[OSError] = []
        for directory, directories, files in os.walk(self._root, onerror=unlisted.append):
            directories[:] = sorted(filter(may_be_a_secret, directories))
            linked = [d for d in directories if os.path.islink(os.path.join(directory, d))]
            names = linked + sorted(file for file in files if _is_served(file, suffixes))
            below = os.path.relpath(directory, self._root)
            reasons = [_reason(self._check_directories, directory)]
            reasons += [_reason(self._try, os.path.normpath(f"{below}/{n}")) for n in names]
            for reason in reasons:
                if reason not in yielded:
                    yielded.add(reason)
                    yield str(reason)
        effective = os.access in os.supports_effective_ids
        for error in unlisted:
            # A directory that cannot be listed may still be entered with a known name.
            if not os.access(error.filename, os.X_OK, effective_ids=effective):
                yield (
                    f"cannot enter the directory {error.filename}: {error.strerror}; "
                    "make the user that runs this process its owner"
                )

    def _try(self, file: str) -> None:
        descriptor = self._open(file)
        if descriptor is not None:
            os.close(descriptor)

    def _open(self, file: str) -> int | None:
        """Open a file, to be closed by the caller; ``None`` if there is none to be served."""
        named = os.path.join(self._root, file)
        for _ in range(_MAX_ATTEMPTS):
            try:
                real = os.path.realpath(named)
                return self._open_now(file, real)
            except ValueError:  # a NUL or a lone surrogate in the name
                return None
            except OSError as absent:
                error = absent
            # A Kubernetes volume is updated by swapping the ..data link: what was resolved before
            # the swap is gone after it and must be resolved again.
            if error.errno != errno.ENOENT or os.path.realpath(named) == real:
                self._check_absence(named, error)
                return None
        reason = f"{named} is replaced faster than it can be read"
        raise ProviderUnavailable(self._provider, self._path, reason)

    def _open_now(self, file: str, real: str) -> int | None:
        named = os.path.join(self._root, file)
        if self._contains(real):
            return None if real == self._root else self._open_real(real)
        os.lstat(named)
        # The first part of the path that leads out is the link.
        parts = accumulate(file.split("/"), os.path.join, initial=self._root)
        link = next((p for p in parts if not self._contains(os.path.realpath(p))), named)
        reason = (
            f"{link} is a link that leads out of {self._dirname}; "
            "copy the file or point dirname there"
        )
        raise AccessDenied(self._provider, self._path, reason)

    def _contains(self, real: str) -> bool:
        return os.path.commonpath((self._root, real)) == self._root

    def _open_real(self, real: str) -> int | None:
        sealed = self._check_directories(os.path.dirname(real))
        # A link that is still there is part of a loop: opening it reports that.
        if stat.S_IFMT(os.lstat(real).st_mode) not in {stat.S_IFREG, stat.S_IFLNK}:
            return None
        kubernetes = self._kubernetes and os.path.relpath(real, self._root).startswith("..")
        self._about_to_open(real)
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        accepted = False
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_SIZE:
                return None
            problem = file_problem(
                real,
                found,
                self._reader,
                kubernetes=kubernetes,
                sealed=sealed,
                closed=self._closed,
            )
            if problem:
                raise AccessDenied(self._provider, self._path, problem)
            accepted = True
        finally:
            if not accepted:
                os.close(descriptor)
        return descriptor

    def _check_directories(self, last: str) -> bool:
        """Check the directories from the root to `last`; return whether all of them are sealed.

        :raise AccessDenied: when other users can list one of them or write to it.
        """
        sealed = True
        below = [] if last == self._root else os.path.relpath(last, self._root).split(os.sep)
        for directory in accumulate(below, os.path.join, initial=self._root):
            found = os.stat(directory)
            if not stat.S_ISDIR(found.st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            kubernetes = self._kubernetes and directory == self._root
            problem = directory_problem(
                directory, found, self._reader, kubernetes=kubernetes, closed=self._closed
            )
            if problem:
                raise AccessDenied(self._provider, self._path, problem)
            sealed = sealed and is_sealed(found)
        return sealed

    def _check_absence(self, file: str, error: OSError) -> None:
        """Raise unless `error`, from looking for `file`, means that there is no such file."""
        number = error.errno or 0
        text = os.strerror(number)
        if number in _NO_SUCH_FILE:
            return
        if number == errno.ELOOP:
            reason = f"{file} is a loop of links; point it at a file"
            raise AccessDenied(self._provider, self._path, reason) from error
        if number in _NO_PERMISSION:
            reason = f"cannot read {file}: {text}; make the user that runs this process its owner"
            raise AccessDenied(self._provider, self._path, reason) from error
        reason = f"cannot read {file}: {text}"
        raise ProviderUnavailable(self._provider, self._path, reason) from error


def may_be_a_secret(path: str) -> bool:
    """Return whether `path` could be that of a file to be served.

    It is relative, does not go up, and names no hidden file and no backup of an editor.
    """
    segments = path.split("/")
    return all(
        segment
        and not segment.startswith((".", "#"))
        and not segment.endswith(_BACKUP_SUFFIXES)
        and "\\" not in segment
        for segment in segments
    )


def _is_served(file: str, suffixes: Sequence[str]) -> bool:
    return any(file.endswith(s) and may_be_a_secret(file.removesuffix(s)) for s in suffixes)


def _has_data_link(root: str) -> bool:
    """Return whether `root` has the link of a Kubernetes volume, made by root itself."""
    try:
        found = os.lstat(os.path.join(root, "..data"))
    except OSError:
        return False
    return stat.S_ISLNK(found.st_mode) and found.st_uid == 0


def _reason(check: Callable[[str], object], argument: str) -> str | None:
    try:
        check(argument)
    except ProviderError as error:
        return error.reason
    except OSError:  # it has been removed in the meantime
        return None
    return None
