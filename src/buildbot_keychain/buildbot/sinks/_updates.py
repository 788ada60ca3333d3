"""The place that nearly everything a master writes passes: the update methods of its data layer.

`RedactingUpdates` stands in for Buildbot's ``master.data.updates``. What passes through it is
stored in the database and sent to the web pages, to WebSockets and to reporters. Steps and
observers keep the true texts, since nothing is altered in place.

The rule is to redact **every text in every argument of every method**, including methods that do
not exist yet. The exceptions are methods that need more than that, which are here, and arguments
(`_methods`) that are left alone because Buildbot finds things by them. The latter come from the
configuration or from a repository; altering one would break builds and still hide nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextvars import ContextVar
from functools import partial
from typing import Any, NamedTuple

from buildbot.process.properties import Properties
from twisted.internet.defer import Deferred, maybeDeferred, succeed

from buildbot_keychain.buildbot.builds import Audiences, ChangeSources, Descendants, Requests
from buildbot_keychain.buildbot.forms import PROPERTY as FORM_PROPERTY
from buildbot_keychain.buildbot.forms import FormValues
from buildbot_keychain.buildbot.references import PROPERTY, References
from buildbot_keychain.buildbot.sinks._build_ids import BuildIds
from buildbot_keychain.buildbot.sinks._buildset_properties import (
    Withheld,
    redact_buildset_properties,
    report_withheld,
)
from buildbot_keychain.buildbot.sinks._hidden_secrets import LogReport, Reporter
from buildbot_keychain.buildbot.sinks._kept_properties import kept, take_kept
from buildbot_keychain.buildbot.sinks._log_streams import LogStreams
from buildbot_keychain.buildbot.sinks._methods import LEFT_ALONE, SINKS
from buildbot_keychain.buildbot.sinks._origins import Place
from buildbot_keychain.buildbot.sinks._properties import PropertyReports, redact_properties
from buildbot_keychain.buildbot.sinks._renderings import render_all
from buildbot_keychain.buildbot.sinks._requested_properties import RequestedProperties
from buildbot_keychain.buildbot.sinks._source_stamps import alterable, redact_stamps
from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.redaction import Audience
from buildbot_keychain.redaction.structures import redact_value

_rebuilt: ContextVar[int | None] = ContextVar("rebuilt", default=None)
"""The number of the buildset that Buildbot is about to copy for a rebuild."""


class _Store(NamedTuple):
    """What stores something of a new buildset, which has a property that finds it again."""

    property: str
    store: Callable[[], Awaitable[Any]]
    """Stores it, and returns the property."""
    bind: Callable[[Any, int], Awaitable[None]]
    """Is called with the property, and the number of the buildset."""
    drop: Callable[[Any], Awaitable[None]] | None = None
    """Is called with the property where the buildset could not be added."""


class RedactingUpdates:
    """Buildbot's update methods, with their arguments redacted.

    Texts of a build, of its steps, logs and test results, are for the readers of that build;
    all others are for those to whom nothing was given.

    :param master: Buildbot's ``BuildMaster``, whose ``data.updates`` are wrapped.
    :param descendants: is told which builds are made for others.
    :param before_the_end: called before a build is marked as finished, which waits for the Deferred
        that it returns, and which never fails.
    :param reporter: is told what was hidden.
    :param made_by: returns the names of the values that a build, by its id, or one that it descends
        from has made and hidden.
    :param references: keeps how properties that hold secrets were made.
    :param forms: keeps what was typed into forms.
    :param requests: notes who asks for builds.
    """

    def __init__(
        self,
        master: Any,
        audiences: Audiences,
        descendants: Descendants,
        before_the_end: Callable[[], Deferred[None]],
        reporter: Reporter,
        *,
        made_by: Callable[[int | None], Collection[str]],
        references: References,
        forms: FormValues,
        requests: Requests,
    ) -> None:
        self._master = master
        self._updates = master.data.updates
        self._audiences = audiences
        self._descendants = descendants
        self._references = references
        self._forms = forms
        self._requests = requests
        self._change_sources = ChangeSources()
        self._build_ids = BuildIds(master)
        self._before_the_end = before_the_end
        self._logs: dict[int, LogStreams] = {}
        self._reports: dict[int, LogReport] = {}
        self._reporter = reporter
        self._made_by = made_by
        self._property_reports = PropertyReports(reporter)
        self._requested = RequestedProperties()

    def __getattr__(self, name: str) -> Any:
        """Return the update method `name`, redacting; it is made at the first request."""
        method = getattr(self._updates, name)
        if not callable(method):
            return method
        self.__dict__[name] = redacting = self._redacting(name, method)
        return redacting

    def _redacting(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        left_alone = LEFT_ALONE.get(name, frozenset())
        sink = SINKS.get(name, name)
        signature = inspect.signature(method)

        def redacting(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)

            def redact_and_call(buildid: int | None) -> Any:
                audience = self._audiences.of_buildid(buildid)
                given = bound.arguments
                place = Place(given.get("builderid"), buildid, given.get("stepid"))
                for argument, value in given.items():
                    if argument not in left_alone:
                        given[argument] = self._reporter.redact(sink, place, audience, value)
                return method(*bound.args, **bound.kwargs)

            return self._for_build(bound.arguments, redact_and_call)

        return redacting

    def _for_build(self, arguments: Mapping[str, Any], call: Callable[[int | None], Any]) -> Any:
        """Return what `call` returns for the id of the build that `arguments` are about."""
        buildid = self._build_ids.of(arguments)
        return buildid.addCallback(call) if isinstance(buildid, Deferred) else call(buildid)

    # Changes

    def addChange(self, *args: Any, **kwargs: Any) -> Any:
        """Add a change, which says that nobody knows where it is from, if nobody does."""
        method = self._updates.addChange
        bound = inspect.signature(method).bind(*args, **kwargs)
        properties = self._change_sources.stated(bound.arguments.get("properties"))
        if properties:
            bound.arguments["properties"] = properties
        return self._redacting("addChange", method)(*bound.args, **bound.kwargs)

    # Steps and test results

    @returns_deferred
    async def addStep(self, buildid: int, name: str) -> tuple[int, int, str]:
        """Add a step, with its name redacted."""
        audience = self._audiences.of_buildid(buildid)
        clean = redact_value(audience, name)
        added: tuple[int, int, str] = await maybeDeferred(
            self._updates.addStep, buildid=buildid, name=clean
        )
        self._build_ids.note("stepid", added[0], buildid)
        self._reporter.step_added(added[0], buildid, added[2])
        if clean != name:
            place = Place(buildid=buildid, stepid=added[0])
            self._reporter.hidden(SINKS["addStep"], place, audience, name)
        return added

    @returns_deferred
    async def addTestResultSet(
        self, builderid: int, buildid: int, *args: Any, **kwargs: Any
    ) -> int:
        """Add a set of test results, with its texts redacted."""
        audience = self._audiences.of_buildid(buildid)
        sink, place = SINKS["addTestResultSet"], Place(builderid, buildid)
        args = self._reporter.redact(sink, place, audience, args)
        kwargs = self._reporter.redact(sink, place, audience, kwargs)
        setid: int = await maybeDeferred(
            self._updates.addTestResultSet, builderid, buildid, *args, **kwargs
        )
        self._build_ids.note("test_result_setid", setid, buildid)
        return setid

    # Logs

    def audience_of_log(self, logid: int) -> Audience:
        """Return the readers of an open log; nobody for one that is not open."""
        streams = self._logs.get(logid)
        return self._audiences.nobody if streams is None else streams.audience

    def cover_log(self, logid: int, letters: str, name: str) -> None:
        """Store ``<name>`` in place of each line of these streams of an open log of type ``s``."""
        self._logs[logid].cover(letters, name)

    @returns_deferred
    async def addLog(self, stepid: int, name: str, type: str) -> int:  # noqa: A002
        """Open a log, whose lines have prefixes or not depending on its type."""

        async def add(buildid: int | None) -> int:
            audience = self._audiences.of_buildid(buildid)
            place = Place(buildid=buildid, stepid=stepid)
            clean = self._reporter.redact(SINKS["addLog"], place, audience, name)
            logid: int = await maybeDeferred(self._updates.addLog, stepid, clean, type)
            self._build_ids.note("logid", logid, buildid)
            self._open(logid, audience, str(type), stepid, clean)
            return logid

        logid: int = await self._for_build({"stepid": stepid}, returns_deferred(add))
        return logid

    def appendLog(self, logid: int, content: str) -> Deferred[None]:
        """Append the lines that are not held back."""
        streams = self._logs.get(logid)
        if streams is None:
            return self._append_to_older_log(logid, content)
        return self._append(logid, streams, streams.feed(content))

    def _open(self, logid: int, audience: Audience, kind: str, stepid: int, name: str) -> None:
        report = self._reporter.log_opened(stepid, name)
        self._logs[logid] = LogStreams(audience, kind, noting=report is not None)
        if report is not None:
            self._reports[logid] = report

    @returns_deferred
    async def finishLog(self, logid: int) -> None:
        """Append the lines that were held back and what was hidden, and finish the log."""
        streams = self._logs.pop(logid, None)
        try:
            if streams is not None:
                last = streams.close()
                await self._append(logid, streams, last + self._report_line(logid, streams))
        finally:
            report = self._reports.pop(logid, None)
            await maybeDeferred(self._updates.finishLog, logid)
            if report is not None:
                await self._reporter.log_finished(report)

    def _report_line(self, logid: int, streams: LogStreams) -> str:
        report = self._reports.get(logid)
        sentence = "" if report is None else report.sentence(streams.labels)
        if not sentence or not streams.has_headers:
            return ""
        return f"h{redact_value(streams.audience, sentence)}\n"

    @returns_deferred
    async def _append_to_older_log(self, logid: int, content: str) -> None:
        """Append to a log that was opened before the master had a keychain."""
        log = await self._master.data.get(("logs", str(logid)))

        async def append(buildid: int | None) -> None:
            if logid not in self._logs:
                audience = self._audiences.of_buildid(buildid)
                self._open(logid, audience, log["type"], log["stepid"], log.get("name", ""))
            streams = self._logs[logid]
            await self._append(logid, streams, streams.feed(content))

        await self._for_build({"logid": logid}, returns_deferred(append))

    def _append(self, logid: int, streams: LogStreams, lines: str) -> Deferred[None]:
        if not lines:
            return succeed(None)
        appended: Deferred[Any] = self._updates.appendLog(logid, lines)
        if streams.labels:
            appended.addCallback(self._reports[logid].note, streams.labels)
            streams.labels = []
        return appended

    # Builds

    def addBuild(self, *args: Any, **kwargs: Any) -> Any:
        """Add a build, which may be given what its ancestors have hidden."""
        add = partial(self._updates.addBuild, *args, **kwargs)
        bound = inspect.signature(self._updates.addBuild).bind(*args, **kwargs)
        return self._descendants.add_build(bound.arguments["buildrequestid"], add)

    @returns_deferred
    async def finishBuild(self, buildid: int, results: Any) -> Any:
        """Mark a build as finished when what must be known of it by then is stored."""
        await self._before_the_end()
        self._property_reports.end(buildid)
        return await maybeDeferred(self._updates.finishBuild, buildid, results)

    # Properties

    @returns_deferred
    async def setBuildProperties(self, buildid: int, properties: Any) -> None:
        """Store a redacted copy; the build keeps the true properties.

        A missing secret does not prevent that: a build that Buildbot cannot store never ends.
        """
        build = properties.getProperties().build
        await self._references.resolve(build)
        properties.getProperties().properties.pop(FORM_PROPERTY, None)
        rendered = await render_all(properties.getProperties())
        # Its buildset does not show them either.
        labelled = self._references.with_labels(rendered)
        requested = self._requested.of(build, labelled)
        own = {name: each for name, each in labelled.items() if name not in requested}
        parts = [(self._audiences.nobody, requested), (self._audiences.of_buildid(buildid), own)]
        copy = Properties()
        for audience, part in parts:
            copy.properties.update(redact_properties(audience, part))
        if copy.properties != rendered:
            given = [(who, {name: rendered[name] for name in part}) for who, part in parts]
            report = self._property_reports.all_of_build
            report(SINKS["setBuildProperties"], buildid, given, copy.properties)
        await maybeDeferred(self._updates.setBuildProperties, buildid, copy)

    def setBuildProperty(self, buildid: int, name: str, value: Any, source: str) -> Any:
        """Store a redacted property."""
        audience = self._audiences.of_buildid(buildid)
        given = {name: (value, source)}
        redacted = redact_properties(audience, self._references.with_labels(given))
        if redacted != given:
            report = self._property_reports.one_call
            report(SINKS["setBuildProperty"], audience, buildid, given, redacted)
        ((clean_name, clean),) = redacted.items()
        return self._updates.setBuildProperty(buildid, clean_name, *clean)

    def addBuildset(self, *args: Any, **kwargs: Any) -> Any:
        """Add a buildset without the secrets that someone passed in its properties.

        Its builds read the properties from the database. A property of which it is known how it was
        made travels by name; any other secret in a property arrives as a label, and the step or log
        of whoever passed it says so.
        """
        method = self._updates.addBuildset
        bound = inspect.signature(method).bind(*args, **kwargs)
        parent = bound.arguments.get("parent_buildid")
        audience = self._audiences.of_buildid(parent)
        sink, place = SINKS["addBuildset"], Place(buildid=parent)
        stores: list[_Store] = []
        clean: Any
        for argument, value in bound.arguments.items():
            if argument == "properties":
                properties = dict(value or {})
                rebuilt = _rebuilt.get()
                _rebuilt.set(None)
                entry = properties.pop(PROPERTY, None)
                carried = take_kept(entry)
                of_form = self._forms.storing(properties, is_rebuild=rebuilt is not None)
                by_name = self._references.outgoing(audience, properties)
                stores = self._stores(
                    self._storing({**carried, **by_name.templates}, entry, rebuilt),
                    of_form,
                    bound.arguments.get("scheduler"),
                    properties.get("owner", (None,))[0],
                )
                clean, withheld = redact_buildset_properties(audience, properties, by_name)
                if withheld:
                    left = {n: v for n, v in properties.items() if n not in by_name.templates}
                    self._property_reports.one_call(sink, audience, parent, left, clean)
                    self._report_withheld(withheld, parent)
            elif argument == "sourcestamps":
                clean = redact_stamps(audience, value or [])
                if clean != (value or []):
                    self._reporter.hidden(sink, place, audience, alterable(value))
            elif argument in LEFT_ALONE["addBuildset"]:
                continue
            else:
                clean = self._reporter.redact(sink, place, audience, value)
            bound.arguments[argument] = clean
        add = partial(self._add_buildset, method, bound, stores)
        add = partial(self._descendants.add_buildset, parent, add)
        return self._requests.add_buildset(bound.arguments.get("scheduler"), add)

    def kept_properties(self, properties: Any, buildid: int | None) -> tuple[Any, Deferred[None]]:
        """Return what a scheduler stores of Buildbot's `properties` until it adds a buildset.

        :param buildid: the build that passes them on. The Deferred fires when its step has been
            told what is withheld.
        """
        audience = self._audiences.of_buildid(buildid)
        entries = properties.asDict()
        entries.pop(PROPERTY, None)
        by_name = self._references.outgoing(audience, entries)
        clean, withheld = redact_buildset_properties(audience, entries, by_name)
        return kept(clean, by_name.templates), self._report_withheld(withheld, buildid)

    def _report_withheld(self, withheld: Iterable[Withheld], buildid: int | None) -> Deferred[None]:
        made = self._made_by(buildid)
        return report_withheld(self._reporter.running_step, withheld, buildid, made)

    def _storing(
        self, templates: Mapping[str, Any], copied: Any, rebuilt: int | None
    ) -> Callable[[], Awaitable[Any]] | None:
        """Return what stores how properties of a new buildset were made, if there are such.

        :param templates: how they were made.
        :param copied: the `PROPERTY` that was passed on; only a rebuild may do that.
        :param rebuilt: the number of the buildset that is rebuilt.
        """
        if rebuilt is not None and copied is not None:
            return partial(self._references.copy, copied, rebuilt)
        return partial(self._references.store, templates) if templates else None

    def _stores(self, by_name: Any, of_form: Any, form: Any, owner: Any) -> list[_Store]:
        """Return what keeps something of a new buildset, each with its property.

        :param form: the scheduler that makes it.
        :param owner: the property of that name.
        """
        bind_form = partial(self._forms.bind, form=form, owner=owner)
        stores = [
            _Store(PROPERTY, by_name, self._references.bind),
            _Store(FORM_PROPERTY, of_form, bind_form, self._forms.drop),
        ]
        return [each for each in stores if each.store is not None]

    def _add_buildset(
        self,
        method: Callable[..., Any],
        bound: inspect.BoundArguments,
        stores: list[_Store],
    ) -> Any:
        if not stores:
            return method(*bound.args, **bound.kwargs)

        async def add() -> Any:
            entries = [(each, await each.store()) for each in stores]
            shown = bound.arguments["properties"]
            ours = {each.property: entry for each, entry in entries}
            bound.arguments["properties"] = {**shown, **ours}
            try:
                added = await maybeDeferred(method, *bound.args, **bound.kwargs)
            except Exception:
                for each, entry in entries:
                    if each.drop is not None:
                        await each.drop(entry)
                raise
            for each, entry in entries:
                await each.bind(entry, added[0])
            return added

        return Deferred.fromCoroutine(add())

    def rebuildBuildrequest(self, buildrequest: Any, *args: Any, **kwargs: Any) -> Any:
        """Add a buildset with the properties of another one, and how those were made."""
        place = Place()
        redact = partial(
            self._reporter.redact, "rebuildBuildrequest", place, self._audiences.nobody
        )
        token = _rebuilt.set(buildrequest["buildsetid"])
        try:
            # Buildbot's function takes a copy of the context when it is called.
            return self._updates.rebuildBuildrequest(
                redact(buildrequest), *redact(args), **redact(kwargs)
            )
        finally:
            _rebuilt.reset(token)
