"""Errors of secret files, written for the reader of a build's page."""

from __future__ import annotations

from buildbot_keychain.errors import KeychainError


class SecretFileError(KeychainError):
    """A secret file could not be written or removed.

    The message names the path, what was wrong and what to do; it never holds the file's content.
    """


class NotCreatedError(SecretFileError):
    """A secret file could not be created, and nothing was: there is nothing to remove."""


class WorkerCommandError(SecretFileError):
    """A worker raised an error of its own while it ran a command."""


class NoAnswerError(SecretFileError):
    """A worker did not answer in time, and may not answer to more."""
