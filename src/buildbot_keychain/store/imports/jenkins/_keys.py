"""`JenkinsKeys`: the keys in the directory ``secrets`` of a Jenkins, and its ``secret.key``.

``master.key`` is a text; the first 16 bytes of its SHA-256 open all others. Each purpose has a file
of its own, called by its key id: AES-128-ECB of 256 random bytes and `MAGIC`. The first 16 of these
bytes are the key (Jenkins, ``jenkins.security.DefaultConfidentialStore``). Before these existed,
the key was the first 16 bytes of the SHA-256 of ``secret.key``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from buildbot_keychain.store.imports._entries import NotRead
from buildbot_keychain.store.imports._files import FileProblem, content_of
from buildbot_keychain.store.imports.jenkins._ciphers import BLOCK, decrypt_ecb

SECRET = "hudson.util.Secret"  # noqa: S105 - the id of a key
"""The id of the key of passwords and other texts."""

SECRET_BYTES = "com.cloudbees.plugins.credentials.SecretBytes.KEY"  # noqa: S105 - the same
"""The id of the key of files and certificates."""

OLD_FILES = "org.jenkinsci.plugins.plaincredentials.impl.FileCredentialsImpl"
"""The id of the key of files up to version 1.2 of the plug-in that has them."""

MAGIC = b"::::MAGIC::::"
"""What Jenkins appends before it encrypts without anything else that shows a wrong key."""

_MASTER_KEY = "master.key"
_MAX_SIZE = 64 * 1024  # bytes; they have 256 and 272


class KeyProblem(NotRead):
    """A key that is missing or cannot be used."""


class JenkinsKeys:
    """The keys of a Jenkins, each read when it is first asked for. Blocks.

    :param secrets: its directory ``secrets``.
    :param secret_key: its file ``secret.key``, which need not exist.
    """

    def __init__(self, secrets: Path, secret_key: Path) -> None:
        self._secrets = secrets
        self._secret_key = secret_key
        self._found: dict[str, bytes | KeyProblem] = {}

    def key(self, key_id: str) -> bytes:
        """Return the key of one purpose, 16 bytes.

        :raise KeyProblem: when its file is missing, or ``master.key`` does not open it.
        """
        return self._remembered(key_id, lambda: self._read_key(key_id))

    def oldest(self) -> bytes:
        """Return the key that ``secret.key`` stands for, 16 bytes.

        :raise KeyProblem: when that file is missing.
        """
        return self._remembered("", lambda: _derived(self._content(self._secret_key)))

    def _remembered(self, key_id: str, read: Callable[[], bytes]) -> bytes:
        if key_id not in self._found:
            try:
                self._found[key_id] = read()
            except KeyProblem as problem:
                self._found[key_id] = problem
        found = self._found[key_id]
        if isinstance(found, KeyProblem):
            raise KeyProblem(found.why, found.remedy)
        return found

    def _read_key(self, key_id: str) -> bytes:
        master_key = _derived(self._content(self._secrets / _MASTER_KEY))
        path = self._secrets / key_id
        opened = decrypt_ecb(master_key, self._content(path))
        if opened is None or not opened.endswith(MAGIC) or len(opened) < BLOCK + len(MAGIC):
            why = f"the key {path} is not opened by the {_MASTER_KEY} beside it"
            raise KeyProblem(why, "copy both from the same Jenkins, as binary files")
        return opened[:BLOCK]

    @staticmethod
    def _content(path: Path) -> bytes:
        try:
            return content_of(path, _MAX_SIZE)
        except FileProblem as problem:
            why = f"the key {path} {problem.why}"
            raise KeyProblem(why, "copy it from that Jenkins") from problem


def _derived(text: bytes) -> bytes:
    return hashlib.sha256(text.strip()).digest()[:BLOCK]
