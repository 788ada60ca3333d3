"""Space on a disk that a file has before it needs it: Linux's ``fallocate``, its size kept."""

from __future__ import annotations

import ctypes
import errno
import os
from functools import lru_cache
from typing import Any

_KEEP_SIZE = 1
"""``FALLOC_FL_KEEP_SIZE`` of linux/falloc.h."""


def allocate_ahead(descriptor: int, offset: int, length: int) -> None:
    """Allocate blocks of a file behind its end, which stays where it is.

    :raise OSError: when there is no space, or the system or file system cannot do that.
    """
    function = _fallocate()
    if function is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    while function(descriptor, _KEEP_SIZE, offset, length):
        number = ctypes.get_errno()
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))


@lru_cache
def _fallocate() -> Any:  # noqa: ANN401 - a function of C
    try:
        library = ctypes.CDLL(None, use_errno=True)
        function = getattr(library, "fallocate64", None) or library.fallocate
    except (OSError, AttributeError):
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    function.restype = ctypes.c_int
    return function
