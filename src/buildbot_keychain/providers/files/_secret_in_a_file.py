"""`SecretInAFile`: each secret is a file of its own, read again at every lookup.

For directories that are filled by hand, by Docker, by Kubernetes (whose atomic swap of ``..data``
is handled) or by systemd. A file that other users can read or write is rejected (`_permissions`).

It never touches a file on the reactor's thread, keeps no value, follows no link out of its
directory, and serves no hidden file, editor's backup, device, socket or large file (`_directory`).
A value is what the file holds; line ends of Windows, which ssh rejects in a key, are warned about.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger, LogLevel
from zope.interface import implementer

from buildbot_keychain import utf8
from buildbot_keychain.errors import InvalidSecret, ProviderError
from buildbot_keychain.interfaces import (
    ICanonicalNames,
    IListsNames,
    IReadsNow,
    ITellsChanges,
)
from buildbot_keychain.providers.arguments import is_path
from buildbot_keychain.providers.files._canonical import FileNames
from buildbot_keychain.providers.files._directory import SecretDirectory, may_be_a_secret
from buildbot_keychain.providers.service import BlockingProvider
from buildbot_keychain.single_flight import SingleFlight

_MOST_WARNINGS = 1000
"""Names of files that are remembered, so that each is warned about once."""


@implementer(ICanonicalNames, IListsNames, IReadsNow, ITellsChanges)
class SecretInAFile(BlockingProvider):
    """Serves the files of the directory `dirname`; ``sub/name`` is a file of a sub-directory.

    :param dirname: the directory; ``~`` is the home directory of the user that runs this process.
    :param suffixes: what may follow a secret's name in the name of its file, tried in this order;
        by default nothing.
    :param strip: whether line ends at the end of a file are removed.
    :param name: what the configuration and messages call this provider.
    :param reactor: where results are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when other users can read or write a file, this process cannot
    read it, or it is a link that leads out of the directory; `InvalidSecret` when it is not UTF-8;
    `ProviderUnavailable` when the directory does not exist, the disk fails, or the service has been
    stopped.
    """

    name: str = "SecretInAFile"
    kind = "file"
    log = Logger()

    def __init__(
        self,
        dirname: str | os.PathLike[str],
        suffixes: Sequence[str] | None = None,
        strip: bool = True,  # noqa: FBT001, FBT002 - Buildbot's signature
        *,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - an IReactorFromThreads
    ) -> None:
        super().__init__(name, reactor)
        if not is_path(dirname):
            self.fail_config("dirname", "the path of a directory", dirname)
        if suffixes is not None and not _are_suffixes(suffixes):
            self.fail_config("suffixes", "a list of str without '/', such as ['.txt']", suffixes)
        self._require_bool("strip", strip)
        self.dirname = os.path.expanduser(os.fspath(dirname))
        self.suffixes = tuple(suffixes) if suffixes is not None else ("",)
        self.strip = strip
        self._warned: set[str] = set()
        self._naming = SingleFlight()

    async def look_up(self, path: str) -> str | None:
        """Return what `read` returns, and warn about line ends of Windows."""
        text = await super().look_up(path)
        if text is not None and "\r\n" in text and path not in self._warned:
            if len(self._warned) < _MOST_WARNINGS:
                self._warned.add(path)
            self.log.emit(
                LogLevel.warn,
                "provider {name!r}: the secret {path!r} has line ends of Windows, which are part "
                "of it; programs such as ssh do not accept them in a key: run sed -i 's/\\r$//' on "
                "its file in {dirname}",
                name=self.name,
                path=path,
                dirname=self.dirname,
            )
        return text

    def read(self, path: str) -> str | None:
        """Return the text of the file called `path`, or ``None`` if there is none."""
        if not may_be_a_secret(path):
            return None
        directory = SecretDirectory(self.dirname, self.name, path)
        for suffix in self.suffixes:
            content = directory.content(path + suffix)
            if content is not None:
                return self._text(path, path + suffix, content)
        return None

    def canonical(self, path: str) -> Deferred[str | None]:
        """Return the name of the file that is served as `path`, whatever links lead to it."""
        return self.without_trace(path, self._canonical(path))

    def may_have_changed(self) -> bool:
        """Return ``True``: files are cheap to read."""
        return True

    def names(self) -> Iterator[str]:
        """Yield the names of what is in the directory; some may be rejected when read. Blocks."""
        root = os.path.realpath(self.dirname)
        for directory, directories, files in os.walk(root):
            directories[:] = sorted(filter(may_be_a_secret, directories))
            for file in sorted(files):
                path = os.path.relpath(os.path.join(directory, file), root)
                suffix = next((s for s in self.suffixes if path.endswith(s) and path != s), None)
                if suffix is not None and may_be_a_secret(path.removesuffix(suffix)):
                    yield path.removesuffix(suffix)

    def check_config(self) -> Iterator[str]:
        """Yield why files of this directory would be rejected. Blocks."""
        try:
            for reason in SecretDirectory(self.dirname, self.name, "").problems(self.suffixes):
                yield f"provider {self.name!r}: {reason}"
        except ProviderError as error:
            yield f"provider {self.name!r}: {error.reason}"

    def timeout_hint(self) -> str:
        """Return what to look at: a network file system may hang."""
        return f"is {self.dirname} mounted?"

    async def _canonical(self, path: str) -> str | None:
        def find() -> str | None:
            self._naming.close(path)  # who asks from now on may see another link
            return FileNames(self.dirname, self.suffixes, may_be_a_secret).canonical(path)

        self.require_running(path)
        start = partial(self.in_thread, path, find)
        name: str | None = await self._naming.do(path, start)
        return name

    def _text(self, path: str, file: str, content: bytes) -> str:
        text = utf8.decode(content)
        if text is None:
            reason = f"its file {os.path.basename(file)} is not UTF-8 text; store it in base64"
            raise InvalidSecret(self.name, path, reason)
        return text.rstrip("\r\n") if self.strip else text


def _are_suffixes(suffixes: object) -> bool:
    """Return whether `suffixes` can follow names: an ordered list that leads nowhere else."""
    return isinstance(suffixes, (list, tuple)) and all(
        isinstance(suffix, str) and "/" not in suffix for suffix in suffixes
    )
