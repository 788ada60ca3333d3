"""Readers of the places that secrets come from when they are put into a store.

Contract: a reader yields an `ImportedSecret` or an `ImportProblem` for each thing that it finds,
in the order in which it finds them. It stops at no problem, changes nothing, and needs no network.
What it yields is the dry run of an import: nothing else happens before somebody stores it. No
problem shows a value. It reads nothing larger than its limits, and needs no more memory than ten
times what a file has, but for a few MiB.

`prepared` gives what any reader yields its names in the store, and checks it. `store_entries` does
that and puts it there.

`_entries`      what readers yield
`_prepared`     names, duplicates, limits of a value
`_renaming`     rules for names
`_storing`      puts what was read into a store
`jenkins`       a Jenkins
`_directory`    a directory of files
`_sources`      a file of a known form:
  `_settings`     ``.env``, JSON, YAML, TOML
  `_kubernetes`   manifests
  `_vault`        an entry of Vault's KV; also those that a server is asked for
`_store`        another store
`_lookups`      whatever lists names and looks them up: password stores, sops, Vault
`_files`        files and directories: regular ones, and no links
"""

from __future__ import annotations

from buildbot_keychain.store.imports._directory import read_directory
from buildbot_keychain.store.imports._entries import (
    MAX_VALUE,
    Entry,
    ImportedSecret,
    ImportProblem,
)
from buildbot_keychain.store.imports._lookups import read_lookups, read_password_store
from buildbot_keychain.store.imports._prepared import prepared
from buildbot_keychain.store.imports._renaming import Renaming, Rule, rules_of
from buildbot_keychain.store.imports._sources import CONTENTS, read_file
from buildbot_keychain.store.imports._store import read_store
from buildbot_keychain.store.imports._storing import Became, Outcome, store_entries
from buildbot_keychain.store.imports._vault import read_vault_entries
from buildbot_keychain.store.imports.jenkins import read_jenkins

__all__ = [
    "CONTENTS",
    "MAX_VALUE",
    "Became",
    "Entry",
    "ImportProblem",
    "ImportedSecret",
    "Outcome",
    "Renaming",
    "Rule",
    "prepared",
    "read_directory",
    "read_file",
    "read_jenkins",
    "read_lookups",
    "read_password_store",
    "read_store",
    "read_vault_entries",
    "rules_of",
    "store_entries",
]
