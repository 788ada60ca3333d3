"""Secrets as files on a worker, for as long as the steps that need them: ``withSecrets``.

The rule: a secret file is private before it has its first byte, overwrites nothing, and is gone
after its block, however the block ends. Its content is in the master's memory while it is sent, and
in that file: in no argument, environment, log, state or database.

Theory: a file is created empty and private, then filled by Buildbot's ``downloadFile``. Before it
is created, its path is stored in the master's database, so that a file which its build could not
remove (the worker is lost, the master is killed) is removed when the worker connects again.

=================  =========================================================================
`_factory`         what a user writes: `BuildFactory`
`_blocks`          what was written, checked
`_steps`           the two steps around a block
`_build`           the end of a build, which is the last guard
`_files_in_use`    files of running builds
`_registry`        which files are in use, which were left behind; sweeping a worker
`_ledger`          the list in the master's database
`_locations`       what a path means on a worker
`_worker_files`    creating, filling, removing a file: `_posix` and `_windows`
`_posix_scripts`   what `_posix` has the worker's shell do
`_git_steps`       the files of Buildbot's own Git steps, which are removed in the same way
`_commands`        commands for a worker, outside of any step
=================  =========================================================================
"""

from __future__ import annotations

from buildbot_keychain.buildbot.secret_files._factory import BuildFactory, block_problems
from buildbot_keychain.buildbot.secret_files._git_steps import remove_git_files, write_git_files
from buildbot_keychain.buildbot.secret_files._registry import SecretFileRegistry

__all__ = [
    "BuildFactory",
    "SecretFileRegistry",
    "block_problems",
    "remove_git_files",
    "write_git_files",
]
