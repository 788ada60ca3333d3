"""What the pages of ``check`` and ``doctor`` have in common: to begin one, and what it has found.

They are for administrators alone: findings name secrets, files and weak points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from buildbot_keychain.web._refusals import NO_SECRETS, Refused
from buildbot_keychain.web._stored import done
from buildbot_keychain.web.host_inspections import LEVELS, FoundPage, State
from buildbot_keychain.web.views._answers import (
    Answer,
    Call,
    ViewsOfHost,
    address,
    json_answer,
    see_other,
)
from buildbot_keychain.web.views._seen import limit_in, number_in

SHOWN = 100
MOST = 200
"""Findings on a page, and in an answer to a program."""

_OFFLINE = {"no": False, "yes": True}


class InspectionViews(ViewsOfHost):
    """The inspections of one task, of a host.

    :cvar task: one of `TASKS`; its page and its JSON are called so.
    """

    task: ClassVar[str]

    async def show(self, call: Call) -> Answer:
        """Return what the last one has found, and the form that begins another."""
        return await self._page(call)

    async def begin(self, call: Call) -> Answer:
        """Begin one, if none was begun since the person saw the form."""
        form = call.fields
        try:
            self.tokens.check(form["token"], call.session, *self._purpose(self.state_now))
            await self._begin(call, offline=_choice(form["offline"]))
        except Refused as refused:
            return await self._page(call, refused)
        return see_other(self.task)

    def described(self) -> Answer:
        """Return whether one goes on, and how the last one has ended, as JSON."""
        return json_answer(asdict(self.state_now))

    async def started(self, call: Call) -> Answer:
        """Begin one for a program, and return the same."""
        await self._begin(call, offline=bool(call.fields.get("offline")))
        return self.described()

    async def found(self, call: Call) -> Answer:
        """Return some of what the last one has found as JSON."""
        limit = limit_in(call, MOST, MOST)
        found = await self._findings(call, limit)
        return self.listed(call, "findings", found, limit)

    def listed(self, call: Call, name: str, found: FoundPage | None, limit: int) -> Answer:
        """Return some of what was found as JSON."""
        if found is None:
            raise Refused(404, f"There is no result: send a POST to api/v1/{self.task}.")
        after = _next(call, found, limit)
        content = {"id": found.id, name: map(asdict, found.items)}
        return json_answer({**content, "count": found.count, "after": after})

    def paged(
        self, call: Call, found: FoundPage | None, path: str, filters: Sequence[str]
    ) -> dict[str, Any]:
        """Return what a page of findings shows of where it is among them."""
        query = {name: call.query.get(name, "") for name in filters}
        before = number_in(call, "after")
        after = None if found is None else _next(call, found, SHOWN)
        return {
            "query": query,
            "found": found,
            "first": before + 1,
            "begin": address(path, query) if before else "",
            "more": address(path, query, after=str(after)) if after else "",
        }

    @property
    def inspections(self) -> Any:  # noqa: ANN401 - an IInspections
        """Those of the host."""
        if self.host.inspections is None:
            raise Refused(503, NO_SECRETS)
        return self.host.inspections

    @property
    def state_now(self) -> State:
        """How those of the task are."""
        state: State = self.inspections.state(self.task)
        return state

    async def _begin(self, call: Call, *, offline: bool) -> None:
        beginning = self.inspections.begin(self.task, call.person.name, offline)
        if not await done(beginning):
            running = self.state_now.running
            what = "An inspection" if running is None else running.begun.task
            raise Refused(409, f"{what} goes on already: wait until it has ended.")

    async def _findings(self, call: Call, limit: int) -> FoundPage | None:
        level = call.query.get("level", "")
        if level and level not in LEVELS:
            raise Refused(400, f"The level must be one of {', '.join(LEVELS)}.")
        after = number_in(call, "after")
        found: FoundPage | None = await done(
            self.inspections.findings(self.task, level, after, limit)
        )
        return found

    async def _page(self, call: Call, refused: Refused | None = None) -> Answer:
        found = await self._findings(call, SHOWN)
        state = self.state_now
        return self.page(
            call,
            "inspection.html",
            refused=refused,
            task=self.task,
            state=state,
            levels=LEVELS,
            token="" if state.running else self.tokens.make(call.session, *self._purpose(state)),
            **self.paged(call, found, self.task, ("level",)),
        )

    def _purpose(self, state: State) -> tuple[str, ...]:
        """Return what a form is for: one that was sent already begins no other inspection."""
        mine = state.running if state.running and state.running.begun.task == self.task else None
        seen = mine or state.last
        return "inspect", self.task, "" if seen is None else seen.begun.id


def _choice(sent: str) -> bool:
    if sent not in _OFFLINE:
        raise Refused(400, "The form has a choice that there is not.")
    return _OFFLINE[sent]


def _next(call: Call, found: FoundPage, limit: int) -> int | None:
    """Return how many to leave out next; ``None`` at the end."""
    after = number_in(call, "after") + limit
    return after if after < found.count else None
