"""`SecretInOneFile`: many secrets in one file of settings: ``.env``, JSON, YAML or TOML.

The file is read anew at each lookup, in a thread, and what other users can read or write is
refused as for `SecretInAFile` (see `permissions` and `secret_directory`). It is parsed anew when
its content has changed, which a digest tells: the values of the last reading stay in memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from buildbot_keychain.errors import (
    InvalidSecret,
    ProviderError,
    quote,
)
from buildbot_keychain.providers.arguments import is_path, require
from buildbot_keychain.providers.files._private_file import secret_content
from buildbot_keychain.providers.formats import FORMATS, SUFFIXES, Entries, Malformed, NotText
from buildbot_keychain.providers.service import BlockingProvider

_LIBRARIES = {"yaml": "yaml", "toml": "tomllib" if sys.version_info >= (3, 11) else "tomli"}


class SecretInOneFile(BlockingProvider):
    """Serves the texts of one file; nested names are joined by ``/``.

    :param filename: the file, of at most 1 MiB.
    :param format: ``"env"``, ``"json"``, ``"yaml"`` or ``"toml"``; by default what the end of
        `filename` tells.
    :param name: what configuration and messages call this provider.
    :param reactor: where answers are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when other users can read or write the file, or we cannot;
    `InvalidSecret` when the value is a number, a list or something else that is not a text;
    `ProviderError` when the file is not of its format; `ProviderUnavailable` when it is not there,
    the disk fails, or the service has been stopped.
    """

    name: str = "SecretInOneFile"
    kind = "onefile"

    def __init__(
        self,
        filename: str | os.PathLike[str],
        format: str | None = None,  # noqa: A002 - the word for it
        *,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - an IReactorFromThreads
    ) -> None:
        super().__init__(name, reactor)
        path = os.fspath(filename) if is_path(filename) else ""
        if not os.path.basename(path):
            self.fail_config("filename", "the path of a file", filename)
        known = ", ".join(map(repr, FORMATS))
        if format is None:
            format = _format_of(path)  # noqa: A001
            if format is None:
                self.fail_config("format", f"given as {known} where the name does not tell", path)
        elif format not in FORMATS:
            self.fail_config("format", f"one of {known}", format)
        if format in _LIBRARIES:
            require(self.name, "files", _LIBRARIES[format])
        self.filename = path
        self.format = format
        self._last: tuple[bytes, Entries] | None = None

    def read(self, path: str) -> str | None:
        """Give the text called `path`, or ``None`` where there is none, or a group of names."""
        entry: str | NotText | ProviderError | None
        try:
            entry = self._entries(path).get(path)
        except ProviderError as error:
            # The frames that it was raised in hold what was read.
            entry = error.with_traceback(None)
        if isinstance(entry, ProviderError):
            raise entry
        if isinstance(entry, NotText):
            raise InvalidSecret(self.name, path, self._said(entry))
        return entry

    def check_config(self) -> Iterator[str]:
        """Say, blocking, what of this file would be refused: for checking a configuration."""
        try:
            for path, entry in self._entries("").items():
                if isinstance(entry, NotText):
                    yield f"provider {self.name!r}: {quote(path)}: {self._said(entry)}"
        except ProviderError as error:
            yield f"provider {self.name!r}: {error.reason}"

    def timeout_hint(self) -> str:
        """Say what did not answer: a network file system may hang."""
        return f"is what holds {self.filename} mounted?"

    def _said(self, entry: NotText) -> str:
        return f"{self.filename} holds {entry.what} there; {entry.remedy}"

    def _entries(self, path: str) -> Entries:
        content = secret_content(self.filename, "filename", self.name, path)
        digest = blake2b(content).digest()
        last = self._last
        if last is None or last[0] != digest:
            last = self._last = (digest, self._parsed(content, path))
        return last[1]

    def _parsed(self, content: bytes, path: str) -> Entries:
        text = content.decode("utf-8", "replace")
        problem = f"cannot read {self.filename}: it is not UTF-8 text"
        if text.encode("utf-8") == content:
            try:
                # A byte order mark is none of the text's: Windows editors put it there.
                return FORMATS[self.format](text.removeprefix("\ufeff"))
            except Malformed as error:
                problem = f"cannot read {self.filename} as {self.format}: {error}"
        raise ProviderError(self.name, path, f"{problem}; correct it")


def _format_of(path: str) -> str | None:
    file = os.path.basename(path)
    if file.startswith(".env."):
        return "env"
    return next((form for suffix, form in SUFFIXES.items() if file.endswith(suffix)), None)
