"""`IAudit`: how the pages read the audit trail of their host. No event has a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zope.interface import Interface


@dataclass(frozen=True)
class Audited:
    """An event of the audit trail.

    :param at: when it was, as people read it.
    :param what: its kind.
    :param builder: the builder of the build that it is about, if it is about one.
    :param number: the number of that build.
    """

    at: str
    what: str
    who: str
    outcome: str
    builder: str | None = None
    number: int | None = None

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Audited:
        """Return an event, as the trail has it, for people."""
        time, asker = str(event.get("time", "")), event.get("requester")
        asker = asker if isinstance(asker, dict) else {}
        names = (event.get("builder"), event.get("person"))
        facts = (asker.get(name) for name in ("builder", "service", "owner", "kind"))
        who = next(filter(None, (*names, *facts)), "")
        builder = event.get("builder") or asker.get("builder")
        build = asker.get("build") or event.get("number")
        is_build = isinstance(builder, str) and isinstance(build, int)
        outcomes = (event.get(name) for name in ("outcome", "action", "problem", "sink", "place"))
        return cls(
            at=f"{time[:19].replace('T', ' ')}Z" if time else "",
            what=str(event["event"]),
            who=str(who) if build is None else f"{who}, build {build}",
            outcome=str(next(filter(None, outcomes), "")),
            builder=str(builder) if is_build else None,
            number=build if is_build else None,
        )


class IAudit(Interface):
    """The audit trail of a host."""

    def page(wanted, before, limit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a Deferred of a `buildbot_keychain.audit.paging.EventPage`.

        ``None`` where no database has the trail. It fails with a
        `buildbot_keychain.errors.StoreError` where the database does not answer.

        :param wanted: a `buildbot_keychain.audit.reading.Wanted`.
        :param before: the number of the event before which to begin; 0 for the newest.
        :param limit: how many events there are at most.
        """
