"""What people are asked to approve, in the master's database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.approvals import Demand
from buildbot_keychain.buildbot.state import (
    MOST_APPROVALS,
    ApprovalsTable,
    DatabaseProblemError,
)
from tests.support.approval_requests import NEW, TWO, ApprovalsMaster, vote


class ApprovalsTableTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.master = ApprovalsMaster()
        self.addCleanup(self.master.pool.engine.dispose)
        self.table = ApprovalsTable(self.master)

    def result(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def ask(self, now: float = 100, **facts: Any) -> Any:
        return self.result(self.table.ask(replace(NEW, **facts), now))

    def vote(self, now: int, person: str = "rita", expected: str = "d", **said: bool) -> Any:
        return self.result(self.table.vote("i", vote(person, now, **said), expected, now))

    def read(self, now: float = 110) -> Any:
        return self.result(self.table.read("i", now))

    def waiting(self, now: float = 110) -> Any:
        found, behind = self.result(self.table.waiting(now, ["managers"], None, 10))
        self.assertIsNone(behind)
        return found

    def test_what_waits_is_read_in_parts(self) -> None:
        numbers = [(7, f"i{number}") for number in range(3)] + [
            (8, f"h{number}") for number in range(3)
        ]
        for request, number in numbers:
            self.ask(id=number, build_request=request, path=number)
        demanded = (Demand(("oth%_rs", 'the "managers"')),)
        self.ask(id="i9", path="others", demands=demanded)
        found, behind = [], None
        for _ in range(2):
            some, behind = self.result(self.table.waiting(110, ["x", "managers"], behind, 4))
            found += [each.position for each in some]
        self.assertEqual((found, behind), (numbers, None))
        self.assertEqual(self.result(self.table.waiting(110, [], None, 4)).requests, [])
        (only,), _ = self.result(self.table.waiting(110, ['the "managers"'], None, 4))
        self.assertEqual(only.id, "i9")

    def test_what_is_asked_is_read_as_it_was(self) -> None:
        self.assertIsNone(self.read())
        odd = replace(NEW, path="prod/\u2028\ud800", excluded=("a", "\u00fc"))
        changed = self.ask(path=odd.path, excluded=odd.excluded)
        self.assertEqual((changed.request, changed.before), (odd, None))
        self.assertEqual(self.read(), odd)
        self.assertEqual(self.waiting(), [odd])
        self.assertEqual(self.result(self.table.decided(110, 10)), [])

    def test_a_vote_and_the_release(self) -> None:
        self.ask()
        changed = self.vote(150)
        self.assertEqual((changed.before, changed.request.state), ("waiting", "approved"))
        again = self.ask(160, build=2, expires_at=999)
        self.assertEqual((again.before, again.request.state), ("approved", "released"))
        self.assertEqual((again.request.build, again.request.expires_at), (2, 200))
        self.assertEqual(self.read(), again.request)
        late = self.vote(170, "otto", approves=False)
        self.assertEqual((late.before, late.request), ("released", again.request))

    def test_votes_that_do_not_count(self) -> None:
        self.ask(demands=TWO)
        self.assertEqual(self.vote(150, expected="else").request.votes, ())
        self.assertEqual(len(self.vote(150).request.votes), 1)
        self.assertEqual(len(self.vote(151, "Rita").request.votes), 1)
        expired = self.vote(200, "otto")
        self.assertEqual((expired.before, expired.request.state), ("waiting", "expired"))
        self.assertIsNone(self.result(self.table.vote("x", vote(), "d", 150)))

    def test_a_build_request_that_has_ended(self) -> None:
        self.ask()
        self.master.complete(7)
        self.assertEqual(self.waiting(), [])
        self.assertEqual(self.read().state, "ended")
        self.assertEqual(self.vote(120).request.state, "ended")
        self.assertEqual(self.result(self.table.of_build_request(7)), [])

    def test_requests_that_are_settled(self) -> None:
        self.ask()
        (open_one,) = self.result(self.table.of_build_request(7))
        self.master.complete(7)
        (changed,) = self.result(self.table.settle([open_one.id, "x"], 120))
        self.assertEqual((changed.before, changed.request.state), ("waiting", "ended"))

    def test_a_build_request_asks_for_so_many(self) -> None:
        for number in range(MOST_APPROVALS):
            self.assertIsNotNone(self.ask(id=str(number)))
        self.assertIsNone(self.ask(id="one more"))
        self.assertIsNotNone(self.ask(id="0"))
        self.assertIsNotNone(self.ask(id="of another", build_request=8))

    def test_what_is_removed(self) -> None:
        for number in (7, 8):
            self.ask(id=str(number), build_request=number)
            self.result(self.table.vote(str(number), vote(), "d", 150))
        self.master.pool.execute("DELETE FROM buildrequests WHERE id = 7")
        self.result(self.table.remove_missing())
        for table, name in (("keychain_approvals", "id"), ("keychain_votes", "approval_id")):
            self.assertEqual(self.master.pool.execute(f"SELECT {name} FROM {table}"), [("8",)])

    def test_a_database_that_is_down(self) -> None:
        self.master.pool.execute("CREATE TABLE keychain_approvals (something_else INTEGER)")
        asking = Deferred.fromCoroutine(self.table.ask(NEW, 100))
        self.failureResultOf(asking, DatabaseProblemError)
