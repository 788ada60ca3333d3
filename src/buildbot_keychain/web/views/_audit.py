"""The audit trail: a page of events with filters, and the same for programs."""

from __future__ import annotations

import json
import re
from typing import Any

from buildbot_keychain.audit.events import EVENTS
from buildbot_keychain.audit.paging import EventPage
from buildbot_keychain.audit.reading import Wanted
from buildbot_keychain.web._csv import CSV, table
from buildbot_keychain.web._refusals import NO_SECRETS, Refused
from buildbot_keychain.web.host_audit import Audited
from buildbot_keychain.web.views._answers import Answer, Call, ViewsOfHost, address, json_answer
from buildbot_keychain.web.views._seen import limit_in, limited, number_in, switch_in

_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?", re.ASCII)
_WRONGLY_ASKED = 400
_SHOWN = 100
_MOST = 1000
"""Events on a page, and in an answer to a program."""

_COLUMNS = ("id", "time", "master", "event", "secret", "who", "person", "outcome", "reason")
KINDS = tuple(sorted(each.kind for each in EVENTS))


class AuditViews(ViewsOfHost):
    """The audit trail of a host."""

    async def show(self, call: Call) -> Answer:
        """Return a page of events; of what is asked for wrongly, the form as it was filled in."""
        refused: Refused | None = None
        try:
            found = await self._found(call)
        except Refused as error:
            if error.status != _WRONGLY_ASKED:
                raise
            refused, found = error, EventPage()
        events = [] if found is None else found.events
        newest = events[0][0] + 1 if events else call.query.get("before", "")
        older = "" if found is None or not found.before else _link(call, found.before)
        return self.page(
            call,
            "audit.html",
            refused=refused,
            query={name: call.query.get(name, "") for name in call.route.query},
            kinds=KINDS,
            found=found,
            rows=[
                (f"audit?before={number + 1}&limit=1", each, Audited.of(each))
                for number, each in events
            ],
            older=older,
            permanent=_link(call, newest),
            table=_link(call, newest, "audit.csv"),
        )

    async def table(self, call: Call) -> Answer:
        """Return events for a spreadsheet, for a person."""
        found = await self._found(call, _MOST)
        return await self.show(call) if found is None else _csv(call, found, "audit.csv")

    async def export(self, call: Call) -> Answer:
        """List events of the audit trail, the newest first, as JSON, JSON lines or CSV."""
        form = call.query.get("format", "json")
        if form not in ("json", "jsonl", "csv"):
            raise Refused(400, "The format must be json, jsonl or csv.")
        found = await self._found(call)
        if found is None:
            raise Refused(503, "No database has the audit trail: see AuditToDatabase.")
        if form == "csv":
            return _csv(call, found, "audit")
        events = ({"id": number, **event} for number, event in found.events)
        if form == "json":
            content = {"events": events, "before": found.before or None}
            return json_answer({**content, "read_back_to": found.read_back_to})
        headers = _headers(call, found, form, "audit")
        lines = (f"{json.dumps(each)}\n" for each in events)
        return Answer(lines, "application/jsonl", headers=headers)

    async def _found(self, call: Call, usual: int = _SHOWN) -> EventPage | None:
        if self.host.audit is None:
            raise Refused(503, NO_SECRETS)
        limit = limit_in(call, usual, _MOST)
        found: EventPage | None = await self.host.audit.page(
            _wanted(call), number_in(call, "before"), limit
        )
        return found


def _wanted(call: Call) -> Wanted:
    texts = {name: limited(call, name) for name in ("secret", "builder", "person", "outcome")}
    since, kind = call.query.get("since", ""), call.query.get("kind", "")
    if since and not _TIME.fullmatch(since):
        raise Refused(400, "The time must be like 2026-01-31 or 2026-01-31T13:00.")
    if kind and kind not in KINDS:
        raise Refused(400, f"The kind of event must be one of {', '.join(KINDS)}.")
    denied = switch_in(call, "denied")
    return Wanted(**texts, since=since, denied=denied, kinds=(kind,) if kind else ())


def _csv(call: Call, found: EventPage, path: str) -> Answer:
    events = ({"id": number, **event} for number, event in found.events)
    rows = ([_cell(each, name) for name in _COLUMNS] for each in events)
    return Answer(table(_COLUMNS, rows), CSV, headers=_headers(call, found, "csv", path))


def _headers(call: Call, found: EventPage, form: str, path: str) -> dict[str, str]:
    """Return the headers of a file, which lead to the next one."""
    headers = {"Content-Disposition": f'attachment; filename="audit.{form}"'}
    if found.before:
        headers["Link"] = f'<{_link(call, found.before, path)}>; rel="next"'
    return headers


def _link(call: Call, before: int | str, path: str = "audit") -> str:
    """Return the address of the same events, from a number on."""
    return address(path, call.query, before=str(before or ""))


def _cell(event: dict[str, Any], name: str) -> object:
    if name == "who":
        return Audited.of(event).who
    if name == "outcome":
        return Audited.of(event).outcome
    return event.get(name, "")
