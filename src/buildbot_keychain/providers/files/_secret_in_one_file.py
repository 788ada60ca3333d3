"""`SecretInOneFile`: many secrets in one settings file: ``.env``, JSON, YAML or TOML.

The file is read again at every lookup, in a thread, and rejected if other users can read or write
it, as those of `SecretInAFile` are. It is parsed again when its digest has changed: the values of
the last reading stay in memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import partial
from hashlib import blake2b
from typing import Any

from zope.interface import implementer

from buildbot_keychain import utf8
from buildbot_keychain.details import SecretDescription
from buildbot_keychain.errors import InvalidSecret, ProviderError
from buildbot_keychain.formats import (
    FORMATS,
    NUMBERS,
    SUFFIXES,
    Entries,
    Malformed,
    NonText,
    number_as_text,
)
from buildbot_keychain.interfaces import (
    ICanonicalNames,
    IListsNames,
    IReadsNow,
    ITellsChanges,
)
from buildbot_keychain.providers.arguments import is_path, require
from buildbot_keychain.providers.descriptions import Describes
from buildbot_keychain.providers.files._private_file import secret_content
from buildbot_keychain.providers.service import BlockingProvider

_LIBRARIES = {"yaml": "yaml", "toml": "tomllib" if sys.version_info >= (3, 11) else "tomli"}


@implementer(ICanonicalNames, IListsNames, IReadsNow, ITellsChanges)
class SecretInOneFile(Describes, BlockingProvider):
    """Serves the texts of one file; nested names are joined by ``/``.

    :param filename: the file, of at most 1 MiB; ``~`` is the home directory of the user that runs
        this process.
    :param format: ``"env"``, ``"json"``, ``"yaml"`` or ``"toml"``; by default the one that the end
        of `filename` implies.
    :param numbers: ``"error"``, or ``"text"`` for a number that is served as it is written.
    :param name: what the configuration and messages call this provider.
    :param reactor: where results are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when other users can read or write the file, or this process
    cannot; `InvalidSecret` when the value is a number, a list or something else that is not a text;
    `ProviderError` when the file is not of its format; `ProviderUnavailable` when it does not
    exist, the disk fails, or the service has been stopped.
    """

    name: str = "SecretInOneFile"
    kind = "onefile"

    def __init__(
        self,
        filename: str | os.PathLike[str],
        format: str | None = None,  # noqa: A002 - the usual word
        *,
        numbers: str = "error",
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - an IReactorFromThreads
    ) -> None:
        super().__init__(name, reactor)
        path = os.fspath(filename) if is_path(filename) else ""
        if not os.path.basename(path):
            self.fail_config("filename", "the path of a file", filename)
        if format is None:
            format = _format_of(path)  # noqa: A001
            if format is None:
                known = ", ".join(map(repr, FORMATS))
                self.fail_config("format", f"one of {known} for the file {path}", None)
        self._require_one_of("format", FORMATS, format)
        if format in _LIBRARIES:
            require(self.name, "files", _LIBRARIES[format])
        self._require_one_of("numbers", NUMBERS, numbers)
        self.filename = os.path.expanduser(path)
        self.numbers = numbers
        self.format = format
        self._last: tuple[bytes, Entries] | None = None

    def read(self, path: str) -> str | None:
        """Return the text called `path`, or ``None`` if there is none, or if it is a mapping."""
        entry = self._entries(path).get(path)
        if self.numbers == "text":
            entry = number_as_text(entry)
        if isinstance(entry, NonText):
            file = os.path.basename(self.filename)
            reason = f"in {file} it is {entry.what}; {entry.remedy}"
            raise InvalidSecret(self.name, path, reason)
        return entry

    def canonical(self, path: str) -> str:
        """Return the name itself: each is spelled in one way."""
        return path

    async def description_of(self, path: str) -> SecretDescription | None:
        """Return when the file was written, if there is a secret of that name in it."""
        written = await self.in_thread(path, partial(self._written, path))
        return None if written is None else SecretDescription(path, created=written)

    def may_have_changed(self) -> bool:
        """Return ``True``: a file is cheap to read."""
        return True

    def names(self) -> Iterator[str]:
        """Yield the names of the texts in the file. Blocks."""
        entries = self._entries("")
        yield from (name for name, entry in entries.items() if isinstance(entry, str))

    def check_config(self) -> Iterator[str]:
        """Yield what is wrong with the file as a whole. Blocks.

        A file may hold numbers and lists that nobody asks for.
        """
        try:
            self._entries("")
        except ProviderError as error:
            yield f"provider {self.name!r}: {error.reason}"

    def timeout_hint(self) -> str:
        """Return what to look at: a network file system may hang."""
        return f"is the file system of {self.filename} mounted?"

    def _written(self, path: str) -> float | None:
        return os.stat(self.filename).st_mtime if path in self._entries(path) else None

    def _entries(self, path: str) -> Entries:
        content = secret_content(self.filename, "filename", self.name, path)
        digest = blake2b(content).digest()
        last = self._last
        if last is None or last[0] != digest:
            last = self._last = (digest, self._parsed(content, path))
        return last[1]

    def _parsed(self, content: bytes, path: str) -> Entries:
        text = utf8.decode(content)
        if text is None:
            reason = f"cannot read {self.filename}: it is not UTF-8 text; correct it"
            raise ProviderError(self.name, path, reason)
        try:
            # Editors on Windows write a byte order mark, which is not part of the text.
            return FORMATS[self.format](text.removeprefix("\ufeff"))
        except Malformed as error:
            reason = f"cannot read {self.filename} as {self.format}: {error}; correct it"
            raise ProviderError(self.name, path, reason) from error


def _format_of(path: str) -> str | None:
    file = os.path.basename(path)
    if file.startswith(".env."):
        return "env"
    return next((form for suffix, form in SUFFIXES.items() if file.endswith(suffix)), None)
