"""What goes wrong with a secret file, told to whoever reads the build's page."""

from __future__ import annotations

from buildbot_keychain.errors import KeychainError


class SecretFileError(KeychainError):
    """A secret file could not be written or removed.

    The message names the path, what was wrong and what to do; it never holds the file's content.
    """


class NotCreatedError(SecretFileError):
    """A secret file could not be made, and nothing of ours is there: there is nothing to remove."""


class WorkerError(SecretFileError):
    """A worker raised an error of its own while it carried out a command."""
