"""Reads entries of KV, version 1 and version 2, and picks fields of them.

An entry that is not there, or whose version was deleted or destroyed, is ``None``; so is a field
that the entry does not have. Every other value that is not a text is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from buildbot_keychain.details import DescribedText
from buildbot_keychain.errors import InvalidSecret, ProviderError, quote
from buildbot_keychain.formats import FieldError, field_text
from buildbot_keychain.providers.vault.auth import Session
from buildbot_keychain.providers.vault.secrets._mounts import Mount
from buildbot_keychain.providers.vault.secrets._names import EntryName
from buildbot_keychain.providers.vault.transport import (
    ApiRequest,
    RequestContext,
    VaultRefusal,
    VaultRefused,
)
from buildbot_keychain.secretive import secretive
from buildbot_keychain.times import rfc_3339

DEFAULT_FIELD = "value"


@secretive
class KvEntry(dict[str, Any]):
    """The fields of an entry.

    :ivar metadata: what KV version 2 knows of the version that they are of.
    """

    metadata: Mapping[str, Any] = MappingProxyType({})

    def described(self, text: str) -> DescribedText:
        """Return a field with what is known of its entry."""
        known, version = self.metadata, self.metadata.get("version")
        return DescribedText(
            text,
            version if isinstance(version, int) else None,
            rfc_3339(known.get("created_time")),
            rfc_3339(known.get("deletion_time")),
        )


_ABSENT = {VaultRefusal.ABSENT, VaultRefusal.DELETED}


async def read_entry(
    session: Session, mount: Mount, name: EntryName, context: RequestContext
) -> KvEntry | None:
    """Return the fields of the entry `name` of `mount`, or ``None`` where there is none.

    :raise VaultRefused: with `VaultRefusal.WRONG_VERSION` or `VaultRefusal.NO_MOUNT` when `mount`
        has changed.
    :raise AccessDenied: when the policy does not allow it.
    """
    data = await read_data(session, mount, name, context)
    if data is None:
        return None
    if mount.version == 1:
        return KvEntry(data)
    fields, metadata = data.get("data"), data.get("metadata")
    if not isinstance(fields, dict):
        raise _no_entry(context)
    entry = KvEntry(fields)
    if isinstance(metadata, dict):
        entry.metadata = metadata
    return entry


async def read_data(
    session: Session, mount: Mount, name: EntryName, context: RequestContext
) -> dict[str, Any] | None:
    """Do what `read_entry` does, and return what the server calls ``data``.

    It has the fields of the entry, or of KV version 2 the fields and their metadata.
    """
    kv = session.api.hvac.secrets.kv
    request: ApiRequest
    if mount.version != 1:
        request = kv.v2.read_secret_version(
            name.path,
            version=name.version,
            mount_point=mount.path,
            raise_on_deleted_version=True,
        )
    elif name.version is None:
        request = kv.v1.read_secret(name.path, mount_point=mount.path)
    else:
        raise context.error(
            f"the mount {quote(mount.path)} keeps no versions (KV version 1); leave '@' out"
        )
    try:
        answer = await session.send(context, request)
    except VaultRefused as refused:
        if refused.refusal in _ABSENT:
            return None
        raise
    data = answer.get("data")
    if not isinstance(data, dict):
        raise _no_entry(context)
    return data


async def list_names(
    session: Session, mount: Mount, folder: str, context: RequestContext
) -> list[str]:
    """Return the names in a folder of `mount`, of which those of folders end with a ``/``.

    :param folder: its path below the mount; empty for all.
    :raise AccessDenied: when the policy does not allow to list it.
    :raise ProviderError: when the server refuses it for another reason.
    """
    kv = session.api.hvac.secrets.kv
    of_version = kv.v1 if mount.version == 1 else kv.v2
    request = of_version.list_secrets(folder, mount_point=mount.path)
    try:
        answer = await session.send(context, request)
    except VaultRefused as refused:
        if refused.refusal in _ABSENT:
            return []
        raise context.error(f"the server {refused.reason}, asked for a list") from refused
    data = answer.get("data")
    names = data.get("keys") if isinstance(data, dict) else None
    if not isinstance(names, list):
        raise context.error("the server's answer is not a list of entries of KV")
    return [name for name in names if isinstance(name, str)]


def _no_entry(context: RequestContext) -> ProviderError:
    return context.error("the server's answer is not an entry of KV; is api_version right?")


def field_value(
    entry: KvEntry,
    name: EntryName,
    context: RequestContext,
    delimiter: str,
    *,
    numbers: str = "error",
) -> DescribedText | None:
    """Return the field that `name` asks for, or ``None`` where the entry does not have it.

    :param numbers: ``"error"``, or ``"text"`` for a number that is served as it is written.
    :param delimiter: what stands before a field in a name, for errors.
    :raise InvalidSecret: when it is not a text, or none of several fields is asked for.
    """
    field = name.field
    if field is None:
        field = next(iter(entry)) if len(entry) == 1 else DEFAULT_FIELD
        if entry and field not in entry:
            fields = quote(", ".join(sorted(entry)))
            reason = (
                f"the entry has several fields and none is called {DEFAULT_FIELD!r}; ask for one "
                f"of them as path{delimiter}field: {fields}"
            )
            raise InvalidSecret(context.provider, context.path, reason)
    try:
        text = field_text(entry, field, numbers=numbers)
    except FieldError as error:
        reason = f"the field {quote(field)} holds {error}"
        raise InvalidSecret(context.provider, context.path, reason) from error
    return None if text is None else entry.described(text)
