"""Secrets in plain files: `SecretInAFile` (a file each) and `SecretInOneFile` (one for all).

The rule: a file that other users can read or write is never trusted, and no name leads out of the
configured directory. Directories are opened first and files relative to them, so what was checked
is what is read. Other providers read their own key and token files by the same rule, with
`SecretDirectory` and `secret_content`.
"""

from __future__ import annotations

from buildbot_keychain.providers.files._directory import (
    MAX_SIZE,
    SecretDirectory,
    may_be_a_secret,
)
from buildbot_keychain.providers.files._in_a_file import SecretInAFile
from buildbot_keychain.providers.files._one_file import SecretInOneFile
from buildbot_keychain.providers.files._permissions import Reader, writers_complaint
from buildbot_keychain.providers.files._private_file import secret_content

__all__ = [
    "MAX_SIZE",
    "Reader",
    "SecretDirectory",
    "SecretInAFile",
    "SecretInOneFile",
    "may_be_a_secret",
    "secret_content",
    "writers_complaint",
]
