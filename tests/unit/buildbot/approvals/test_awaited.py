from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.access import Approved
from buildbot_keychain.buildbot.approvals import AwaitedApprovals, Records
from buildbot_keychain.buildbot.approvals._awaited import INTERVAL
from buildbot_keychain.buildbot.approvals._subjects import CannotBeApprovedError
from buildbot_keychain.buildbot.outages import Waiting
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import (
    ApprovalRequired,
    KeychainError,
    NotApproved,
)
from buildbot_keychain.policy import Approval, Question
from tests.support.approval_requests import SUBJECT, ApprovalsMaster, vote

ASKER = Requester("build", builder="deploy")
QUESTION = Question("files", "prod", ASKER)


class AwaitedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.master: Any = ApprovalsMaster()
        self.addCleanup(self.master.pool.engine.dispose)
        self.states: list[str] = []
        updates = SimpleNamespace(setStepStateString=lambda _id, text: self.states.append(text))
        self.master.data = SimpleNamespace(updates=updates)
        self.records = Records(self.master)
        waiting = Waiting(self.master, lambda: 40.0, lambda _: None)
        self.patch(waiting, "setServiceParent", lambda parent: setattr(waiting, "parent", parent))
        self.waiting = waiting
        self.subject: Any = SUBJECT
        subjects: Any = SimpleNamespace(of=self.subject_of)
        self.awaited = AwaitedApprovals(
            self.master,
            self.records,
            subjects,
            waiting,
            policy=lambda: self.approvals,
            redact=lambda _build, text: text,
        )
        self.step: Any = SimpleNamespace(
            stepid=1, results=None, stopped=False, _running=True, updateSummary=self.summarize
        )
        self.build: Any = SimpleNamespace(
            buildid=5, currentStep=self.step, stopped=False, finished=False
        )
        self.approvals: tuple[Approval, ...] = (Approval(["managers"], wait=60, valid=50),)
        self.lookups = self.summaries = 0

    def summarize(self) -> None:
        self.summaries += 1

    async def subject_of(self, _build: Any, _requester: Requester) -> Any:
        if isinstance(self.subject, Exception):
            raise self.subject
        return self.subject

    async def look_up(self, approved: Approved) -> str:
        self.lookups += 1
        if self.approvals and not approved(QUESTION, self.approvals):
            raise ApprovalRequired("prod", "x", ((QUESTION, self.approvals),))
        return "found"

    def wait(self) -> Deferred[str]:
        waiting = self.awaited.wait_out(self.build, ASKER, self.look_up)
        return Deferred.fromCoroutine(waiting)

    def vote(self, **said: Any) -> None:
        (request,), _ = self.result(self.records.waiting(["managers"], None, 2))
        self.result(self.records.vote(request.id, vote(at=100, **said), request.digest))

    def result(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def assert_problem(self, waiting: Deferred[str], kind: type[Exception], problem: str) -> None:
        self.assertIn(problem, str(self.failureResultOf(waiting, kind).value))
        self.assertEqual((self.waiting._pauses, self.records._awaiting), ({}, {}))

    def test_what_needs_no_approval(self) -> None:
        self.approvals = ()
        self.assertEqual(self.successResultOf(self.wait()), "found")
        self.assertEqual(self.summaries, 0)

    def test_a_step_is_told_at_once(self) -> None:
        waiting = self.wait()
        self.assertNoResult(waiting)
        state = "waiting for approval of `prod`, requested from managers"
        self.assertEqual((self.states, self.lookups), ([state], 1))
        self.vote()
        self.assertEqual(self.successResultOf(waiting), "found")
        self.assertEqual((self.summaries, len(self.states)), (1, 1))
        self.assertEqual(self.records._awaiting, {})

    def test_what_another_master_has_stored_is_seen_soon(self) -> None:
        waiting = self.wait()
        here, self.records = self.records, Records(self.master)
        self.patch(here, "_wake", lambda _: None)
        self.vote()
        self.assertNoResult(waiting)
        self.master.reactor.advance(INTERVAL)
        self.assertEqual(self.successResultOf(waiting), "found")

    def test_nobody_decides(self) -> None:
        waiting = self.wait()
        for _ in range(12):
            self.assertNoResult(waiting)
            self.master.reactor.advance(INTERVAL)
        self.assert_problem(waiting, NotApproved, "not approved within 60 seconds")

    def test_a_refusal(self) -> None:
        waiting = self.wait()
        self.vote(approves=False)
        self.assert_problem(waiting, NotApproved, "refused to approve it")

    def test_it_may_be_used_for_a_time(self) -> None:
        waiting = self.wait()
        self.vote()
        self.successResultOf(waiting)
        self.master.reactor.advance(49)
        self.assertEqual(self.successResultOf(self.wait()), "found")
        self.master.reactor.advance(1)
        self.assert_problem(self.wait(), NotApproved, "could be used for 50 seconds")

    def test_what_is_asked_for_by_no_step(self) -> None:
        self.step.results = 0
        self.assert_problem(self.wait(), ApprovalRequired, "only steps of builds wait")
        self.assertEqual(self.lookups, 1)

    def test_a_build_that_is_stopped(self) -> None:
        waiting = self.wait()
        self.build.stopped = True
        self.waiting.wake(self.build)
        self.assert_problem(waiting, KeychainError, "it was stopped while it waited")
        (request,), _ = self.result(self.records.waiting(["managers"], None, 2))
        self.assertEqual(request.state, "waiting")

    def test_a_master_that_stops(self) -> None:
        waiting = self.wait()
        self.waiting.stopService()
        self.assertNoResult(waiting)
        self.step.stopped = True
        self.waiting.wake(self.build)
        self.assert_problem(waiting, KeychainError, "it was stopped while it waited")

    def test_a_build_for_which_nobody_can_approve(self) -> None:
        self.subject = CannotBeApprovedError("it builds the newest")
        problem = "nobody can approve it for this build: it builds the newest"
        self.assert_problem(self.wait(), NotApproved, problem)

    def test_a_policy_that_changes_meanwhile(self) -> None:
        waiting = self.wait()
        self.approvals = (Approval(["managers"], of=2),)
        self.master.reactor.advance(INTERVAL)
        self.assertIn("2 people of managers", self.states[-1])
        self.approvals = ()
        self.master.reactor.advance(INTERVAL)
        self.assertEqual(self.successResultOf(waiting), "found")
