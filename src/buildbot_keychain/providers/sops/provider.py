"""`SecretInSops`: secrets in files that sops has encrypted for age keys, in git or anywhere.

Each lookup reads the file, opens its data key, decrypts all of its values and verifies the MAC,
in a thread; nothing is kept, and a changed file is seen at the next lookup. What stands unencrypted
in a file is never served.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from buildbot_keychain.errors import (
    AccessDenied,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.arguments import RenderedArguments, is_path, require
from buildbot_keychain.providers.files import SecretDirectory
from buildbot_keychain.providers.service import BlockingProvider
from buildbot_keychain.providers.sops.age import Identities
from buildbot_keychain.providers.sops.document import parse
from buildbot_keychain.providers.sops.files import (
    Candidate,
    Unreachable,
    candidates,
    encrypted_files,
    text_of_file,
)
from buildbot_keychain.providers.sops.metadata import metadata_of
from buildbot_keychain.providers.sops.refusal import NotForUs, NotText, NotTrusted, Refused
from buildbot_keychain.providers.sops.tree import Leaf, decrypted, text_of

DEFAULT_KEY_FILE = "~/.config/sops/age/keys.txt"
"""Where sops itself looks for age identities."""


class SecretInSops(RenderedArguments, BlockingProvider):
    """Serves the encrypted values of files; ``db/password`` is the key ``password`` in ``db``.

    :param files: a file, a directory, or a list of them, which are asked in their order; in a
        directory the path of a file without its suffix begins the name.
    :param age_key_file: a private file of age identities, or an SSH key; by default the one that
        sops uses, `DEFAULT_KEY_FILE`.
    :param age_key: in place of a file: its content, as a `str` or a renderable.
    :param name: what configuration and messages call this provider.
    :param reactor: where answers are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when no identity opens the file, its MAC does not match or other
    users can write to it; `InvalidSecret` when it holds no text under the name, or not encrypted;
    `ProviderError` when it is no file of sops; `ProviderUnavailable` when it is not there or cannot
    be read.
    """

    name: str = "SecretInSops"
    kind = "sops"

    def __init__(
        self,
        files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        age_key_file: str | os.PathLike[str] | None = None,
        age_key: Any = None,  # noqa: ANN401 - a str or a renderable
        *,
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
        if isinstance(age_key, bytes):
            self.fail_config("age_key", "a str or a renderable", type(age_key))
        if age_key is not None and age_key_file is not None:
            self.fail_config("age_key_file", "left out where age_key is given", age_key_file)
        self.files = tuple(os.fspath(place) for place in places)
        self.age_key_file = os.path.expanduser(os.fspath(age_key_file or DEFAULT_KEY_FILE))
        self._age_key = age_key

    async def look_up(self, path: str) -> str | None:
        """Render the key, and read in a thread."""
        key = await self.rendered(path, "age_key", self._age_key)
        reading = self.in_thread(path, partial(self._read, path, key))
        key = None
        answer = await reading
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    def check_config(self) -> Iterator[str]:
        """Say, blocking, which key and files would be refused: for checking a configuration."""
        try:
            known = self._age_key is None or isinstance(self._age_key, str)
            identities = self._identities("", self._age_key) if known else None
        except ProviderError as error:
            yield f"provider {self.name!r}: {error.reason}"
            return
        for place in self.files:
            for at, reason in _refusals(place, identities):
                yield f"provider {self.name!r}: {at} {reason}"

    def timeout_hint(self) -> str:
        """Say what did not answer: a network file system may hang."""
        return f"are {' and '.join(self.files)} mounted?"

    def _read(self, path: str, key: str | None) -> str | ProviderError | None:
        """Give the value, or the error to raise where no frame holds one."""
        at = ""
        try:
            for place in self.files:
                at = place
                for candidate in candidates(place, path):
                    at = candidate.path
                    leaf = self._leaf(path, candidate, key)
                    if leaf is not None:
                        return text_of(leaf)
        except Refused as refused:
            return _kind_of(refused)(self.name, path, f"{at} {refused.reason}")
        except ProviderError as error:
            return error.with_traceback(None)
        return None

    def _leaf(self, path: str, candidate: Candidate, key: str | None) -> Leaf | None:
        document = parse(text_of_file(candidate.path), candidate.form)
        return decrypted(document, self._identities(path, key)).get(candidate.name)

    def _identities(self, path: str, key: str | None) -> Identities:
        """Give the identities of a key's text, or of the file.

        :raise AccessDenied: when there are none, or others can read the file.
        """
        where = "age_key"
        problem = "is not there; make it with: age-keygen -o"
        if key is None:
            where = self.age_key_file
            directory, file = os.path.split(os.path.abspath(where))
            content = SecretDirectory(directory, self.name, path).content(file)
            key = None if content is None else content.decode("utf-8", "replace")
        if key is not None:
            try:
                return Identities(key)
            except Refused as refused:
                problem = refused.reason
        raise AccessDenied(self.name, path, f"{where} {problem}")


def _kind_of(refused: Refused) -> type[ProviderError]:
    if isinstance(refused, Unreachable):
        return ProviderUnavailable
    if isinstance(refused, (NotForUs, NotTrusted)):
        return AccessDenied
    return InvalidSecret if isinstance(refused, NotText) else ProviderError


def _refusals(place: str, identities: Identities | None) -> Iterator[tuple[str, str]]:
    """Give each file of a place that would be refused, and why."""
    try:
        for candidate in encrypted_files(place):
            reason = _refusal(candidate, identities)
            if reason is not None:
                yield candidate.path, reason
    except Unreachable as refused:
        yield place, refused.reason


def _refusal(candidate: Candidate, identities: Identities | None) -> str | None:
    """Say why a file would be refused."""
    try:
        document = parse(text_of_file(candidate.path), candidate.form)
        if identities is None:
            metadata_of(document.metadata)
        else:
            decrypted(document, identities)
    except Refused as refused:
        return refused.reason
    return None
