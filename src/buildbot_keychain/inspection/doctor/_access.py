"""`readers` and `writers`: who, beside its owner and root, can get at a file.

Whoever cannot enter a directory above cannot get at what is in it. An access list (``acl(5)``) is
read where a file has one; then the group bits of its mode are the mask of the list.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_READ, _WRITE, _ENTER = 4, 2, 1

_LIST, _VERSION = "system.posix_acl_access", 2
_HEAD, _ENTRY = struct.Struct("<I"), struct.Struct("<HHI")
_USER, _GROUP_OBJ, _GROUP, _MASK = 0x02, 0x04, 0x08, 0x10
"""Tags of the entries of an access list, as Linux keeps it (``linux/posix_acl_xattr.h``)."""


class Somebody(NamedTuple):
    """Somebody other than the owner: everybody, a group or a user.

    :param kind: ``everybody``, ``group`` or ``user``.
    """

    kind: str
    number: int = -1

    def __str__(self) -> str:
        if self.kind == "everybody":
            return self.kind
        return f"the {self.kind} {name_of(self.kind, self.number)}"


_EVERYBODY = Somebody("everybody")


class _Rights(NamedTuple):
    """Who may do what with a file.

    :param named: what an access list adds.
    """

    owner: int
    group: int
    group_may: int
    all_may: int
    named: dict[Somebody, int]

    def of(self, somebody: Somebody) -> int:
        if somebody in self.named:
            return self.named[somebody]
        if somebody == ("group", self.group):
            return self.group_may
        return self.all_may


def readers(path: Path) -> list[Somebody]:
    """Return who can read a file, or list a directory."""
    return _who(path, _READ)


def writers(path: Path) -> list[Somebody]:
    """Return who can write to a file, or put files into a directory."""
    wanted = _WRITE | _ENTER if path.is_dir() else _WRITE
    return _who(path, wanted)


def words(people: list[Somebody]) -> str:
    """Return who that is, in words."""
    return " and ".join(map(str, people))


def mode_of(path: Path) -> str:
    """Return the mode of a file, in words."""
    return f"mode {stat.S_IMODE(path.stat().st_mode):04o}"


@lru_cache(maxsize=256)
def name_of(kind: str, number: int) -> str:
    """Return the name of a user or group; the number if it has none."""
    try:
        return pwd.getpwuid(number).pw_name if kind == "user" else grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _who(path: Path, wanted: int) -> list[Somebody]:
    try:
        path = path.resolve(strict=True)
        rights = _rights(path)
        above = [_rights(each) for each in path.parents]
    except OSError:
        return []

    def can(somebody: Somebody) -> bool:
        may = rights.of(somebody)
        return may & wanted == wanted and all(each.of(somebody) & _ENTER for each in above)

    if can(_EVERYBODY):
        return [_EVERYBODY]
    return [each for each in _others(rights) if can(each)]


def _others(rights: _Rights) -> Iterator[Somebody]:
    if not _is_private(rights.group, rights.owner):
        yield Somebody("group", rights.group)
    for each in rights.named:
        is_owner = each == ("user", rights.owner) or each.number == 0
        if not is_owner and not (each.kind == "group" and _is_private(each.number, rights.owner)):
            yield each


def _is_private(group: int, owner: int) -> bool:
    """Return whether nobody else is in a group: root's, or that which a user has for himself."""
    if group == 0:
        return True
    try:
        found, user = grp.getgrgid(group), pwd.getpwuid(owner)
    except KeyError:
        return False
    return found.gr_name == user.pw_name and set(found.gr_mem) <= {user.pw_name}


def _rights(path: Path) -> _Rights:
    found = path.stat()
    mode = found.st_mode
    group_may, named = (mode >> 3) & 7, dict[Somebody, int]()
    entries = _entries(path)
    mask = next((may for tag, may, _ in entries if tag == _MASK), 7)
    for tag, may, number in entries:
        if tag == _GROUP_OBJ:
            group_may = may & mask
        elif tag in {_USER, _GROUP}:
            named[Somebody("user" if tag == _USER else "group", number)] = may & mask
    return _Rights(found.st_uid, found.st_gid, group_may, mode & 7, named)


def _entries(path: Path) -> list[tuple[int, int, int]]:
    """Return the tag, rights and number of each entry of a file's access list."""
    try:
        data = os.getxattr(path, _LIST)
    except (OSError, AttributeError):  # it has none; the system has none
        return []
    head, entries = data[: _HEAD.size], data[_HEAD.size :]
    if len(entries) % _ENTRY.size or len(head) != _HEAD.size or _HEAD.unpack(head) != (_VERSION,):
        return []
    return list(_ENTRY.iter_unpack(entries))
