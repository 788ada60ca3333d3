"""Linux's inotify(7): the kernel queues an event before the call returns that changes a file.

Looking at the queue reads no disk. It is not in Python's library; the functions are those of C.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

MODIFY, ATTRIB, CLOSE_WRITE = 0x2, 0x4, 0x8
MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x40, 0x80, 0x100, 0x200
DELETE_SELF, MOVE_SELF = 0x400, 0x800
DONT_FOLLOW, ADD = 0x02000000, 0x20000000

_HEADER = struct.Struct("iIII")
_MOST = 65536
"""Bytes of events that are read at once."""


class Event(NamedTuple):
    """An event.

    :param watch: the number of what was watched; -1 where events were lost.
    :param name: in a watched directory, of what; empty for the directory itself.
    """

    watch: int
    mask: int
    name: str


def open_queue() -> int:
    """Return the descriptor of a new queue of events, reading from which never waits.

    :raise OSError: when the system has none, or not one more for this user.
    """
    return _checked(_functions()[0](os.O_NONBLOCK | os.O_CLOEXEC))


def add(queue: int, path: str, mask: int) -> int:
    """Have events of a file or directory queued; return its number. Blocks.

    :raise OSError: when this process cannot read it, or the user watches too many.
    """
    return _checked(_functions()[1](queue, os.fsencode(path), mask))


def events(queue: int) -> Iterator[Event]:
    """Yield the events in a queue, or the first of very many."""
    try:
        data = os.read(queue, _MOST)
    except BlockingIOError:
        return
    place = 0
    while place < len(data):
        watch, mask, _, length = _HEADER.unpack_from(data, place)
        place += _HEADER.size + length
        yield Event(watch, mask, os.fsdecode(data[place - length : place].rstrip(b"\0")))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


@lru_cache
def _functions() -> tuple[Any, Any]:
    try:
        library = ctypes.CDLL(None, use_errno=True)
        found = library.inotify_init1, library.inotify_add_watch
    except AttributeError as error:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from error
    found[0].argtypes = (ctypes.c_int,)
    found[1].argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32)
    return found
