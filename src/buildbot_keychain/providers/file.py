"""`SecretInAFile`: each secret is a file of its own, read anew whenever it is asked for.

For directories filled by hand, by Docker, by Kubernetes (whose atomic swap of ``..data`` is taken
care of) or by systemd; what other users can read or write is refused (see `permissions`).

It never lists, reads or even looks at a file on the reactor's thread, keeps no value, follows no
link out of its directory, and serves no dot file, editor's backup, device, socket or large file
(see `secret_directory`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from zope.interface import implementer

from buildbot_keychain.errors import (
    ConfigurationError,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
    shown,
)
from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.providers.secret_directory import SecretDirectory, may_be_a_secret
from buildbot_keychain.workpool import WorkPool

DEADLINE = 20.0
"""Seconds that a file may take to be read: a network file system may hang."""

_THREADS = 4


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
            if not isinstance(name, str) or not name.strip() or "!" in name:
                self._refuse("name", "a str that is not blank and holds no '!'", name)
            self.name = name
        path = isinstance(dirname, (str, os.PathLike)) and os.fspath(dirname)
        if not isinstance(path, str) or not path or "\0" in path:
            self._refuse("dirname", "the path of a directory", dirname)
        if suffixes is not None and not _are_suffixes(suffixes):
            self._refuse("suffixes", "a list of str without '/', such as ['.txt']", suffixes)
        if not isinstance(strip, bool):
            self._refuse("strip", "True or False", strip)
        self.dirname = os.fspath(dirname)
        self.suffixes = tuple(suffixes) if suffixes is not None else ("",)
        self.strip = strip
        self._reactor = reactor
        self._pool: WorkPool | None = None
        self._stopped = False

    def get(self, path: str) -> Deferred[str | None]:
        """Give the content of the file called `path`, or ``None`` where there is none.

        :raise AccessDenied: when other users can read or write it, we cannot read it, or it is a
            link that leads out of the directory.
        :raise InvalidSecret: when it is not UTF-8.
        :raise ProviderUnavailable: when the directory is not there, the disk fails, or the service
            has been stopped.
        """
        return Deferred.fromCoroutine(self._get(path))

    async def _get(self, path: str) -> str | None:
        if self._stopped:
            raise ProviderUnavailable(self.name, path, "it has been stopped; start it again")
        try:
            return await self._threads().run(DEADLINE, lambda: self.read(path))
        except DeferredTimeout:
            reason = f"{self.dirname} did not answer within {DEADLINE:g} seconds; is it mounted?"
        raise DeadlineExceeded(self.name, path, reason)

    def startService(self) -> None:
        """Answer, after having been stopped too; before the first start it answers anyway."""
        super().startService()
        self._stopped = False

    def stopService(self) -> None:
        """Let the threads go, and answer no more."""
        super().stopService()
        self._stopped = True
        if self._pool is not None:
            self._pool.stop()
            self._pool = None

    def read(self, path: str) -> str | None:
        """Do what `get` does, blocking."""
        if not may_be_a_secret(path):
            return None
        directory = SecretDirectory(self.dirname, self.name, path)
        for suffix in self.suffixes:
            content = directory.content(path + suffix)
            if content is not None:
                return self._text(path, path + suffix, content)
        return None

    def complaints(self) -> Iterator[str]:
        """Say, blocking, what of this directory would be refused: for checking a configuration."""
        try:
            for reason in SecretDirectory(self.dirname, self.name, "").refusals(self.suffixes):
                yield f"provider {self.name!r}: {reason}"
        except ProviderError as error:
            yield f"provider {self.name!r}: {error.reason}"

    def _threads(self) -> WorkPool:
        if self._pool is None:
            if self._reactor is None:
                from twisted.internet import reactor  # noqa: PLC0415 - not before it is needed

                self._reactor = reactor
            self._pool = WorkPool(self._reactor, _THREADS, f"keychain-{self.name}")
        return self._pool

    def _text(self, path: str, file: str, content: bytes) -> str:
        text = content.decode("utf-8", "replace")
        if text.encode("utf-8") != content:
            reason = f"{os.path.join(self.dirname, file)} is not UTF-8 text; store it in base64"
            raise InvalidSecret(self.name, path, reason)
        return text.rstrip("\r\n") if self.strip else text

    def _refuse(self, option: str, wanted: str, given: object) -> NoReturn:
        msg = f"{self.name}: {option} must be {wanted}, not {shown(given)}"
        raise ConfigurationError(msg)


def _are_suffixes(suffixes: object) -> bool:
    """Tell whether `suffixes` can stand behind names: they have an order, and lead nowhere else."""
    return isinstance(suffixes, (list, tuple)) and all(
        isinstance(suffix, str) and "/" not in suffix for suffix in suffixes
    )
