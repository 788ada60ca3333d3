"""`AttentionList`: what needs attention now; warns of what is new, and once a day of what stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from twisted.logger import Logger, LogLevel

from buildbot_keychain.attention._attention import EXPIRED, EXPIRES, SECRET, Attention
from buildbot_keychain.audit import AuditTrail, Warned
from buildbot_keychain.errors import quote

AGAIN = 86_400.0
"""Seconds between two warnings of one thing."""

_SAID = {EXPIRES: "expires on", EXPIRED: "has expired on"}

_Key = tuple[str, str, str]


@dataclass
class _Entry:
    item: Attention
    warned: float
    """When it was warned of last."""


class AttentionList:
    """What needs attention. It warns in the log of the process, and in the audit trail.

    :param trail: where what is new is recorded.
    :param seconds: returns the seconds since the epoch.
    """

    log = Logger()

    def __init__(self, trail: AuditTrail, seconds: Callable[[], float]) -> None:
        self._trail = trail
        self._seconds = seconds
        self._parts: dict[str, dict[_Key, _Entry]] = {}

    @property
    def items(self) -> tuple[Attention, ...]:
        """All of it; what ends first, or was too old first, comes first."""
        found = [entry.item for part in self._parts.values() for entry in part.values()]
        return tuple(sorted(found, key=lambda item: (item.when, item.provider, item.name)))

    def put(self, part: str, found: Iterable[Attention]) -> None:
        """Take `found` in place of what was found before in one part, and warn.

        :param part: what is looked at by itself, such as a provider.
        """
        now, before = self._seconds(), self._parts.pop(part, {})
        after: dict[_Key, _Entry] = {}
        for item in found:
            key = item.kind, item.provider, item.name
            known = before.get(key)
            is_new = known is None or known.item.problem != item.problem
            is_due = known is None or is_new or now - known.warned >= AGAIN
            if is_due:
                self._warn(item)
            if is_new:
                self._record(item)
            since = now if known is None else known.item.since
            warned = now if known is None or is_due else known.warned
            after[key] = _Entry(replace(item, since=since), warned)
        if after:
            self._parts[part] = after

    def keep(self, parts: Collection[str]) -> None:
        """Drop what was found in other parts than `parts`."""
        self._parts = {part: found for part, found in self._parts.items() if part in parts}

    def _warn(self, item: Attention) -> None:
        what = item.kind if item.name == item.kind else f"{item.kind} {quote(item.name)}"
        when = datetime.fromtimestamp(item.when, timezone.utc)
        self.log.emit(
            LogLevel.warn,
            "provider {provider!r}: the {what} {said} {when:%Y-%m-%d %H:%M} UTC; {remedy}",
            provider=item.provider,
            what=what,
            said=_SAID.get(item.problem, f"is {item.problem} since"),
            when=when,
            remedy=item.remedy,
        )

    def _record(self, item: Attention) -> None:
        if self._trail.is_watched:
            is_secret = item.kind == SECRET
            self._trail.record(
                Warned(
                    item.problem,
                    item.kind,
                    item.name if is_secret else "",
                    item.provider,
                    "" if is_secret else item.name,
                    item.when,
                    item.remedy,
                )
            )
