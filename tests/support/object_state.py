"""Buildbot's object state in memory, as far as it is used: JSON by object and key."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, succeed

OBJECT_ID = 1


class MemoryState:
    """What ``master.db.state`` does.

    :ivar rows: texts by object id and key.
    :ivar wait: what reading a value waits for, if it must wait.
    """

    def __init__(self) -> None:
        self.rows: dict[tuple[int, str], str] = {}
        self.wait: Deferred[None] | None = None

    def getObjectId(self, _name: str, _class_name: str) -> Deferred[int]:
        """Every object is the same one."""
        return succeed(OBJECT_ID)

    def atomicCreateState(self, objectid: int, name: str, create: Any) -> Deferred[Any]:
        """Return the value, creating it if there is none."""

        def read(_: None) -> Any:
            return json.loads(self.rows.setdefault((objectid, name), json.dumps(create())))

        return (self.wait or succeed(None)).addCallback(read)

    def setState(self, objectid: int, name: str, value: Any) -> Deferred[None]:
        """Replace the value."""
        self.rows[objectid, name] = json.dumps(value)
        return succeed(None)


def master_with(state: MemoryState, name: str = "master") -> Any:
    """Return as much of a master as has a name and a database."""
    return SimpleNamespace(name=name, db=SimpleNamespace(state=state))
