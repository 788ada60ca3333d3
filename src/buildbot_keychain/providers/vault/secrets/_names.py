r"""What stands behind ``vault!``: ``path[|field][@version]``; pure.

::

    team/app                the field ``value`` of the entry, or its only field
    team/app|password       a field
    team/app|password@3     of version 3 of the entry
    team/app|@3             the default field of version 3
    a\|b|c\@1               the field ``c@1`` of the entry ``a|b``

The delimiter and the escape character can be others. Any name may come here, for a bare one is
asked of every provider: what can be no path of the API gives no `EntryName`, and is not held.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST = 2000
_VERSION = re.compile(r"(.*)@([0-9]{1,18})", re.DOTALL)
_ESCAPED_AT = "\0"
"""Stands for an escaped ``@``; no name that is served holds it."""


@dataclass(frozen=True)
class EntryName:
    """What is asked for.

    :param path: the entry.
    :param field: one of its fields; ``None`` for the default one.
    :param version: ``None`` for the newest one.
    """

    path: str
    field: str | None = None
    version: int | None = None


def entry_name(name: str, delimiter: str, escape: str) -> EntryName | None:
    """Give what `name` says, or ``None`` where it can be no entry.

    :param delimiter: between path and field: one character, or empty for no fields.
    :param escape: before a character that is to be taken as it is; empty for none.
    """
    if "\0" in name:
        return None
    parts = _split(name, delimiter, escape)
    if not 1 <= len(parts) <= 2:  # noqa: PLR2004 - a path and a field
        return None
    path = parts[0].replace(_ESCAPED_AT, "@")
    if not may_be_a_path(path):
        return None
    if len(parts) == 1:
        return EntryName(path)
    field, version = parts[1], None
    found = _VERSION.fullmatch(field)
    if found:
        # Version 0 is how the API calls the newest one.
        field, version = found[1], int(found[2]) or None
    return EntryName(path, field.replace(_ESCAPED_AT, "@") or None, version)


def may_be_a_path(path: str) -> bool:
    """Tell whether the API could hold `path`: one that leads nowhere else, and can be sent."""
    return (
        0 < len(path) <= _LONGEST
        and path.isprintable()
        and _is_text(path)
        and all(part.strip() and part not in {".", ".."} for part in path.split("/"))
    )


def _split(name: str, delimiter: str, escape: str) -> list[str]:
    """Give the parts of `name`, none where an escape character stands at its end."""
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


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
