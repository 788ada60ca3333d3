"""Reads the audit trail again, event by event: what `buildbot-keychain audit` shows. Blocks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from buildbot_keychain.audit._places import old_files, opened
from buildbot_keychain.patterns import matcher_of
from buildbot_keychain.uses import DENIED, WOULD_BE_DENIED

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./!|@: ")

_DENIED = {DENIED, WOULD_BE_DENIED}


@dataclass(frozen=True)
class Wanted:
    """Which events are wanted; what is empty is not looked at.

    :param secret: a pattern of names, as asked for or canonical, in which ``*`` is anything.
    :param builder: a pattern of builders.
    :param person: a pattern of people.
    :param since: the first time, as events have it.
    :param until: the time before which they happened.
    :param denied: whether only what was denied, or would be, is wanted.
    :param kinds: the kinds of events.
    :param outcome: a pattern of what came of it, or what was done.
    """

    secret: str = ""
    builder: str = ""
    person: str = ""
    since: str = ""
    until: str = ""
    denied: bool = False
    kinds: tuple[str, ...] = ()
    outcome: str = ""

    def __call__(self, event: dict[str, Any]) -> bool:
        """Return whether an event is wanted."""
        time = event.get("time", "")
        if (self.since and time < self.since) or (self.until and time >= self.until):
            return False
        if self.kinds and event.get("event") not in self.kinds:
            return False
        if self.denied and not {event.get("outcome"), event.get("decision")} & _DENIED:
            return False
        requester = event.get("requester", {})
        return (
            _matches(self.builder, (event.get("builder"), requester.get("builder")))
            and _matches(self.person, (event.get("person"), requester.get("owner")))
            and _matches(self.outcome, (event.get("outcome"), event.get("action")))
            and _matches(self.secret, _names(event))
        )

    def may_be_in(self, line: bytes) -> bool:
        """Return whether a line may be of an event that is wanted, without reading its JSON."""
        return all(text in line for text in self._literals)

    @cached_property
    def _literals(self) -> tuple[bytes, ...]:
        """What stands in the line of each event that is wanted."""
        patterns = (self.secret.rpartition("!")[2], self.builder, self.person)
        texts = [text for pattern in patterns for text in pattern.split("*")]
        texts += self.kinds if len(self.kinds) == 1 else ()
        texts += [DENIED] if self.denied else []
        return tuple(text.encode("ascii") for text in texts if text and _PLAIN.issuperset(text))


def _names(event: dict[str, Any]) -> list[Any]:
    """Return the spellings of the names of what an event is about."""
    canonical = event.get("canonical")
    full = f"{event.get('provider')}!{canonical}" if canonical else None
    return [event.get("secret"), canonical, full, *event.get("secrets", ())]


def _matches(pattern: str, texts: Sequence[Any]) -> bool:
    """Return whether a pattern, if there is one, matches any of what is text."""
    matches = matcher_of(pattern)
    return not pattern or any(isinstance(text, str) and matches(text) for text in texts)


def read_files(path: str, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Yield the events in a file and in those that were rotated, the oldest first.

    :raise OSError: when there is no such file, or it cannot be read.
    """
    place = Path(path)
    others = old_files(path) if place.parent.is_dir() else []
    files = [*others, place] if place.exists() or not others else others
    for file in files:
        with opened(file) as lines:
            for line in lines:
                if wanted.may_be_in(line):
                    event = event_of(line)
                    if event is not None and wanted(event):
                        yield event


def event_of(line: bytes | str) -> dict[str, Any] | None:
    """Return the event that a line, or row, is; ``None`` if it is none."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None
