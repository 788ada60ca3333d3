"""Reads entries of KV, version 1 and version 2, and picks fields of them.

An entry that is not there, or whose version was deleted or destroyed, is ``None``; so is a field
that the entry does not have. Everything else that is no text is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buildbot_keychain.errors import InvalidSecret, quote
from buildbot_keychain.providers.vault.auth._caller import Caller
from buildbot_keychain.providers.vault.secrets._mounts import Mount
from buildbot_keychain.providers.vault.secrets._names import EntryName
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import Refusal, Refused
from buildbot_keychain.providers.vault.transport._servers import Work

DEFAULT_FIELD = "value"

Entry = Mapping[str, Any]
"""The fields of an entry."""

_NOT_HELD = {Refusal.ABSENT, Refusal.DELETED}


async def read_entry(caller: Caller, mount: Mount, name: EntryName, lookup: Lookup) -> Entry | None:
    """Give the fields of the entry `name` of `mount`, or ``None`` where it is not held.

    :raise Refused: with `Refusal.WRONG_VERSION` or `Refusal.NO_MOUNT` when `mount` is not what it
        was.
    :raise AccessDenied: when the policy does not allow it.
    """
    if mount.version == 1 and name.version is not None:
        reason = f"the mount {quote(mount.path)} keeps no versions (KV version 1); leave '@' out"
        raise lookup.failed(reason)
    path = name.path if mount.version == 1 else f"data/{name.path}"
    work = _reading_first(mount, name) if mount.version == 1 else _reading_second(mount, name)
    try:
        answer = await caller.call(lookup, work, path=f"{mount.path}/{path}")
    except Refused as refused:
        if refused.refusal in _NOT_HELD:
            return None
        raise
    data = answer.get("data")
    if mount.version != 1 and isinstance(data, dict):
        data = data.get("data")
    if not isinstance(data, dict):
        raise lookup.failed(
            "the server gave an answer that is no entry of KV; is api_version right?"
        )
    return data


def field_of(entry: Entry, name: EntryName, lookup: Lookup) -> str | None:
    """Give the field that `name` asks for, or ``None`` where the entry does not have it.

    :raise InvalidSecret: when it is not a text.
    """
    field = name.field
    if field is None:
        field = next(iter(entry)) if len(entry) == 1 else DEFAULT_FIELD
    if field not in entry:
        return None
    value = entry[field]
    problem = None
    if not isinstance(value, str):
        problem = f"holds {_KINDS.get(type(value), 'no text')}"
    elif not _is_text(value):
        problem = "holds characters that are no Unicode text"
    if problem is not None:
        reason = f"the field {quote(field)} {problem}; store it as a text"
        raise InvalidSecret(lookup.provider, lookup.path, reason)
    return str(value)


_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def _reading_first(mount: Mount, name: EntryName) -> Work:
    return lambda client: client.secrets.kv.v1.read_secret(name.path, mount_point=mount.path)


def _reading_second(mount: Mount, name: EntryName) -> Work:
    return lambda client: client.secrets.kv.v2.read_secret_version(
        name.path,
        version=name.version,
        mount_point=mount.path,
        raise_on_deleted_version=True,
    )


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
