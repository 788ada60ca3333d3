"""Why a file of sops is not used: `SopsError` and the error that a lookup ends with for each.

Each reason is the end of a sentence that begins with the file's path. It never holds a value.
"""

from __future__ import annotations

from typing import ClassVar

from buildbot_keychain.errors import (
    AccessDenied,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)


class SopsError(Exception):
    """A file is not of sops, or cannot be understood.

    :param reason: what was wrong and what to do.
    """

    kind: ClassVar[type[ProviderError]] = ProviderError
    """The error that the lookup ends with."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class SopsNotEncrypted(SopsError):
    """A file without sops's metadata: sops did not encrypt it."""


class SopsUnavailable(SopsError):
    """A file may be readable later: it is missing, or the disk fails."""

    kind = ProviderUnavailable


class SopsNotTrusted(SopsError):
    """Someone other than sops, or than the owner, may have changed the file."""

    kind = AccessDenied


class SopsKeyMissing(SopsError):
    """None of the configured identities opens the file."""

    kind = AccessDenied


class SopsValueUnusable(SopsError):
    """The file holds something under the name that is not a text or not a secret."""

    kind = InvalidSecret
