"""The JSON of events, in one form whose version it says: `FORMAT`.

A record is one line of ASCII. It begins with ``"format"``, ``"time"`` (UTC, RFC 3339), ``"event"``
and, if it is known, ``"master"``. The fields of the event follow, in their order; those that say
nothing are left out; ``"times"`` says how many like it there were. Everything that is text is
redacted, as in the log of the process.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from buildbot_keychain.audit.events import EVENTS, Event
from buildbot_keychain.details import Requester, facts_of
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.structures import redact_value

FORMAT = 1
"""The version of the form; a field that is added does not change it."""

_MOST_KEPT = 4096
"""Events whose JSON is kept until another secret becomes known."""

_LONGEST = 4096
"""Characters of a text; the rest is cut."""

_NAMES = {
    kind: tuple(field.name for field in fields(kind) if field.name != "seconds") for kind in EVENTS
}
"""The fields of each event, but how long it took, which comes last."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


def time_text(seconds: float) -> str:
    """Return a time as RFC 3339 has it, in UTC, with microseconds."""
    whole = int(seconds // 1)
    return f"{_second_text(whole)}.{int((seconds - whole) * 1e6):06d}Z"


@lru_cache(16)
def _second_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


class _Kept:
    """The JSON of events but for their times, as long as no other secret becomes known."""

    __slots__ = ("bodies", "by_id", "requesters", "snapshot")

    def __init__(self, snapshot: object) -> None:
        self.snapshot = snapshot
        self.bodies: dict[Any, str] = {}
        self.requesters: dict[Requester, str] = {}
        self.by_id: dict[int, tuple[Requester, str]] = {}


def _keep(kept: dict[Any, Any], key: object, value: object) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = value


class Form:
    """Makes the JSON of events; may be called in any thread.

    :param redactor: hides secrets in texts, names among them.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._audience = redactor.seen_by(None)
        self._kept = _Kept(None)

    def text(self, seconds: float, master: str, event: Event, times: int = 1) -> str:
        """Return the JSON of a record of an event that has happened so many times."""
        snapshot = self._audience.snapshot()
        kept = self._kept
        if snapshot is not kept.snapshot:
            # What was kept may show what is a secret now.
            kept = self._kept = _Kept(snapshot)
        facts = dict(vars(event))
        took = facts.pop("seconds", None)
        requester = facts.get("requester")
        if requester is not None:
            facts["requester"] = self._requester(kept, requester)
        # Most events are like others: the same build has asked for the same secret.
        key = (type(event), master, *facts.items())
        body = kept.bodies.get(key)
        if body is None:
            body = self._body(master, event, facts.get("requester"))
            _keep(kept.bodies, key, body)
        begin = f'{{"format":{FORMAT},"time":"{time_text(seconds)}"{body}'
        if times > 1:
            begin = f'{begin},"times":{times}'
        return f"{begin}}}" if took is None else f'{begin},"seconds":{took:.6f}}}'

    def _requester(self, kept: _Kept, requester: Requester) -> str:
        """Return the JSON of a requester; hashing one takes longer than all else."""
        found = kept.by_id.get(id(requester))
        if found is not None:
            return found[1]
        text = kept.requesters.get(requester)
        if text is None:
            text = self._json(facts_of(requester))
            _keep(kept.requesters, requester, text)
        # While it is kept, no other one has its id.
        _keep(kept.by_id, id(requester), (requester, text))
        return text

    def _body(self, master: str, event: Event, requester: str | None) -> str:
        parts = [f',"event":"{event.kind}"']
        if master:
            parts.append(f',"master":{self._json(master)}')
        for name in _NAMES[type(event)]:
            value: Any = getattr(event, name)
            if name == "requester" and requester is not None:
                parts.append(f',"requester":{requester}')
            elif value is not None and value not in ("", ()):
                parts.append(f',"{name}":{self._json(value)}')
        return "".join(parts)

    def _json(self, value: Any) -> str:  # noqa: ANN401 - what fields hold
        return _encode(redact_value(self._audience, _cut(value)))


def _cut(value: Any) -> Any:  # noqa: ANN401 - what JSON has
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}..."
    if isinstance(value, (list, tuple)):
        return [_cut(each) for each in value]
    if isinstance(value, dict):
        return {name: _cut(each) for name, each in value.items()}
    return value
