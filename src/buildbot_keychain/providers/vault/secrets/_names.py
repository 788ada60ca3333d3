r"""What stands behind ``vault!``: names of entries, and of dynamic secrets; pure.

Of an entry of KV: ``path[|field][@version]``::

    team/app                the field ``value`` of the entry, or its only field
    team/app|password       a field
    team/app|password@3     of version 3 of the entry
    team/app|@3             the default field of version 3
    a\|b|c\@1               the field ``c@1`` of the entry ``a|b``

The delimiter and the escape character can be others. A bare name is asked of every provider, so any
text may come here: where it cannot be a path of the API, there is no `EntryName`, and no secret.

Of a dynamic secret: ``mount/path[?parameter=value&…][|field]``::

    database/creds/ro|password                                is read
    pki/issue/web?common_name=a.example.org|certificate       is written to
    ssh/issue/deploy?|private_key                             is written to, without parameters

A path that a ``?`` follows is written to, with the parameters that follow, as ``bao write`` does;
any other is read. In parameters, ``%xx`` stands for a byte of UTF-8, as in a URL: ``%26`` for an
``&``, ``%2F%2F`` for two slashes, ``%25`` for a ``%``. A ``+`` is a plus.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote as url_quote
from urllib.parse import unquote

from buildbot_keychain import utf8
from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.secrets._mounts import Mount

KV_2 = 2
_MAX_LENGTH = 2000
_VERSION = re.compile(r"(.*)@([0-9]{1,18})", re.DOTALL)
_FOLD_CASE = frozenset({"ad", "alicloud", "azure", "kubernetes", "ldap", "openldap", "terraform"})
"""Engines that fold the case of names: of those, one spelling is served."""

_ESCAPED_AT = "\0"
"""Stands for an escaped ``@``; no secret's name contains it."""


@dataclass(frozen=True)
class EntryName:
    """An entry, and what is wanted of it.

    :param path: the entry.
    :param field: one of its fields; ``None`` for the default one.
    :param version: ``None`` for the newest one.
    """

    path: str
    field: str | None = None
    version: int | None = None


@lru_cache(maxsize=1024)
def parse_entry_name(name: str, delimiter: str, escape: str) -> EntryName | None:
    """Return what `name` means, or ``None`` where it cannot be an entry.

    :param delimiter: between path and field: one character, or empty for no fields.
    :param escape: before a character that stands for itself; empty for none.
    """
    if "\0" in name:
        return None
    parts = _split(name, delimiter, escape)
    if not 1 <= len(parts) <= 2:  # noqa: PLR2004 - a path and a field
        return None
    path = parts[0].replace(_ESCAPED_AT, "@")
    if not is_api_path(path):
        return None
    if len(parts) == 1:
        return EntryName(path)
    field, version = parts[1], None
    found = _VERSION.fullmatch(field)
    if found:
        # The API calls the newest version 0.
        field, version = found[1], int(found[2]) or None
    return EntryName(path, field.replace(_ESCAPED_AT, "@") or None, version)


def is_api_path(path: str) -> bool:
    """Return whether `path` can be sent to the API, and leads nowhere else."""
    return (
        0 < len(path) <= _MAX_LENGTH
        and path.isprintable()
        and utf8.is_encodable(path)
        and all(part.strip() and part not in {".", ".."} for part in path.split("/"))
    )


def escaped(path: str, delimiter: str, escape: str) -> str:
    """Return the name of the entry `path`, as `parse_entry_name` reads it."""
    marks = {delimiter, escape} - {""}
    return "".join(f"{escape}{each}" if each in marks else each for each in path)


def without_parameters(path: str) -> str:
    """Return what stands before the ``?`` in the path of a dynamic secret."""
    before, _, _ = path.partition("?")
    return before if is_api_path(before) else path


def without_api_prefix(mount: Mount, path: str) -> str | None:
    """Return the path of an entry that is named as in the API or a URL: ``secret/data/team/app``.

    ``None`` when `path` does not begin with the mount, or with the ``data/`` or ``metadata/`` of KV
    version 2. Vault's own pages show ``/v1/secret/data/team/app``.
    """
    rest = path.removeprefix("v1/").removeprefix(f"{mount.path}/")
    if mount.version == KV_2:
        rest = rest.removeprefix("data/").removeprefix("metadata/")
    return rest if rest and rest != path else None


def parse_api_path(value: object) -> str | None:
    """Return an argument that is a path of the API, such as a mount, without slashes around it.

    ``None`` when it is not one.
    """
    path = value.strip("/") if isinstance(value, str) else ""
    return path if is_api_path(path) else None


def _split(name: str, delimiter: str, escape: str) -> list[str]:
    """Return the parts of `name`, none where an escape character stands at its end."""
    parts = [""]
    characters = iter(name)
    for character in characters:
        if character == escape:
            escaped = next(characters, None)
            if escaped is None:
                return []
            parts[-1] += _ESCAPED_AT if escaped == "@" else escaped
        elif character == delimiter:
            parts.append("")
        else:
            parts[-1] += character
    return parts


@dataclass(frozen=True)
class DynamicName:
    """A dynamic secret; names that differ in `field` alone are of one lease.

    :param path: the path below ``/v1``, not quoted.
    :param parameters: what is written there; ``None`` where the path is read.
    :param field: a field of the answer; ``None`` for the only one.
    :param engine: the type of the engine, for messages: ``"database"``.
    """

    path: str
    parameters: tuple[tuple[str, str], ...] | None = None
    field: str | None = None
    engine: str = "unknown"

    @property
    def request(self) -> tuple[str, tuple[tuple[str, str], ...] | None]:
        """What the server is asked for, whichever field is wanted."""
        return self.path, self.parameters

    @property
    def url(self) -> str:
        """The quoted path, with ``/v1`` before it."""
        return f"/v1/{url_quote(self.path)}"


def parse_dynamic_name(mount: Mount, name: EntryName) -> DynamicName:
    """Return what `name`, below `mount`, means.

    :raise ValueError: when it cannot be a dynamic secret; the text shows no parameter's value.
    """
    if name.version is not None:
        msg = "a dynamic secret has no versions; leave out the '@'"
        raise ValueError(msg)
    path, mark, query = name.path.partition("?")
    if not is_api_path(path):
        msg = f"{quote(path + mark)} must have a path of the engine before the '?'"
        raise ValueError(msg)
    if mount.type in _FOLD_CASE and path != path.lower():
        msg = f"an engine of type {mount.type} ignores case; write {quote(path.lower())}"
        raise ValueError(msg)
    parameters = _parameters(query) if mark else None
    return DynamicName(f"{mount.path}/{path}", parameters, name.field, mount.type)


def _parameters(query: str) -> tuple[tuple[str, str], ...]:
    given: dict[str, str] = {}
    for part in query.split("&") if query else []:
        name, mark, value = part.partition("=")
        name = _unquoted(name)
        if not mark or not name.strip():
            msg = "what follows the '?' must be name=value, with & between several"
            raise ValueError(msg)
        if name in given:
            msg = f"the parameter {quote(name)} is given twice"
            raise ValueError(msg)
        given[name] = _unquoted(value)
    return tuple(given.items())


def _unquoted(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        msg = "a %xx in what follows the '?' is not UTF-8"
        raise ValueError(msg) from error
