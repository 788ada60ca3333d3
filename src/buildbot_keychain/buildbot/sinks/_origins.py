"""Which builder, build and step something was written by, in words.

The update methods know ids, and the log of the process the objects that are at work. Names are
those that are stored: what is told to anybody holds no secret. The database is asked only for what
this master has not begun itself, or not lately.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from buildbot_keychain.buildbot.builds import who_asks
from buildbot_keychain.latest import Latest

_KEPT = 1_000
"""Origins that are kept at hand, and as many rows of steps, builds and builders."""


class Place(NamedTuple):
    """The ids of what wrote something, as far as they are known."""

    builderid: int | None = None
    buildid: int | None = None
    stepid: int | None = None


class Origin(NamedTuple):
    """What wrote something, as far as it is known."""

    builder: str | None = None
    build: int | None = None
    """The id of the build."""
    number: int | None = None
    """The number of the build, which counts for each builder."""
    step: str | None = None


class Origins:
    """Looks up what places are called.

    :param master: Buildbot's ``BuildMaster``.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        self._known: Latest[Place, Origin] = Latest(_KEPT)
        self._rows: Latest[tuple[str, int], Any] = Latest(_KEPT)
        self._running: WeakValueDictionary[int, Any] = WeakValueDictionary()

    def note_step(self, stepid: int, buildid: int, name: str) -> None:
        """Note a new step, with its name as it is stored."""
        self._rows["steps", stepid] = {"name": name, "buildid": buildid}

    async def of(self, place: Place) -> Origin:
        """Return the names of a place; where the database does not answer, those that are known."""
        if place == Place():
            return Origin()
        known = self._known.get(place)
        if known is not None:
            return known
        builderid, buildid, stepid = place
        number = step = builder = None
        try:
            if stepid is not None:
                row = await self._get_once("steps", stepid)
                step, buildid = row["name"], row["buildid"]
            running = self._running_build(buildid)
            if running is not None:
                number, builder = running.number, running.builder.name
            elif buildid is not None:
                row = await self._get_once("builds", buildid)
                number, builderid = row["number"], row["builderid"]
            if builder is None and builderid is not None:
                builder = (await self._get_once("builders", builderid))["name"]
        except Exception:  # noqa: BLE001 - the database may be down; what is known is told
            return Origin(builder, buildid, number, step)
        origin = self._known[place] = Origin(builder, buildid, number, step)
        return origin

    def running_step(self, buildid: int | None) -> Any:
        """Return the step that runs in the build with this id, Buildbot's ``BuildStep``, if any."""
        build = self._running_build(buildid)
        # Of one that has ended, Buildbot may leave its last step there.
        return None if build is None or build.finished else build.currentStep

    def _running_build(self, buildid: int | None) -> Any:
        """Return Buildbot's ``Build`` with this id, if it runs or somebody still holds it."""
        if buildid is None:
            return None
        if buildid not in self._running:
            # All builders are gone through, so once for all that runs now.
            builders = self._master.botmaster.builders.values()
            running = [build for builder in builders for build in builder.building]
            self._running.update((each.buildid, each) for each in running if each.buildid)
        return self._running.get(buildid)

    async def _get_once(self, collection: str, number: int) -> Any:
        """Return a row that does not change."""
        row = self._rows.get((collection, number))
        if row is None:
            row = await self._get(collection, number)
            if row is not None:
                self._rows[collection, number] = row
        return row

    async def _get(self, collection: str, number: int) -> Any:
        return await self._master.data.get((collection, str(number)))


def place_at_work() -> Place:
    """Return the build, and its step, for which the functions run that are running now."""
    build = who_asks(None).build
    if build is None:
        return Place()
    return Place(None, build.buildid, getattr(build.currentStep, "stepid", None))
