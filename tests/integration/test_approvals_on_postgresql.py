"""Approvals of two masters that share a database in a real PostgreSQL."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import DeferredList, maybeDeferred

from buildbot_keychain.errors import ApprovalError
from tests.integration import test_approvals_elsewhere as elsewhere
from tests.support.approvals import ALICE, OTTO, RITA, ApprovalTestCase
from tests.support.postgresql import PostgreSQLTestCase


class ApprovalsOnPostgreSQLTests(PostgreSQLTestCase, elsewhere.KilledTests, ApprovalTestCase):
    """It dies as it does with another database, and people click on either."""

    async def test_clicks_on_both_masters(self) -> None:
        keychain = await self.begin_two(self.make_url())
        here, there = self.approvals, keychain.approvals
        for clicks, states, results in (
            ([(there, "approve", RITA)], {"released"}, {"success"}),
            ([(there, "refuse", RITA)], {"refused"}, {"failure"}),
            ([(here, "approve", RITA), (there, "approve", OTTO)], {"released"}, {"success"}),
            (
                [(here, "approve", RITA), (there, "refuse", OTTO)],
                {"released", "refused"},
                {"success", "failure"},
            ),
            ([(here, "refuse", RITA), (there, "refuse", OTTO)], {"refused"}, {"failure"}),
        ):
            state, result = await self.build_after(clicks)
            self.assertIn(state, states, clicks)
            self.assertIn(result, results, clicks)
            self.assertEqual(result == "success", state == "released")

    async def test_two_people_at_the_same_moment(self) -> None:
        """Neither of their votes is lost, and the same person's on both masters are one."""
        keychain = await self.begin_two(self.make_url())
        both = self.approvals, keychain.approvals
        people = zip(both, ("approve",) * 2, (RITA, OTTO), strict=True)
        self.assertEqual(await self.build_after(people, None), ("released", "success"))

        waits, ends = self.waits(), self.ends()
        await self.force(None, revision="c" * 40)
        await waits
        await self.click_at_once([(each, "approve", RITA) for each in both])
        request = await self.asked(OTTO)
        self.assertEqual([vote.person for vote in request.votes], ["rita"])
        await self.click_at_once([(both[1], "approve", ALICE)])
        build = await self.build((await ends)["buildid"])
        self.assertEqual(build.result, "success", build.outline())

    async def click_at_once(self, clicks: Any) -> None:
        """Have people say something at the same moment."""
        request = await self.asked()
        doing = [
            maybeDeferred(
                getattr(approvals, what), request.id, self.person(user), "", request.digest
            )
            for approvals, what, user in clicks
        ]
        answers = await DeferredList(doing, consumeErrors=True)
        for succeeded, answer in answers:
            if not succeeded:
                self.assertIsInstance(answer.value, ApprovalError)
        self.assertTrue(any(succeeded for succeeded, _ in answers), answers)

    async def build_after(self, clicks: Any, owner: str | None = "bob") -> tuple[str, str]:
        """Return the state of a request after some clicks, and the result of its build."""
        waits, ends = self.waits(), self.ends()
        await self.force(owner, revision="a" * 40)
        await waits
        request = await self.asked()
        await self.click_at_once(clicks)
        build = await self.build((await ends)["buildid"])
        recent = await self.approvals.recent(self.person(RITA), 50)
        (state,) = [each.state for each in recent if each.id == request.id]
        return state, build.result
