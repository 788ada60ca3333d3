"""Secrets as files on a worker, for the steps that need them and no longer: ``withSecrets``.

=================  =========================================================================
`factory`          what a user writes: `BuildFactory`
`entries`          what was written, checked
`steps`, `build`   the steps around a block; the end of the build, which is the last guard
`leftovers`        which files are live, which are left behind; sweeping a worker that connects
`ledger`           the list in the master's database
`places`           what a path means
`files`            making, filling, removing a file: `posix` and `windows`
`commands`         commands for a worker, outside of any step
=================  =========================================================================

The content of a file is in the memory of the master while it is sent, and in that file: in no
argument, environment, log, state or database.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.secret_files.factory import BuildFactory
from buildbot_keychain.buildbot.secret_files.leftovers import Leftovers

__all__ = ["BuildFactory", "Leftovers"]
