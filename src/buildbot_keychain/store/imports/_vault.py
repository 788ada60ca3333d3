"""Reads entries of KV: one as ``vault kv get -format=json`` prints it, or those of a server.

The only field of an entry is its value. Of several, the value is an object in JSON, of which a
lookup can ask for ``name|field`` as it can in Vault.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

from buildbot_keychain.formats import json_object, number_as_text
from buildbot_keychain.store.imports._entries import Entry, ImportedSecret, ImportProblem
from buildbot_keychain.store.imports._lookups import Item, read_lookups
from buildbot_keychain.store.imports._settings import Unreadable, text_of

_SEVERAL = "it has several fields: its value is an object in JSON, ask for a field with '|'"
_REMEDY = "import what `vault kv get -format=json` prints"


def read_vault(content: bytes, where: str) -> Iterator[Entry]:
    """Yield an entry, named after the file that it is from, without the ending.

    What is printed does not say what the entry is called.
    """
    try:
        text_of(content, lines=False)
    except Unreadable as error:
        yield ImportProblem(where, f"cannot be read: {error}", _REMEDY)
        return
    yield _entry(content, PurePath(where).stem, where)


def read_vault_entries(items: Iterable[Item], where: str) -> Iterator[Entry]:
    """Yield entries that a server is asked for, each when it is its turn.

    :param items: paths, and what returns the ``data`` of the server's answer, in JSON.
    """
    for entry in read_lookups(items, where):
        if isinstance(entry, ImportedSecret):
            content = entry.value.encode() if isinstance(entry.value, str) else entry.value
            yield _entry(content, entry.name, entry.where)
        else:
            yield entry


def _entry(content: bytes, name: str, where: str) -> Entry:
    data = (json_object(content) or {}).get("data")
    fields, metadata = _fields(data) if isinstance(data, dict) else (None, {})
    if fields is None:
        return ImportProblem(where, "is not an entry of KV", _REMEDY)
    custom = metadata.get("custom_metadata")
    noted = custom.get("description") if isinstance(custom, Mapping) else None
    description = noted if isinstance(noted, str) else ""
    only = next(iter(fields.values())) if len(fields) == 1 else None
    if isinstance(only, str):
        return ImportedSecret(name, only, where, description, ("vault",))
    if fields:
        value = json.dumps(fields, ensure_ascii=False, default=number_as_text)
        return ImportedSecret(name, value, where, description, ("vault",), warning=_SEVERAL)
    return ImportProblem(where, "has no fields", "leave it out")


def _fields(data: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return the fields of an entry and its metadata, which only version 2 of KV has."""
    inner, metadata = data.get("data"), data.get("metadata")
    if isinstance(metadata, dict) and "version" in metadata and data.keys() == {"data", "metadata"}:
        # Null, if that version was deleted.
        return (inner if isinstance(inner, dict) else None), metadata
    return data, {}
