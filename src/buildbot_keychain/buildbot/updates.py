"""The one place that nearly all a master writes passes: the update methods of its data layer.

`RedactingUpdates` stands in for Buildbot's ``master.data.updates``. What goes through it is stored
in the database, sent to the web pages, to WebSockets and to reporters; steps and observers keep the
true texts, since nothing is altered in place.

Its rule is to redact **every text in every argument of every method**, of methods that do not exist
yet too. What departs from it is listed here: methods that need more than that, and arguments that
are left alone because they are how Buildbot finds a thing again; these come from the configuration
or from a repository, and to alter one would break builds and still hide nothing.
"""

from __future__ import annotations

import inspect
from typing import Any

from buildbot.process.properties import Properties
from twisted.internet.defer import Deferred, maybeDeferred

from buildbot_keychain.buildbot.log_streams import LogStreams
from buildbot_keychain.buildbot.renderings import render_each
from buildbot_keychain.buildbot.withheld import identities_of, tell, without_secrets
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.structures import redact_value

# By method: the arguments by which Buildbot finds a thing again.
_IDENTITIES: dict[str, frozenset[str]] = {
    "findBuilderId": frozenset({"name"}),
    "updateBuilderList": frozenset({"builderNames"}),
    "findChangeSourceId": frozenset({"name"}),
    "findSchedulerId": frozenset({"name"}),
    "findWorkerId": frozenset({"name"}),
    "find_codebase_id": frozenset({"name"}),
    "find_project_id": frozenset({"name"}),
    "update_project_info": frozenset({"slug"}),
    "update_codebase_info": frozenset({"slug"}),
    "update_branch": frozenset({"name"}),
    "add_commit": frozenset({"revision"}),
    "masterActive": frozenset({"name"}),
    "masterStopped": frozenset({"name"}),
    "_masterDeactivatedHousekeeping": frozenset({"name"}),
    "addLog": frozenset({"type"}),
    "addBuildset": frozenset({"scheduler", "parent_relationship"}),
    "addChange": frozenset({"revision", "branch", "codebase", "project", "category", "src"}),
}
# Of a source stamp: what is checked out.
_CHECKED_OUT = frozenset({"branch", "revision", "codebase", "project", "patch_body"})


class RedactingUpdates:
    """Buildbot's update methods, with their arguments redacted.

    :param master: Buildbot's ``BuildMaster``, whose ``data.updates`` are wrapped.
    """

    def __init__(self, master: Any, redactor: Redactor) -> None:
        self._master = master
        self._updates = master.data.updates
        self._redactor = redactor
        self._logs: dict[int, LogStreams] = {}

    def __getattr__(self, name: str) -> Any:
        """Give the update method `name`, redacting; it is made when it is first asked for."""
        method = getattr(self._updates, name)
        if not callable(method):
            return method
        left_alone = _IDENTITIES.get(name, frozenset())
        signature = inspect.signature(method)

        def redacting(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            for argument, value in bound.arguments.items():
                if argument not in left_alone:
                    bound.arguments[argument] = redact_value(self._redactor, value)
            return method(*bound.args, **bound.kwargs)

        self.__dict__[name] = redacting
        return redacting

    # Logs

    def addLog(self, stepid: int, name: str, type: str) -> Deferred[int]:  # noqa: A002
        """Open a log, whose lines have prefixes or not by its type."""

        async def add() -> int:
            clean = redact_value(self._redactor, name)
            logid: int = await maybeDeferred(self._updates.addLog, stepid, clean, type)
            self._logs[logid] = LogStreams(self._redactor, str(type))
            return logid

        return Deferred.fromCoroutine(add())

    def appendLog(self, logid: int, content: str) -> Deferred[None]:
        """Append the lines that are not held back."""

        async def append() -> None:
            streams = self._logs.get(logid)
            if streams is None:
                # Opened before the keychain was there.
                log = await self._master.data.get(("logs", str(logid)))
                streams = self._logs.setdefault(logid, LogStreams(self._redactor, log["type"]))
            await self._append(logid, streams.feed(content))

        return Deferred.fromCoroutine(append())

    def finishLog(self, logid: int) -> Deferred[None]:
        """Append the lines that were held back, and finish the log."""

        async def finish() -> None:
            streams = self._logs.pop(logid, None)
            if streams is not None:
                await self._append(logid, streams.close())
            await maybeDeferred(self._updates.finishLog, logid)

        return Deferred.fromCoroutine(finish())

    async def _append(self, logid: int, lines: str) -> None:
        if lines:
            await maybeDeferred(self._updates.appendLog, logid, lines)

    # Properties

    def setBuildProperties(self, buildid: int, properties: Any) -> Deferred[None]:
        """Store a redacted copy; the build keeps the true properties.

        A missing secret does not stop it, since a build that Buildbot cannot store never ends.
        """

        async def store() -> None:
            rendered = await render_each(properties.getProperties())
            copy = Properties()
            copy.properties = {
                **redact_value(self._redactor, rendered, numbers=True),
                **identities_of(rendered),
            }
            await maybeDeferred(self._updates.setBuildProperties, buildid, copy)

        return Deferred.fromCoroutine(store())

    def setBuildProperty(self, buildid: int, name: str, value: Any, source: str) -> Any:
        """Store a redacted property."""
        clean = redact_value(self._redactor, [name, value, source], numbers=True)
        return self._updates.setBuildProperty(buildid, *clean)

    def addBuildset(self, *args: Any, **kwargs: Any) -> Any:
        """Add a buildset without the secrets that someone put into its properties.

        Its builds read the properties from the database, so a secret that is handed on this way
        arrives as a label; who handed it on is told.
        """
        method = self._updates.addBuildset
        bound = inspect.signature(method).bind(*args, **kwargs)
        for argument, value in bound.arguments.items():
            if argument == "properties":
                parent = bound.arguments.get("parent_buildid")
                clean, sentences = without_secrets(
                    self._redactor, value or {}, by_a_build=parent is not None
                )
                bound.arguments[argument] = clean
                tell(self._master, sentences, parent)
            elif argument == "sourcestamps":
                bound.arguments[argument] = [self._clean_stamp(stamp) for stamp in value or ()]
            elif argument not in _IDENTITIES["addBuildset"]:
                bound.arguments[argument] = redact_value(self._redactor, value)
        return method(*bound.args, **bound.kwargs)

    def _clean_stamp(self, stamp: Any) -> Any:
        if not isinstance(stamp, dict):
            return stamp
        return {
            key: value if key in _CHECKED_OUT else redact_value(self._redactor, value)
            for key, value in stamp.items()
        }
