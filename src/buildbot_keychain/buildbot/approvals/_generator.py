"""`ApprovalGenerator`: has Buildbot's reporters announce that people are asked to approve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from buildbot import config
from buildbot.interfaces import IReportGenerator
from buildbot.reporters.utils import getDetailsForBuild
from buildbot.util import ComparableMixin
from twisted.internet.defer import maybeDeferred
from zope.interface import implementer

from buildbot_keychain.approvals import (
    APPROVED,
    ENDED,
    EXPIRED,
    REFUSED,
    RELEASED,
    ApprovalRequest,
)
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.approvals._events import NEW, ROUTE, VOTE
from buildbot_keychain.deferreds import returns_deferred

_PAGE = "plugins/keychain/approvals"

_HAPPENED = {
    NEW: "waits for approval",
    VOTE: "was approved by somebody, and waits for others",
    APPROVED: "was approved",
    RELEASED: "was approved, and given to the build",
    REFUSED: "was refused",
    EXPIRED: "was not approved in time",
    ENDED: "is no longer asked for",
}

_EVENTS = tuple(_HAPPENED)


@implementer(IReportGenerator)
class ApprovalGenerator(ComparableMixin):
    """Announces what happens to requests for approval, such as by mail.

    :param events: what is announced: ``"new"``, ``"vote"``, ``"approved"``, ``"released"``,
        ``"refused"``, ``"expired"``, ``"ended"``.
    :param builders: the names of the only builders whose requests are announced.
    """

    compare_attrs: ClassVar[Sequence[str]] = ("events", "builders")

    def __init__(
        self, events: Sequence[str] = (NEW,), builders: Sequence[str] | None = None
    ) -> None:
        self.events = events
        self.builders = builders

    @property
    def wanted_event_keys(self) -> list[tuple[str | None, ...]]:
        """What the reporter subscribes to."""
        return [(*ROUTE, None, event) for event in self.events]

    def check(self) -> None:
        """Report what is wrong with the arguments, as Buildbot's generators do."""
        unknown = [event for event in self.events if event not in _EVENTS]
        if isinstance(self.events, str) or unknown or not self.events:
            config.error(f"ApprovalGenerator: events must be a list of {', '.join(_EVENTS)}")
        if isinstance(self.builders, str):
            config.error("ApprovalGenerator: builders must be a list of names")

    def generate_name(self) -> str:
        """Return what makes the names of reporters differ."""
        return "_".join((type(self).__name__, *self.events, *(self.builders or ())))

    @returns_deferred
    async def generate(self, master: Any, _reporter: Any, key: Any, message: Any) -> Any:
        """Return the report of an event; ``None`` where there is nothing to announce."""
        keychain = keychain_of(master)
        request = keychain and await keychain.approval_records.read(message["approvalid"])
        if not request or (self.builders is not None and request.builder not in self.builders):
            return None
        builds = await _builds(master, request)
        return {
            "body": _body(master, request),
            "subject": _on_one_line(
                f"{request.builder}: the secret {request.path!r} {_HAPPENED[key[-1]]}"
            ),
            "type": "plain",
            "results": builds[0]["results"] if builds else None,
            "builds": builds,
            "buildset": builds[0]["buildset"] if builds else None,
            "users": [],
            "patches": [],
            "logs": [],
            "extra_info": None,
        }


async def _builds(master: Any, request: ApprovalRequest) -> list[Any]:
    """Return the build that has asked, as Buildbot's own generators do."""
    path = ("builders", request.builder, "builds", request.build)
    build = await maybeDeferred(master.data.get, path)
    if build is None:
        return []
    await maybeDeferred(getDetailsForBuild, master, build, want_properties=True)
    return [build]


def _body(master: Any, request: ApprovalRequest) -> str:
    what = [
        f"asked: {request.asked}",
        f"secret: {request.path} of {request.provider}",
        f"build: {request.build_url}",
        f"code: {request.origin}",
        *(f"revision: {each.revision}, {each.place}" for each in request.revisions),
        f"requested by: {request.owner or 'nobody who is known'}",
    ]
    if "keychain" in master.config.www.get("plugins", {}):
        what.append(f"to decide: {master.config.buildbotURL}{_PAGE}")
    what += [
        f"{'approved' if vote.approves else 'refused'} by {vote.person}: {vote.reason}"
        for vote in request.votes
    ]
    return "\n".join(map(_on_one_line, what)) + "\n"


def _on_one_line(text: str) -> str:
    """Return `text` so that what others choose, such as a branch, cannot pass for another line."""
    return "".join(one if one.isprintable() else " " for one in text)
