"""`Latest`: a mapping that keeps the entries that were set last, so many at most."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Latest(OrderedDict[Key, Value]):
    """The entries that were set last, the oldest first.

    It is ordered, as to find the oldest one takes a plain dictionary long, once many were removed.

    :param most: so many entries at most.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: Key, value: Value) -> None:
        """Set an entry, now the newest; with too many, the oldest one goes."""
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)
