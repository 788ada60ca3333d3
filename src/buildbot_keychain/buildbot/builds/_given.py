"""`GivenSecrets`: what each build was given, while it runs and afterwards.

A build was given a secret when it looked the secret up. From the moment before it has the value,
the secret's name is in a *live set* of that build: whoever holds the set, such as a stream of its
log, sees each name as soon as it is there. The names are those by which the redactor knows the
values; of several values of a name, such as those of several builders, each has one of its own.
A set lives as long as Buildbot's ``Build``, or as anybody holds it.

A build may also be lent a secret that it, or a build that it descends from, has made itself: what
the redactor knows that by is in the set until it is taken back, and is recorded nowhere.

The names are also recorded in the master's database, behind the lookups: no lookup waits for that
or fails by it. Everything that a build was given is stored when the build is marked as finished.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot.builds._attempts import Later
from buildbot_keychain.buildbot.builds._given_record import GivenRecord
from buildbot_keychain.buildbot.state import GivenTable, Writes


class GivenSecrets:
    """The secrets that the builds of one master were given.

    :param master: Buildbot's master, whose database is there by the first lookup of a build.
    :param writes: writes to that database.
    :param soon: has what is given at once written together.
    """

    def __init__(
        self, master: Any, writes: Writes | None = None, soon: Later | None = None
    ) -> None:
        table = GivenTable(master, writes)
        self._table = table
        soon = soon or partial(master.reactor.callLater, 0)
        self._record = GivenRecord(table, lambda: int(master.reactor.seconds()), soon)
        self._of_build: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
        self._of_id: WeakValueDictionary[int, set[str]] = WeakValueDictionary()
        # By the id of a build: what it was lent.
        self._lent: dict[int, set[str]] = {}
        # Builds that had no id when they were first seen.
        self._without_id: WeakSet[Any] = WeakSet()

    def of_build(self, build: Any) -> AbstractSet[str]:
        """Return the live set of the names that Buildbot's `build` was given."""
        return self._set_of(build)

    def of_buildid(self, buildid: int) -> AbstractSet[str]:
        """Return the live set of the build with this id, the same one as `of_build` returns.

        It is empty for a build that has been given nothing yet, and for one of an earlier process.
        """
        return self._set_of_id(buildid)

    def give(self, build: Any, key: str) -> None:
        """Add a secret to what `build` was given; call it before giving a value.

        :param key: what `Redactor.given_as` returns; recorded is the name with which it begins.
        """
        names = self._set_of(build)
        if key not in names:
            names.add(key)
            number = len(names) - len(self._lent.get(build.buildid, ())) - 1
            self._record.add(build, number, _name_of(key))

    def lend(self, buildid: int, key: str) -> None:
        """Add `key`, by which the redactor knows a value, to what a build was given."""
        self._lent.setdefault(buildid, set()).add(key)
        self._set_of_id(buildid).add(key)

    def take_back(self, buildid: int, key: str) -> None:
        """Remove what was lent to a build."""
        self._set_of_id(buildid).discard(key)
        self._lent.get(buildid, set()).discard(key)
        if not self._lent.get(buildid, True):
            del self._lent[buildid]

    async def names_of(self, buildid: int) -> frozenset[str]:
        """Return the names that a build was given, also one of an earlier process.

        :raise DatabaseProblemError: when the database cannot be read.
        """
        names = await self._table.names_of(buildid)
        given = self.of_buildid(buildid) - self._lent.get(buildid, set())
        return frozenset(names).union(map(_name_of, given))

    def stored(self) -> Deferred[None]:
        """Return a Deferred that fires when all names are stored, or cannot be; it never fails."""
        return self._record.flush()

    def clean_up(self) -> Deferred[None]:
        """Remove what is recorded of builds that no longer exist; never fails."""
        return self._record.clean_up()

    def _set_of(self, build: Any) -> set[str]:
        self._take_ids()
        names = self._of_build.get(build)
        if names is None:
            names = set() if build.buildid is None else self._of_id.get(build.buildid, set())
            self._of_build[build] = names
            self._without_id.add(build)
            self._take_ids()
        return names

    def _set_of_id(self, buildid: int) -> set[str]:
        self._take_ids()
        names = self._of_id.get(buildid)
        if names is None:
            names = self._of_id[buildid] = set(self._lent.get(buildid, ()))
        return names

    def _take_ids(self) -> None:
        """Make the sets of builds that have got their id known by it."""
        for build in [build for build in self._without_id if build.buildid is not None]:
            self._without_id.discard(build)
            names = self._of_id[build.buildid] = self._of_build[build]
            names.update(self._lent.get(build.buildid, ()))


def _name_of(key: str) -> str:
    """Return the name of a secret by what it is given as."""
    return key.partition("\0")[0]
