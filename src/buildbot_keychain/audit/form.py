"""The JSON of events, in one form whose version it says: `FORMAT`.

A record is one line of ASCII. It begins with ``"format"``, ``"time"`` (UTC, RFC 3339), ``"event"``
and, if it is known, ``"master"``. The fields of the event follow, in their order; those that say
nothing are left out. Everything that is text is redacted, as in the log of the process.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from buildbot_keychain.audit.events import EVENTS, Event
from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.structures import redact_value

FORMAT = 1
"""The version of the form; a field that is added does not change it."""

_KEPT = 4096
"""Requesters and texts whose JSON is kept until another secret becomes known."""

_LONGEST = 4096
"""Characters of a text; the rest is cut."""

_KEYS = {
    kind: tuple((f',"{field.name}":', field.name) for field in fields(kind)) for kind in EVENTS
}
"""The fields of each event: how JSON begins them, and their names."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


def time_text(seconds: float) -> str:
    """Return a time as RFC 3339 has it, in UTC, with microseconds."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Form:
    """Makes the JSON of events; may be called in any thread.

    :param redactor: hides secrets in texts, names among them.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._audience = redactor.seen_by(None)
        self._snapshot: object = None
        self._json_of: Callable[[Any], str] = self._json

    def text(self, seconds: float, master: str, event: Event) -> str:
        """Return the JSON of a record."""
        snapshot = self._audience.snapshot()
        if snapshot is not self._snapshot:
            # What was kept may show what is a secret now.
            self._json_of = lru_cache(_KEPT)(self._json)
            self._snapshot = snapshot
        json_of = self._json_of
        parts = [f'{{"format":{FORMAT},"time":"{time_text(seconds)}","event":"{event.kind}"']
        if master:
            parts.append(f',"master":{json_of(master)}')
        for key, name in _KEYS[type(event)]:
            value: Any = getattr(event, name)
            if value is None or value in ("", ()):
                continue
            kind = type(value)
            if kind is int:
                parts.append(f"{key}{value}")
            elif kind is float:
                parts.append(f"{key}{value:.6f}")
            else:
                parts.append(key + json_of(value))
        parts.append("}")
        return "".join(parts)

    def _json(self, value: Any) -> str:  # noqa: ANN401 - what fields hold
        if isinstance(value, Requester):
            value = facts_of(value)
        return _encode(redact_value(self._audience, _cut(value)))


def facts_of(requester: Requester) -> dict[str, Any]:
    """Return what is known of a requester, as JSON has it."""
    facts = _known(requester)
    facts.update(
        (name, getattr(requester, name))
        for name in ("outside", "forced")
        if getattr(requester, name) is not None
    )
    if requester.source_stamps:
        facts["source_stamps"] = [_known(stamp) for stamp in requester.source_stamps]
    return facts


def _known(subject: Requester | SourceStamp) -> dict[str, Any]:
    """Return the facts that say something; ``False`` does not."""
    return {name: value for name, value in vars(subject).items() if value}


def _cut(value: Any) -> Any:  # noqa: ANN401 - what JSON has
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}..."
    if isinstance(value, (list, tuple)):
        return [_cut(each) for each in value]
    if isinstance(value, dict):
        return {name: _cut(each) for name, each in value.items()}
    return value
