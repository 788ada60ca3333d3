"""`BuildIds`: which build a step, a log or a set of test results belongs to.

It is noted when they are added. Older ones, of before the master had a keychain, are looked up in
the data API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred

from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.latest import Latest

_MOST = 10_000
"""Notes that are kept; what is older is looked up."""

_COLLECTIONS = {"stepid": "steps", "logid": "logs", "test_result_setid": "test_result_sets"}
"""By the name of the argument that is an id: where the data API has what it is the id of."""


class BuildIds:
    """The builds that things belong to.

    :param master: Buildbot's ``BuildMaster``.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        self._known: Latest[tuple[str, Any], int] = Latest(_MOST)

    def note(self, kind: str, number: int, buildid: int | None) -> None:
        """Note that what has the id `number` as its `kind`, such as ``stepid``, is of a build."""
        if buildid is not None:
            self._known[kind, number] = buildid

    def of(self, arguments: Mapping[str, Any]) -> int | Deferred[int | None] | None:
        """Return the id of the build that an update method's arguments are about, if any.

        A Deferred of it, which never fails, where it must be looked up.
        """
        if "buildid" in arguments:
            buildid: int | None = arguments["buildid"]
            return buildid
        for kind in _COLLECTIONS:
            if kind in arguments:
                known = self._known.get((kind, arguments[kind]))
                return self._look_up(kind, arguments[kind]) if known is None else known
        return None

    @returns_deferred
    async def _look_up(self, kind: str, number: Any) -> int | None:
        try:
            found = await self._master.data.get((_COLLECTIONS[kind], str(number)))
            buildid = self.of(
                {name: found[name] for name in ("buildid", "stepid") if name in found}
            )
            if isinstance(buildid, Deferred):
                buildid = await buildid
        except Exception:  # noqa: BLE001 - a text whose build cannot be found is one of no build
            return None
        self.note(kind, number, buildid)
        return buildid
