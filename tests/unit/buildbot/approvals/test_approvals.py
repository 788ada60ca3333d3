from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from buildbot.plugins import util
from buildbot.www.auth import NoAuth
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.approvals import Person
from buildbot_keychain.buildbot.approvals import Approvals, Records
from buildbot_keychain.errors import ApprovalError
from buildbot_keychain.interfaces import IApprovals
from tests.support.approval_requests import NEW, TWO, ApprovalsMaster

RITA, OTTO, BOB = (Person(name, frozenset({"managers"})) for name in ("rita", "otto", "bob"))
NOBODY = Person("nobody", frozenset({"guests"}))


class ApprovalsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.master: Any = ApprovalsMaster()
        self.addCleanup(self.master.pool.engine.dispose)
        self.records = Records(self.master)
        self.approvals = Approvals(self.master, self.records)

    def ask(self, **facts: Any) -> None:
        asking = self.records.ask(replace(NEW, **facts))
        self.successResultOf(Deferred.fromCoroutine(asking))

    def approve(self, person: Person, reason: str = "", expected: str = "d") -> Any:
        return self.approvals.approve("i", person, reason, expected)

    def assert_problem(self, doing: Any, problem: str) -> None:
        self.assertIn(problem, str(self.failureResultOf(doing, ApprovalError).value))

    def test_it_is_what_the_page_uses(self) -> None:
        verifyObject(IApprovals, self.approvals)

    def test_people_see_what_they_are_asked(self) -> None:
        self.ask()
        for person, obstacle in ((RITA, ""), (BOB, "you have asked for this build")):
            (request,) = self.successResultOf(self.approvals.waiting(person))
            self.assertIn(obstacle, request.obstacle)
            self.assertEqual(replace(request, obstacle=""), NEW)
        self.assertEqual(self.successResultOf(self.approvals.waiting(NOBODY)), [])
        self.assertEqual(self.successResultOf(self.approvals.recent(RITA, 5)), [])
        self.successResultOf(self.approve(RITA))
        (request,) = self.successResultOf(self.approvals.recent(OTTO, 5))
        self.assertEqual(request.state, "approved")
        self.assertEqual(self.successResultOf(self.approvals.recent(NOBODY, 5)), [])

    def test_who_cannot_approve(self) -> None:
        self.ask(demands=TWO)
        self.assert_problem(self.approve(NOBODY), "none of your roles is asked")
        self.assert_problem(self.approve(BOB), "somebody else must approve")
        self.assert_problem(self.approve(RITA, expected=""), "no longer what you have seen")
        self.successResultOf(self.approve(RITA))
        self.assert_problem(self.approve(RITA), "more people must")
        self.successResultOf(self.approve(OTTO))
        self.assert_problem(self.approve(Person("ann", RITA.roles)), "enough people")

    def test_who_asked_for_the_build_may_refuse(self) -> None:
        self.ask()
        refused = self.successResultOf(self.approvals.refuse("i", BOB, "a mistake", "d"))
        self.assertEqual(refused.state, "refused")
        self.assert_problem(self.approve(RITA), "it has been refused")

    def test_a_reason_is_short_and_printable(self) -> None:
        self.ask()
        request = self.successResultOf(self.approve(RITA, " a\x1b[1m\nb" + 2000 * "c"))
        (vote,) = request.votes
        self.assertEqual((vote.reason[:7], len(vote.reason)), ("a[1m\nbc", 999))

    def test_a_vote_that_comes_too_late(self) -> None:
        """Somebody refuses after this one has looked."""
        self.ask()
        read = self.records.read

        async def read_and_refuse(approval: str) -> Any:
            found = await read(approval)
            self.records.read = read  # type: ignore[method-assign]
            await self.approvals.refuse("i", OTTO, "", "d")
            return found

        self.records.read = read_and_refuse  # type: ignore[method-assign]
        self.assert_problem(self.approve(RITA), "it has been refused")

    def test_people_of_the_web_pages(self) -> None:
        roles = [util.RolesFromGroups("g-"), util.RolesFromOwner("owner")]
        authz = util.Authz(roleMatchers=roles)
        authz.setMaster(self.master)
        self.master.www = SimpleNamespace(auth=NoAuth(), authz=authz)
        user = {"username": "rita", "email": "r@x", "full_name": 7, "groups": ["g-managers"]}
        expected = Person("rita", frozenset({"managers"}), "r@x", None)
        self.assertEqual(self.approvals.person_of(user), expected)
        self.assertIsNone(self.approvals.person_of({"anonymous": True}))
