"""`SecretInSops`: secrets in files that sops has encrypted for age keys, in git or anywhere else.

Each lookup reads the file, opens its data key, decrypts all of its values and verifies the MAC, in
a thread. Nothing is kept, so a changed file is seen at the next lookup.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from buildbot_keychain.details import DescribedText
from buildbot_keychain.errors import InvalidSecret, ProviderError
from buildbot_keychain.formats import NUMBERS
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.providers.age import Identities, read_identities
from buildbot_keychain.providers.arguments import (
    RenderedArguments,
    SecretArgument,
    is_path,
    require,
)
from buildbot_keychain.providers.descriptions import DescribesAnswers
from buildbot_keychain.providers.service import BlockingProvider
from buildbot_keychain.providers.sops._canonical import canonical_name
from buildbot_keychain.providers.sops._decryption import decrypt_document, text_of
from buildbot_keychain.providers.sops._document import FORMATS, Document
from buildbot_keychain.providers.sops._errors import SopsError, SopsUnavailable
from buildbot_keychain.providers.sops._files import (
    Candidate,
    candidates,
    encrypted_files,
)
from buildbot_keychain.providers.sops._metadata import read_metadata
from buildbot_keychain.times import rfc_3339

DEFAULT_KEY_FILE = "~/.config/sops/age/keys.txt"
"""Where sops itself looks for age identities."""


@implementer(ICanonicalNames)
class SecretInSops(DescribesAnswers, RenderedArguments, BlockingProvider):
    """Serves the encrypted values of files; ``db/password`` is the key ``password`` in ``db``.

    :param files: a file, a directory, or a list of them, which are searched in that order; in a
        directory the path of a file without its suffix begins the name. ``~`` is the home
        directory of the user that runs this process.
    :param age_key_file: a private file of age identities, or an SSH key; by default the one that
        sops uses, `DEFAULT_KEY_FILE`.
    :param age_key: in place of a file, its content: a `str` or a renderable.
    :param format: ``"yaml"``, ``"json"``, ``"dotenv"``, ``"ini"`` or ``"binary"``, for files named
        in `files`; by default the one that a file's name shows.
    :param numbers: ``"error"``, or ``"text"`` for a number that is served as sops writes it.
    :param name: what configuration and messages call this provider.
    :param reactor: where answers are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when no identity opens the file, its MAC does not match or other
    users can write to it; `InvalidSecret` when the value is not a text, or not encrypted;
    `ProviderError` when the file is not of sops; `ProviderUnavailable` when it is missing or cannot
    be read.
    """

    name: str = "SecretInSops"
    kind = "sops"

    def __init__(
        self,
        files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        age_key_file: str | os.PathLike[str] | None = None,
        age_key: object = None,
        *,
        format: str | None = None,  # noqa: A002 - the usual word
        numbers: str = "error",
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - an IReactorFromThreads
    ) -> None:
        super().__init__(name, reactor)
        require(self.name, "sops", "cryptography", "pyrage", "yaml")
        places = [files] if isinstance(files, (str, os.PathLike)) else files
        if not isinstance(places, (list, tuple)) or not places or not all(map(is_path, places)):
            self.fail_config("files", "the path of a file or directory, or a list of them", files)
        if age_key_file is not None and not is_path(age_key_file):
            self.fail_config("age_key_file", "the path of a file", age_key_file)
        if age_key is not None and age_key_file is not None:
            self.fail_config("age_key_file", "left out when age_key is given", age_key_file)
        if format is not None:
            self._require_one_of("format", FORMATS, format)
        self.files = tuple(os.path.expanduser(os.fspath(place)) for place in places)
        self.format = format
        self._require_one_of("numbers", NUMBERS, numbers)
        self.numbers = numbers
        self.age_key_file = os.path.expanduser(os.fspath(age_key_file or DEFAULT_KEY_FILE))
        self._age_key = None if age_key is None else SecretArgument(self.name, "age_key", age_key)

    async def look_up(self, path: str) -> str | None:
        """Render the key, and read in a thread."""
        key = await self.render_argument(path, self._age_key)
        return await self.in_thread(path, partial(self._read, path, key))

    def canonical(self, path: str) -> Deferred[str | None]:
        """Return the name of the value, whatever links lead to its file."""
        return self.without_trace(path, self.in_thread(path, partial(self._canonical, path)))

    def check_config(self) -> Iterator[str]:
        """Yield, blocking, the problems of the key, of named files, and of unusable directories."""
        constant = None if self._age_key is None else self._age_key.constant
        identities = None  # a renderable is not rendered for a check
        try:
            if self._age_key is None or constant is not None:
                identities = self._identities("", constant)
        except ProviderError as error:
            yield f"provider {self.name!r}: {error.reason}"
            return
        for place in self.files:
            for problem in _problems(place, self.format, identities):
                yield f"provider {self.name!r}: {problem}"

    def timeout_hint(self) -> str:
        """Return what to look at when a lookup does not end: a network file system may hang."""
        return f"are {' and '.join(self.files)} mounted?"

    def _read(self, path: str, key: str | None) -> str | None:
        file = ""
        try:
            for place in self.files:
                file = place
                for candidate in candidates(place, path, self.format):
                    file = candidate.path
                    document = candidate.document()
                    if document is None:
                        continue
                    leaves = decrypt_document(document, self._identities(path, key))
                    if candidate.name in leaves:
                        text = text_of(leaves[candidate.name], numbers=self.numbers)
                        return _described(text, document)
        except SopsError as error:
            if error.kind is InvalidSecret:
                file = os.path.basename(file)
            raise error.kind(self.name, path, f"{file} {error.reason}") from error
        return None

    def _canonical(self, path: str) -> str:
        try:
            return canonical_name(self.files, path, self.format)
        except SopsError as error:
            raise error.kind(self.name, path, f"one of its files {error.reason}") from error

    def _identities(self, path: str, key: str | None) -> Identities:
        return read_identities(self.name, path, self.age_key_file, key)


def _described(text: str, document: Document) -> DescribedText:
    """Return a value of `document` with when that was written."""
    return DescribedText(text, created=rfc_3339(document.metadata.get("lastmodified")))


def _problems(place: str, form: str | None, identities: Identities | None) -> Iterator[str]:
    """Yield why nothing of a place can be opened, for each of its files.

    A repository may also have files for others, which are no reason not to start.
    """
    reasons: list[str] = []
    try:
        for candidate in encrypted_files(place, form):
            reason = _problem(candidate, identities)
            if reason is not None:
                reasons.append(reason)
    except SopsUnavailable as error:
        yield f"{place} {error.reason}"
    if "" not in reasons:
        yield from reasons


def _problem(candidate: Candidate, identities: Identities | None) -> str | None:
    """Return why a file cannot be opened: nothing if it can, ``None`` if it is none of sops's.

    Without `identities` it is not decrypted.
    """
    try:
        document = candidate.document()
        if document is None:
            return None
        if identities is None:
            read_metadata(document.metadata)
        else:
            decrypt_document(document, identities)
    except SopsError as error:
        return f"{candidate.path} {error.reason}"
    return ""
