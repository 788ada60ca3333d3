"""`SecretInAFile`: each secret is a file of its own; a change is seen at the next lookup.

For directories that are filled by hand, by Docker, by Kubernetes (whose atomic swap of ``..data``
is handled) or by systemd. A file that other users can read or write is rejected (`_permissions`).

It never touches a file on the reactor's thread, follows no link out of its directory, and serves no
hidden file, editor's backup, device, socket or large file (`_directory`). What was read is given
again for as long as it is certain that nothing has changed (`_watched_tree`); where that cannot be
known, a file is read at every lookup.
A value is what the file holds; line ends of Windows, which ssh rejects in a key, are warned about.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger, LogLevel
from zope.interface import implementer

from buildbot_keychain import utf8
from buildbot_keychain.details import SecretDescription
from buildbot_keychain.errors import InvalidSecret, ProviderError
from buildbot_keychain.interfaces import (
    ICanonicalNames,
    IListsNames,
    IReadsNow,
    ITellsChanges,
    ITellsUnchanged,
)
from buildbot_keychain.providers.arguments import is_path
from buildbot_keychain.providers.descriptions import Describes
from buildbot_keychain.providers.files._canonical import FileNames
from buildbot_keychain.providers.files._directory import SecretDirectory, may_be_a_secret
from buildbot_keychain.providers.files._watched_tree import WatchedTree
from buildbot_keychain.providers.service import BlockingProvider
from buildbot_keychain.secretive import secretive
from buildbot_keychain.single_flight import SingleFlight

T = TypeVar("T")

_MOST_WARNINGS = 1000
"""Names of files that are remembered, so that each is warned about once."""

_MOST_KEPT = 10_000
"""Names of which it is kept what was found."""

_PAUSE, _LONG_PAUSE = 1.0, 60.0
"""Seconds from when a watch began to when the next one may, and where it could not."""


@implementer(ICanonicalNames, IListsNames, IReadsNow, ITellsChanges, ITellsUnchanged)
class SecretInAFile(Describes, BlockingProvider):
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
        self._flights = SingleFlight(cancel_unwanted=True)
        self._found: _Found | None = None
        self._beginning = threading.Lock()
        self._not_before = 0.0

    def get(self, path: str) -> Deferred[str | None]:
        """Return the value of the secret called `path`, at once where nothing has changed."""
        found = self._unchanged()
        if found is not None and path in found.values:
            return succeed(found.values[path])
        return super().get(path)

    def changed_since_now(self) -> Callable[[], bool] | None:
        """Return a function that returns whether a file has changed, if that can be known."""
        found = self._unchanged()
        return None if found is None else found.tree.has_changed

    async def look_up(self, path: str) -> str | None:
        """Return what `read` returns, and warn about line ends of Windows."""
        text: str | None = await self._at_once("read", path, partial(self._read_and_keep, path))
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
        return self._read(path, lambda _: None)

    def _read(self, path: str, about_to_open: Callable[[str], object]) -> str | None:
        if not may_be_a_secret(path):
            return None
        directory = SecretDirectory(self.dirname, self.name, path, about_to_open=about_to_open)
        for suffix in self.suffixes:
            content = directory.content(path + suffix)
            if content is not None:
                return self._text(path, path + suffix, content)
        return None

    def canonical(self, path: str) -> Deferred[str | None]:
        """Return the name of the file that is served as `path`, whatever links lead to it."""
        found = self._unchanged()
        if found is not None and path in found.names:
            return succeed(found.names[path])
        return self.without_trace(path, self._canonical(path))

    async def description_of(self, path: str) -> SecretDescription | None:
        """Return when the file was written."""
        written = await self.in_thread(path, partial(self._written, path))
        if written is None:
            return None
        return SecretDescription(await self._canonical(path) or path, created=written)

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
            found = self._watched()
            name = FileNames(self.dirname, self.suffixes, may_be_a_secret).canonical(path)
            if found is not None:
                _keep(found.names, path, name)
            return name

        self.require_running(path)
        name: str | None = await self._at_once("find", path, find)
        return name

    def _at_once(self, what: str, path: str, work: Callable[[], T]) -> Deferred[T]:
        """Call `work` in a thread, once for all who ask before it begins: it may see a change."""
        key = what, path

        def begin() -> T:
            self._flights.close(key)
            return work()

        return self._flights.do(key, partial(self.in_thread, path, begin))

    def stopService(self) -> Any:  # noqa: ANN401 - nothing, or a Deferred
        """Stop answering, and let the threads end."""
        stopped = super().stopService()
        found, self._found = self._found, None
        if found is not None:
            found.tree.has_ended = True
            # The kernel takes some milliseconds to end a watch.
            threading.Thread(target=found.tree.end, daemon=True).start()
        return stopped

    def _unchanged(self) -> _Found | None:
        """Return what was found, if nothing has changed since."""
        found = self._found
        if found is None or self._stopped or found.tree.has_changed():
            return None
        return found

    def _read_and_keep(self, path: str) -> str | None:
        found = self._watched()
        if found is None:
            return self.read(path)
        watched: list[bool] = []
        text = self._read(path, lambda file: watched.append(found.tree.watch_file(file)))
        if all(watched):
            _keep(found.values, path, text)
        return text

    def _watched(self) -> _Found | None:
        """Return where to keep what is found from now on, if a change can be noticed. Blocks."""
        with self._beginning:
            found = self._found
            if found is not None and not found.tree.has_ended:
                return found
            self._found = None
            if found is not None:
                found.tree.end()  # builds may remember it
            now = monotonic()
            if now >= self._not_before:
                self._not_before = now + _LONG_PAUSE
                with suppress(OSError):
                    self._found = found = _Found(WatchedTree(self.dirname))
                    self._not_before = now + _PAUSE
                    if self._stopped:  # meanwhile, or before
                        self._found = None
                    return found
            return None

    def _written(self, path: str) -> float | None:
        if not may_be_a_secret(path):
            return None
        directory = SecretDirectory(self.dirname, self.name, path)
        found = (directory.written(path + suffix) for suffix in self.suffixes)
        return next((time for time in found if time is not None), None)

    def _text(self, path: str, file: str, content: bytes) -> str:
        text = utf8.decode(content)
        if text is None:
            reason = f"its file {os.path.basename(file)} is not UTF-8 text; store it in base64"
            raise InvalidSecret(self.name, path, reason)
        return text.rstrip("\r\n") if self.strip else text


@secretive
class _Found:
    """What was found in a directory while nothing has changed in it.

    :ivar values: the texts by name, as they are read.
    :ivar names: the canonical names.
    """

    def __init__(self, tree: WatchedTree) -> None:
        self.tree = tree
        self.values: dict[str, str | None] = {}
        self.names: dict[str, str | None] = {}


def _keep(kept: dict[str, T], path: str, what: T) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[path] = what


def _are_suffixes(suffixes: object) -> bool:
    """Return whether `suffixes` can follow names: an ordered list that leads nowhere else."""
    return isinstance(suffixes, (list, tuple)) and all(
        isinstance(suffix, str) and "/" not in suffix for suffix in suffixes
    )
