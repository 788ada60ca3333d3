"""`mark_of`: whether a source stamp that is in the master's database is from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buildbot.process.buildrequest import TempChange, TempSourceStamp
from twisted.internet.defer import maybeDeferred

from buildbot_keychain.buildbot.builds._outside import outside_of


async def mark_of(master: Any, stamp: Mapping[str, Any]) -> bool | None:
    """Return whether a source stamp is from outside; ``None`` if nobody knows.

    An error of the database is passed on.

    :param stamp: as Buildbot's data API has it.
    """
    path = "sourcestamps", stamp["ssid"], "changes"
    described = TempSourceStamp(stamp)
    changes = await maybeDeferred(master.data.get, path)
    described.changes = [TempChange(change) for change in changes]
    return outside_of(described)
