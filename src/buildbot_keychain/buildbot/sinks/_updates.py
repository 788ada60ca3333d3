"""The place that nearly everything a master writes passes: the update methods of its data layer.

`RedactingUpdates` stands in for Buildbot's ``master.data.updates``. What passes through it is
stored in the database and sent to the web pages, to WebSockets and to reporters. Steps and
observers keep the true texts, since nothing is altered in place.

The rule is to redact **every text in every argument of every method**, including methods that do
not exist yet. The exceptions are listed here: methods that need more than that, and arguments that
are left alone because Buildbot finds things by them. The latter come from the configuration or from
a repository; altering one would break builds and still hide nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from buildbot.process.properties import Properties
from twisted.internet.defer import Deferred, maybeDeferred, succeed

from buildbot_keychain.buildbot.sinks._buildset_properties import (
    identifying_properties,
    redact_buildset_properties,
    report_withheld,
)
from buildbot_keychain.buildbot.sinks._log_streams import LogStreams
from buildbot_keychain.buildbot.sinks._renderings import render_all
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.structures import redact_value

_LEFT_ALONE_ARGUMENTS: dict[str, frozenset[str]] = {
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
    "addBuildset": frozenset({"scheduler", "parent_relationship"}),
    "addChange": frozenset({"revision", "branch", "codebase", "project", "category", "src"}),
}
"""By method: the arguments by which Buildbot finds something again."""

_CHECKED_OUT = frozenset({"branch", "revision", "codebase", "project", "patch_body"})
"""The keys of a source stamp that say what is checked out."""


class RedactingUpdates:
    """Buildbot's update methods, with their arguments redacted.

    :param master: Buildbot's ``BuildMaster``, whose ``data.updates`` are wrapped.
    :param before_the_end: called before a build is marked as finished, which waits for the Deferred
        that it returns, and which never fails.
    """

    def __init__(
        self, master: Any, redactor: Redactor, before_the_end: Callable[[], Deferred[None]]
    ) -> None:
        self._master = master
        self._updates = master.data.updates
        self._redactor = redactor
        self._before_the_end = before_the_end
        self._logs: dict[int, LogStreams] = {}

    def __getattr__(self, name: str) -> Any:
        """Return the update method `name`, redacting; it is made at the first request."""
        method = getattr(self._updates, name)
        if not callable(method):
            return method
        left_alone = _LEFT_ALONE_ARGUMENTS.get(name, frozenset())
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

    @returns_deferred
    async def addLog(self, stepid: int, name: str, type: str) -> int:  # noqa: A002
        """Open a log, whose lines have prefixes or not depending on its type."""
        clean = redact_value(self._redactor, name)
        logid: int = await maybeDeferred(self._updates.addLog, stepid, clean, type)
        self._logs[logid] = LogStreams(self._redactor.seen_by(None), str(type))
        return logid

    def appendLog(self, logid: int, content: str) -> Deferred[None]:
        """Append the lines that are not held back."""
        streams = self._logs.get(logid)
        if streams is None:
            return self._append_to_older_log(logid, content)
        return self._append(logid, streams.feed(content))

    @returns_deferred
    async def finishLog(self, logid: int) -> None:
        """Append the lines that were held back, and finish the log."""
        streams = self._logs.pop(logid, None)
        try:
            if streams is not None:
                await self._append(logid, streams.close())
        finally:
            await maybeDeferred(self._updates.finishLog, logid)

    @returns_deferred
    async def _append_to_older_log(self, logid: int, content: str) -> None:
        """Append to a log that was opened before the master had a keychain."""
        log = await self._master.data.get(("logs", str(logid)))
        streams = self._logs.setdefault(
            logid, LogStreams(self._redactor.seen_by(None), log["type"])
        )
        await self._append(logid, streams.feed(content))

    def _append(self, logid: int, lines: str) -> Deferred[None]:
        if not lines:
            return succeed(None)
        appended: Deferred[None] = self._updates.appendLog(logid, lines)
        return appended

    # Builds

    @returns_deferred
    async def finishBuild(self, buildid: int, results: Any) -> Any:
        """Mark a build as finished when what must be known of it by then is stored."""
        await self._before_the_end()
        return await maybeDeferred(self._updates.finishBuild, buildid, results)

    # Properties

    @returns_deferred
    async def setBuildProperties(self, buildid: int, properties: Any) -> None:
        """Store a redacted copy; the build keeps the true properties.

        A missing secret does not prevent that: a build that Buildbot cannot store never ends.
        """
        rendered = await render_all(properties.getProperties())
        copy = Properties()
        copy.properties = self._redact_properties(rendered)
        await maybeDeferred(self._updates.setBuildProperties, buildid, copy)

    def setBuildProperty(self, buildid: int, name: str, value: Any, source: str) -> Any:
        """Store a redacted property."""
        ((clean_name, clean),) = self._redact_properties({name: (value, source)}).items()
        return self._updates.setBuildProperty(buildid, clean_name, *clean)

    def _redact_properties(self, properties: Mapping[str, tuple[Any, str]]) -> dict[str, Any]:
        kept = identifying_properties(properties)
        others = {name: each for name, each in properties.items() if name not in kept}
        return {**redact_value(self._redactor, others, numbers=True), **kept}

    def addBuildset(self, *args: Any, **kwargs: Any) -> Any:
        """Add a buildset without the secrets that someone passed in its properties.

        Its builds read the properties from the database, so a secret that is passed this way
        arrives as a label; the step or log of whoever passed it says so.
        """
        method = self._updates.addBuildset
        bound = inspect.signature(method).bind(*args, **kwargs)
        for argument, value in bound.arguments.items():
            if argument == "properties":
                parent = bound.arguments.get("parent_buildid")
                clean, sentences = redact_buildset_properties(
                    self._redactor, value or {}, by_a_build=parent is not None
                )
                bound.arguments[argument] = clean
                report_withheld(self._master, sentences, parent)
            elif argument == "sourcestamps":
                bound.arguments[argument] = [self._redact_stamp(stamp) for stamp in value or ()]
            elif argument not in _LEFT_ALONE_ARGUMENTS["addBuildset"]:
                bound.arguments[argument] = redact_value(self._redactor, value)
        return method(*bound.args, **bound.kwargs)

    def _redact_stamp(self, stamp: Any) -> Any:
        if not isinstance(stamp, dict):
            return redact_value(self._redactor, stamp)
        return {
            key: value if key in _CHECKED_OUT else redact_value(self._redactor, value)
            for key, value in stamp.items()
        }
