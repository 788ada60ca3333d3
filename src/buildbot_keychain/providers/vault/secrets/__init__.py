"""Where secrets are in a Vault, and how they are named and read.

The rule: nothing is kept but which engine is mounted where. An entry is read at each lookup.

The theory: a name is a path below a mount. What engine is mounted there decides what the name
means: an entry of KV, which is read here, or a dynamic secret, which is made for a scope and is the
business of ``scopes``.

The plan: `_names` parses, and is pure; `_mounts` finds out what is mounted; `_kv` makes one request
for an entry, and picks a field; `_entries` reads as a lookup needs it.
"""

from __future__ import annotations

from buildbot_keychain.providers.vault.secrets._entries import Entries
from buildbot_keychain.providers.vault.secrets._kv import (
    DEFAULT_FIELD,
    KvEntry,
    field_value,
    list_names,
    read_data,
    read_entry,
)
from buildbot_keychain.providers.vault.secrets._mounts import Mount, Mounts
from buildbot_keychain.providers.vault.secrets._names import (
    DynamicName,
    EntryName,
    escaped,
    is_api_path,
    parse_api_path,
    parse_dynamic_name,
    parse_entry_name,
    without_parameters,
)

__all__ = [
    "DEFAULT_FIELD",
    "DynamicName",
    "Entries",
    "EntryName",
    "KvEntry",
    "Mount",
    "Mounts",
    "escaped",
    "field_value",
    "is_api_path",
    "list_names",
    "parse_api_path",
    "parse_dynamic_name",
    "parse_entry_name",
    "read_data",
    "read_entry",
    "without_parameters",
]
