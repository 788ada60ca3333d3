from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.approvals import ApprovalEvent, Records
from buildbot_keychain.errors import StoreError
from tests.support.approval_requests import NEW, ONE, TWO, ApprovalsMaster, vote


class RecordsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.master = ApprovalsMaster()
        self.addCleanup(self.master.pool.engine.dispose)
        self.records = Records(self.master)
        self.seen: list[ApprovalEvent] = []
        self.records.observer = self.seen.append

    def result(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def ask(self, **facts: Any) -> Any:
        return self.result(self.records.ask(replace(NEW, **facts)))

    def test_each_change_is_told_once_it_is_stored(self) -> None:
        self.ask(demands=TWO)
        self.ask(demands=TWO)
        for person in ("rita", "otto"):
            self.result(self.records.vote("i", vote(person, 100), "d"))
        self.ask(demands=TWO)
        self.ask(demands=TWO)
        told = ["new", "vote", "approved", "released"]
        self.assertEqual([event.what for event in self.seen], told)
        self.assertEqual(self.records.events, Counter(told))
        people = [event.vote and event.vote.person for event in self.seen]
        self.assertEqual(people, [None, "rita", "otto", None])
        self.assertEqual(
            self.master.produced,
            [
                (("keychain", "approvals", "i", what), {"approvalid": "i", "what": what})
                for what in told
            ],
        )

    def test_people_are_asked_anew_when_others_do_not_count(self) -> None:
        """An author becomes known after somebody has approved, or enough people have."""
        for demands, state in ((TWO, "waiting"), (ONE, "approved")):
            self.ask(id=state, demands=demands)
            vote_now = self.records.vote(state, vote("rita", 100), "d")
            self.assertEqual(self.result(vote_now).state, state)
            asked = self.ask(id=state, demands=ONE, excluded=("Rita R <r@x>",), digest="e")
            self.assertEqual((asked.state, asked.votes), ("waiting", ()))
            self.assertEqual(asked.excluded, ("Rita R <r@x>", "bob"))
            self.assertEqual(self.seen[-1].what, "new")
            stale = self.result(self.records.vote(state, vote("rita", 100), "d"))
            self.assertEqual(stale, asked)
            self.result(self.records.vote(state, vote("otto", 100), "e"))
            # Fewer than before change nothing.
            released = self.ask(id=state, demands=ONE, excluded=("bob",), digest="f")
            self.assertEqual((released.state, released.digest), ("released", "e"))
            after = self.ask(id=state, demands=ONE, excluded=("ann",), digest="g")
            self.assertEqual(after.state, "released")

    def test_a_policy_that_demands_more_asks_people_again(self) -> None:
        self.ask()
        self.result(self.records.vote("i", vote("rita", 100), "d"))
        self.assertEqual(self.ask(demands=TWO).state, "waiting")
        self.assertEqual([event.what for event in self.seen], ["new", "approved", "new"])

    def test_who_waits_is_told_of_a_change_here_and_elsewhere(self) -> None:
        self.ask()
        here, elsewhere, other = (self.records.change_of(ids) for ids in (["x", "i"], ["y"], ["z"]))
        self.assertEqual(self.records.awaited, 4)
        self.result(self.records.vote("i", vote(), "d"))
        self.successResultOf(here)
        message = {"approvalid": "y", "what": "approved"}
        self.master.produce(("keychain", "approvals", "y", "approved"), message)
        self.successResultOf(elsewhere)
        self.assertNoResult(other)
        other.cancel()
        self.assertEqual(self.records.awaited, 0)

    def test_the_end_of_a_build_request(self) -> None:
        self.ask()
        self.master.complete(8)
        self.master.complete(7)
        self.master.complete(7)
        self.assertEqual([event.what for event in self.seen], ["new", "ended"])

    def test_an_observer_that_fails(self) -> None:
        def fail(_event: ApprovalEvent) -> None:
            raise ValueError

        self.records.observer = fail
        self.ask()
        self.assertEqual([key[-1] for key, _ in self.master.produced], ["new"])
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)

    def test_a_database_that_is_down(self) -> None:
        self.master.pool.execute("CREATE TABLE keychain_approvals (something_else INTEGER)")
        for doing in (
            self.records.ask(NEW),
            self.records.vote("i", vote(), "d"),
            self.records.decided(1),
        ):
            asked: Deferred[Any] = Deferred.fromCoroutine(doing)
            error = self.failureResultOf(asked, StoreError)
            self.assertIn("keychain_approvals", str(error.value))
        self.successResultOf(self.records.clean_up())
