"""Readers of the places that secrets come from when they are put into a store.

Contract: a reader yields an `ImportedSecret` or an `ImportProblem` for each thing that it finds,
in the order in which it finds them. It stops at no problem, changes nothing, and needs no network.
What it yields is the dry run of an import: nothing else happens before somebody stores it. No
problem shows a value. It reads nothing larger than its limits, and needs no more memory than ten
times what a file has, but for a few MiB.

`prepared` gives what any reader yields its names in the store, and checks it.

`_entries`    what readers yield
`_prepared`   names, duplicates, limits of a value
`_files`      files and directories: regular ones, and no links
`jenkins`     a Jenkins
"""

from __future__ import annotations

from buildbot_keychain.store.imports._entries import (
    MAX_VALUE,
    Entry,
    ImportedSecret,
    ImportProblem,
)
from buildbot_keychain.store.imports._prepared import prepared
from buildbot_keychain.store.imports.jenkins import read_jenkins

__all__ = [
    "MAX_VALUE",
    "Entry",
    "ImportProblem",
    "ImportedSecret",
    "prepared",
    "read_jenkins",
]
