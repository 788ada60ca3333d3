"""`AwaitedApprovals`: steps that wait until people have approved that they are given a secret.

The lookup fails with `ApprovalRequired`, which says what is needed. If a step of the build looks it
up, the step asks and waits, and looks up again with what was approved. Nothing else can wait. A
step is told at once of what its own master knows, and looks for what others have stored every few
seconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from twisted.internet.defer import maybeDeferred

from buildbot_keychain.access import Approved, nobody_approves
from buildbot_keychain.approvals import WAITING, ApprovalRequest
from buildbot_keychain.buildbot.approvals._asked import Needed, new_request, require_hope
from buildbot_keychain.buildbot.approvals._records import Records
from buildbot_keychain.buildbot.approvals._subjects import CannotBeApprovedError, Subjects
from buildbot_keychain.buildbot.outages import Waiting, is_stopped
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import (
    ApprovalRequired,
    KeychainError,
    NotApproved,
)
from buildbot_keychain.policy import Approval, Question, may_use

T = TypeVar("T")

INTERVAL = 5.0
"""Seconds between two looks at what was approved on other masters."""


class AwaitedApprovals:
    """The approvals that builds of one master wait for.

    :param master: Buildbot's ``BuildMaster``.
    :param records: where they are stored.
    :param subjects: what is approved.
    :param waiting: what steps wait for, and whether they may.
    :param policy: returns the policy that is in force.
    :param redact: returns a text, such as a name made of a secret, as it may be shown of a build
        (by its id).
    """

    def __init__(
        self,
        master: Any,
        records: Records,
        subjects: Subjects,
        waiting: Waiting,
        *,
        policy: Callable[[], object],
        redact: Callable[[int | None, str], str],
    ) -> None:
        self._master = master
        self._records = records
        self._subjects = subjects
        self._waiting = waiting
        self._policy = policy
        self._redact = redact

    async def wait_out(
        self, build: Any, requester: Requester, look_up: Callable[[Approved], Awaitable[T]]
    ) -> T:
        """Return what `look_up` returns; if it needs an approval, wait until people have approved.

        :param look_up: is passed what was approved; it may be called again.
        :raise NotApproved: when they have refused, or not decided in time, or cannot.
        :raise KeychainError: what `look_up` raises, or that the build was stopped.
        """
        approved: Approved = nobody_approves
        asking = _Asking(build, requester)
        while True:
            try:
                details = await look_up(approved)
            except ApprovalRequired as error:  # noqa: PERF203 - it may be needed again
                asking.step = self._waiting.step_that_waits(build)
                if asking.step is None:
                    raise
                approved = await self._ask(asking, error)
            else:
                if asking.shown and asking.step._running:  # noqa: SLF001 - as Buildbot has it
                    asking.step.updateSummary()
                return details

    async def _ask(self, asking: _Asking, error: ApprovalRequired) -> Approved:
        """Ask people for what a lookup needs.

        :return: what they have approved, if it is all that is needed; otherwise nothing, after a
            while in which something may have happened.
        """
        if is_stopped(asking.build, asking.step):
            raise KeychainError("it was stopped while it waited for an approval")
        try:
            subject = await self._subjects.of(asking.build, asking.requester)
        except CannotBeApprovedError as problem:
            reason = f"nobody can approve it for this build: {problem}"
            raise NotApproved(error.path, reason) from None
        redact = partial(self._redact, asking.build.buildid)
        now = self._records.now()
        news = [new_request(subject, error.path, need, now, redact) for need in error.needed]
        asked = [await self._records.ask(new) for new in news]
        now = self._records.now()
        requests = [require_hope(request, error.path, now) for request in asked]
        if all(may_use(request, now) for request in requests):
            return _Released(self._records.now, error.needed, requests)
        waiting = [request for request in requests if request.state == WAITING]
        await self._show(asking, waiting)
        await self._wait(asking, waiting)
        return nobody_approves

    async def _wait(self, asking: _Asking, requests: Sequence[ApprovalRequest]) -> None:
        """Wait until one of some requests, or the policy, has changed, or the step is stopped.

        When the master stops, waiting ends before that: the worker is lost soon after.
        """
        policy = self._policy()
        end = min(request.expires_at for request in requests)
        ids = [request.id for request in requests]
        while policy is self._policy():
            # Before it is read: whatever happens after that ends the pause.
            changed = self._records.change_of(ids)
            try:
                if [await self._records.read(each) for each in ids] != list(requests):
                    return
                seconds = max(0.0, min(INTERVAL, end - self._records.now()))
                await self._waiting.pause(asking.build, seconds, changed)
            finally:
                changed.cancel()
            if is_stopped(asking.build, asking.step):
                return

    async def _show(self, asking: _Asking, requests: Sequence[ApprovalRequest]) -> None:
        """Show, in the state of the step, what it waits for."""
        waits_for = "; ".join(f"`{r.path}`, requested from {r.asked}" for r in requests)
        state = f"waiting for approval of {waits_for}"
        if asking.step.stepid is not None and state != asking.shown:
            asking.shown = state
            updates = self._master.data.updates
            await maybeDeferred(updates.setStepStateString, asking.step.stepid, state)


@dataclass
class _Asking:
    """A lookup of a build that needs an approval, perhaps.

    :param step: the step that waits.
    :param shown: what its state says of that.
    """

    build: Any
    requester: Requester
    step: Any = None
    shown: str = ""


class _Released:
    """Returns, when called, whether something has been approved and released to a build."""

    def __init__(
        self,
        now: Callable[[], float],
        needed: Sequence[Needed],
        requests: Sequence[ApprovalRequest],
    ) -> None:
        self._now = now
        self._requests = dict(zip(map(_key, needed), requests, strict=True))

    def __call__(self, question: Question, approvals: tuple[Approval, ...]) -> bool:
        """Return whether people have approved it, as `approvals` demand, and may still use it."""
        request = self._requests.get(_key((question, approvals)))
        return request is not None and may_use(request, self._now())


def _key(needed: Needed) -> tuple[str, str, tuple[Approval, ...]]:
    question, approvals = needed
    return question.provider, question.path, approvals
