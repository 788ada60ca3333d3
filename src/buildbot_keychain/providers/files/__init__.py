"""Secrets in plain files: `SecretInAFile` (one file each) and `SecretInOneFile` (all in one file).

Contract: a file that other users can read or write is never trusted, and no name leads out of the
configured directory. Nothing is given that a changed file has made wrong.

Design: a path can be changed between a check and a use. So what is checked is an open file, not
a path: links are resolved first, every directory on the way is checked, the file is opened without
following links or waiting for a device, and its mode is that of the descriptor it is read from.

Other providers read their own key and token files by the same rule, with `SecretDirectory` and
`secret_content`, and check encrypted files, which anybody may read, with `write_problem`. Files for
which other rules hold are opened with `without_waiting`.

`_secret_in_a_file`, `_secret_in_one_file`   the two providers
`_canonical`                                 the one name of each file of a directory
`_directory`                                 finds, checks and opens a file of a directory
`_private_file`                              the same for one file by its path
`_opening`                                   opens a file without waiting for a device
`_permissions`                               who else can read or write a file; pure
`_stamp`                                     whether a file has changed
`_watched_tree`, `_inotify`                  whether anything in a directory has, at once
"""

from __future__ import annotations

from buildbot_keychain.providers.files._canonical import FileNames
from buildbot_keychain.providers.files._directory import (
    MAX_SIZE,
    SecretDirectory,
    may_be_a_secret,
)
from buildbot_keychain.providers.files._opening import without_waiting
from buildbot_keychain.providers.files._permissions import Reader, write_problem
from buildbot_keychain.providers.files._private_file import secret_content
from buildbot_keychain.providers.files._secret_in_a_file import SecretInAFile
from buildbot_keychain.providers.files._secret_in_one_file import SecretInOneFile
from buildbot_keychain.providers.files._stamp import file_stamp

__all__ = [
    "MAX_SIZE",
    "FileNames",
    "Reader",
    "SecretDirectory",
    "SecretInAFile",
    "SecretInOneFile",
    "file_stamp",
    "may_be_a_secret",
    "secret_content",
    "without_waiting",
    "write_problem",
]
