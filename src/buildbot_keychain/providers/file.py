"""`SecretInAFile`: each secret is a file of its own, read anew whenever it is asked for.

For directories filled by hand, by Docker, by Kubernetes (whose atomic swap of ``..data`` is taken
care of) or by systemd; what other users can read or write is refused (see `permissions`).

It never lists, reads or even looks at a file on the reactor's thread, keeps no value, follows no
link out of its directory, and serves no dot file, editor's backup, device, socket or file of more
than `MAX_SIZE`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from zope.interface import implementer

from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.providers.permissions import Reader, directory_complaint, file_complaint
from buildbot_keychain.workpool import WorkPool

MAX_SIZE = 1 << 20
"""Bytes: what Kubernetes and systemd allow for one secret; a larger file is something else."""

DEADLINE = 20.0
"""Seconds that a file may take to be read: a network file system may hang."""

_THREADS = 4
_SWAPS = 5
_BACKUPS = ("~", ".bak", ".orig", ".rej", ".swp", ".swo", ".tmp")
# What open() says of a name that can be no file here.
_NO_SUCH_FILE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EISDIR, errno.EINVAL}


@implementer(ISecretProvider)
class SecretInAFile(Service):
    """Serves the files of the directory `dirname`; ``sub/name`` is a file of a sub-directory.

    :param dirname: the directory.
    :param suffixes: what may follow a secret's name in its file's name, in the order in which they
        are tried; by default nothing.
    :param strip: whether line ends at the end of a file are left out.
    :param name: what configuration and messages call this provider.
    :param reactor: where answers are delivered; Twisted's by default.
    """

    name: str = "SecretInAFile"
    kind = "file"

    def __init__(
        self,
        dirname: str | os.PathLike[str],
        suffixes: Sequence[str] | None = None,
        strip: bool = True,  # noqa: FBT001, FBT002 - Buildbot's signature
        *,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - an IReactorFromThreads
    ) -> None:
        if name is not None:
            self.name = name
        if not isinstance(dirname, (str, os.PathLike)) or not str(dirname):
            msg = f"{self.name}: dirname must be a path, not {dirname!r}"
            raise ConfigurationError(msg)
        if isinstance(suffixes, str) or not all(isinstance(s, str) for s in suffixes or ()):
            msg = f"{self.name}: suffixes must be a list of str, such as ['.txt']"
            raise ConfigurationError(msg)
        self.dirname = os.fspath(dirname)
        self.suffixes = tuple(suffixes) if suffixes is not None else ("",)
        self.strip = strip
        self._reactor = reactor
        self._pool: WorkPool | None = None

    def get(self, path: str) -> Deferred[str | None]:
        """Give the content of the file called `path`, or ``None`` where there is none.

        :raise AccessDenied: when other users can read or write it, or we cannot read it.
        :raise InvalidSecret: when it is not UTF-8.
        :raise ProviderUnavailable: when the directory is not there, or the disk fails.
        """
        return Deferred.fromCoroutine(self._get(path))

    async def _get(self, path: str) -> str | None:
        try:
            return await self._threads().run(DEADLINE, lambda: self.read(path))
        except DeferredTimeout:
            reason = f"{self.dirname} did not answer within {DEADLINE:g} seconds; is it mounted?"
        raise DeadlineExceeded(self.name, path, reason)

    def stopService(self) -> None:
        """Let the threads go."""
        super().stopService()
        if self._pool is not None:
            self._pool.stop()
            self._pool = None

    def read(self, path: str) -> str | None:
        """Do what `get` does, blocking."""
        if not _may_be_a_secret(path):
            return None
        for suffix in self.suffixes:
            content = self._content(path, path + suffix)
            if content is not None:
                return self._text(path, path + suffix, content)
        return None

    def complaints(self) -> Iterator[str]:
        """Say, blocking, what of this directory would be refused: for checking a configuration."""
        try:
            root, reader, kubernetes = self._open_root("")
        except ProviderError as error:
            yield f"provider {self.name!r}: {error.reason}"
            return
        for directory, directories, files in os.walk(root):
            directories[:] = [name for name in directories if not name.startswith(".")]
            for file in files:
                path = os.path.realpath(os.path.join(directory, file))
                served = file.endswith(self.suffixes) and _may_be_a_secret(file)
                try:
                    found = os.stat(path)
                except OSError:
                    continue
                if served and stat.S_ISREG(found.st_mode):
                    complaint = file_complaint(path, found, reader, kubernetes=kubernetes)
                    if complaint:
                        yield f"provider {self.name!r}: {complaint}"

    def _threads(self) -> WorkPool:
        if self._pool is None:
            if self._reactor is None:
                from twisted.internet import reactor  # noqa: PLC0415 - not before it is needed

                self._reactor = reactor
            self._pool = WorkPool(self._reactor, _THREADS, f"keychain-{self.name}")
        return self._pool

    def _open_root(self, path: str) -> tuple[str, Reader, bool]:
        """Give the directory with its links resolved, who reads, and whether it is Kubernetes'."""
        root = os.path.realpath(self.dirname)
        reader = Reader()
        problem = None
        try:
            found = os.stat(root)
        except OSError as error:
            problem = f"cannot look at the directory {self.dirname}: {error.strerror}"
        if problem is None and not stat.S_ISDIR(found.st_mode):
            problem = f"{self.dirname} is no directory"
        if problem is not None:
            raise ProviderUnavailable(self.name, path, f"{problem}; create it or correct dirname")
        kubernetes = os.path.islink(os.path.join(root, "..data"))
        complaint = directory_complaint(root, found, reader, kubernetes=kubernetes)
        if complaint:
            raise AccessDenied(self.name, path, complaint)
        return root, reader, kubernetes

    def _content(self, path: str, file: str) -> bytes | None:
        root, reader, kubernetes = self._open_root(path)
        for _ in range(_SWAPS):
            # A Kubernetes volume is updated by swapping the ..data link: what was resolved before
            # the swap is gone after it, and has to be resolved anew.
            try:
                real = os.path.realpath(os.path.join(root, file))
                descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except ValueError:  # a NUL in the name
                return None
            except OSError as error:
                if error.errno == errno.ENOENT and os.path.lexists(os.path.join(root, file)):
                    continue
                self._check_absence(path, os.path.join(root, file), error)
                return None
            if not real.startswith(root + os.sep):
                os.close(descriptor)
                return None
            linked = kubernetes and os.sep + ".." in real[len(root) :]
            return self._opened(path, real, descriptor, reader, kubernetes=linked)
        return None

    def _check_absence(self, path: str, file: str, error: OSError) -> None:
        """Raise unless `error`, which opening `file` gave, means that there is no such secret."""
        number, text = error.errno, error.strerror
        if number in _NO_SUCH_FILE or number == errno.ENXIO:  # ENXIO: a socket
            return
        if number in {errno.EACCES, errno.EPERM, errno.ELOOP}:
            reason = f"cannot read {file}: {text}; give it to the user that runs this process"
            raise AccessDenied(self.name, path, reason)
        raise ProviderUnavailable(self.name, path, f"cannot read {file}: {text}")

    def _opened(
        self, path: str, real: str, descriptor: int, reader: Reader, *, kubernetes: bool
    ) -> bytes | None:
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_SIZE:
                return None
            complaint = file_complaint(real, found, reader, kubernetes=kubernetes)
            if complaint:
                raise AccessDenied(self.name, path, complaint)
            with open(descriptor, "rb", closefd=False) as stream:
                content = stream.read(MAX_SIZE + 1)
        except OSError as error:
            problem = error.strerror
        else:
            return content if len(content) <= MAX_SIZE else None
        finally:
            os.close(descriptor)
        raise ProviderUnavailable(self.name, path, f"cannot read {real}: {problem}")

    def _text(self, path: str, file: str, content: bytes) -> str:
        text = content.decode("utf-8", "replace")
        if text.encode("utf-8") != content:
            reason = f"{os.path.join(self.dirname, file)} is not UTF-8 text; store it in base64"
            raise InvalidSecret(self.name, path, reason)
        return text.rstrip("\r\n") if self.strip else text


def _may_be_a_secret(path: str) -> bool:
    """Tell whether `path` could name a file that is served: relative, downwards, not hidden."""
    segments = path.split("/")
    return all(
        segment
        and not segment.startswith((".", "#"))
        and not segment.endswith(_BACKUPS)
        and "\\" not in segment
        for segment in segments
    )
