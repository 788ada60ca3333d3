"""The JSON of events, in one form whose version it says: `FORMAT`.

A record is one line of ASCII. It begins with ``"format"``, ``"time"`` (UTC, RFC 3339), ``"event"``
and, if it is known, ``"master"``. The fields of the event follow, in their order; those that say
nothing are left out; ``"times"`` says how many like it there were. Everything that is text is
redacted, as in the log of the process.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from buildbot_keychain.audit.events import EVENTS, Event, Lookup
from buildbot_keychain.audit.given import Given, RuleTexts
from buildbot_keychain.details import Requester, facts_of
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.structures import redact_value

FORMAT = 1
"""The version of the form; a field that is added does not change it."""

_MOST_KEPT = 4096
"""Texts, and requesters, whose JSON is kept until another secret becomes known."""

_LONGEST = 4096
"""Characters of a text; the rest is cut."""

_SECRET, _TOOK = "secret", "seconds"

_NAMES = {
    kind: tuple(field.name for field in fields(kind) if field.name != _TOOK) for kind in EVENTS
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
    """The JSON of what events have in common, as long as no other secret becomes known."""

    __slots__ = ("by_id", "given", "requesters", "snapshot", "texts")

    def __init__(self, snapshot: object) -> None:
        self.snapshot = snapshot
        self.texts: dict[str | tuple[str, ...], str] = {}
        self.requesters: dict[Requester, str] = {}
        self.by_id: dict[int, tuple[Requester, str]] = {}
        self.given: dict[tuple[Any, ...], tuple[str, str, object]] = {}


def _keep(kept: dict[Any, Any], key: object, value: object) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = value


class Form:
    """Makes the JSON of events; may be called in any thread.

    :param redactor: hides secrets in texts, names among them.
    :ivar rules: the texts of the rules that have decided.
    """

    def __init__(self, redactor: Redactor) -> None:
        self.rules = RuleTexts()
        self._audience = redactor.seen_by(None)
        self._kept = _Kept(None)

    def text(
        self,
        seconds: float,
        master: str,
        said: Event | Given,
        times: int = 1,
        took: float | None = None,
    ) -> str:
        """Return the JSON of a record.

        :param said: what has happened so many times.
        :param took: how long the lookup took of what was given.
        """
        snapshot = self._audience.snapshot()
        kept = self._kept
        if snapshot is not kept.snapshot:
            # What was kept may show what is a secret now.
            kept = self._kept = _Kept(snapshot)
        if isinstance(said, Given):
            body = self._given(kept, said)
        else:
            body = self._fields(kept, type(said), vars(said))
            took = vars(said).get(_TOOK)
        named = f',"master":{self._text(kept, master)}' if master else ""
        repeated = f',"times":{times}' if times > 1 else ""
        end = "}" if took is None else f',"seconds":{took:.6f}}}'
        begin = f'{{"format":{FORMAT},"time":"{time_text(seconds)}","event":"{said.kind}"'
        return f"{begin}{named}{body}{repeated}{end}"

    def _given(self, kept: _Kept, given: Given) -> str:
        """Return the fields of what is given: most of them are those of many builds."""
        key = given.secret, given.facts, *map(id, given.rules)
        found = kept.given.get(key)
        if found is None:
            facts = given.facts_of_event(self.rules)
            secret = self._fields(kept, Lookup, {_SECRET: facts.pop(_SECRET)})
            # While they are kept, no other rules have their ids.
            found = secret, self._fields(kept, Lookup, facts), given.rules
            _keep(kept.given, key, found)
        secret, rest, _ = found
        return f'{secret},"requester":{self._requester(kept, given.requester)}{rest}'

    def _fields(self, kept: _Kept, kind: type[Event], facts: Mapping[str, Any]) -> str:
        """Return the fields of an event that say something, in their order."""
        parts = []
        for name in _NAMES[kind]:
            value = facts.get(name)
            if value is None or value in ("", ()):
                continue
            if isinstance(value, (str, tuple)):
                text = self._text(kept, value)
            elif isinstance(value, Requester):
                text = self._requester(kept, value)
            else:
                text = self._json(value)
            parts.append(f',"{name}":{text}')
        return "".join(parts)

    def _text(self, kept: _Kept, text: str | tuple[str, ...]) -> str:
        """Return the JSON of a text, or of some."""
        found = kept.texts.get(text)
        if found is None:
            found = self._json(text)
            _keep(kept.texts, text, found)
        return found

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
