from __future__ import annotations

from dataclasses import replace
from itertools import product
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from buildbot_keychain.approvals import APPROVED, OPEN, STATES, WAITING
from buildbot_keychain.policy import (
    after_asking,
    after_news,
    after_time,
    after_vote,
    is_approved,
    may_use,
)
from tests.support.approval_requests import NEW, ONE, TWO, vote


class TimeTests(TestCase):
    def test_nobody_decides(self) -> None:
        self.assertEqual(after_time(NEW, 199.9, has_ended=False), NEW)
        self.assertEqual(after_time(NEW, 200, has_ended=False).state, "expired")

    def test_the_build_request_ends(self) -> None:
        for state in STATES:
            after = after_time(replace(NEW, state=state), 0, has_ended=True)
            self.assertEqual(after.state, "ended" if state in OPEN else state)


class VoteTests(TestCase):
    def test_enough_people(self) -> None:
        request = after_vote(replace(NEW, demands=TWO), vote("rita"))
        self.assertEqual((request.state, request.valid_until), ("waiting", None))
        request = after_vote(request, vote("RITA", 160))
        self.assertEqual((request.state, len(request.votes)), ("waiting", 1))
        request = after_vote(request, vote("otto", 170))
        self.assertEqual((request.state, request.valid_until), ("approved", 220))
        self.assertEqual(after_vote(request, vote("ann", 190)), request)

    def test_a_refusal_wins_until_it_is_released(self) -> None:
        approved = after_vote(NEW, vote("rita"))
        for request in (NEW, approved):
            self.assertEqual(after_vote(request, vote("otto", approves=False)).state, "refused")
        changed = after_vote(approved, vote("rita", approves=False))
        self.assertEqual((changed.state, len(changed.votes)), ("refused", 1))


class AskingTests(TestCase):
    def test_what_was_approved_is_released_and_may_be_used_for_a_time(self) -> None:
        approved = after_vote(NEW, vote("rita"))
        self.assertFalse(may_use(approved, 151))
        released = after_asking(approved, ONE, 50, 151)
        self.assertEqual(released.state, "released")
        self.assertTrue(may_use(released, 199))
        self.assertFalse(may_use(released, 200))
        again = after_asking(released, ONE, 50, 250)
        self.assertEqual((again.state, may_use(again, 250)), ("released", False))

    def test_it_is_not_released_when_the_time_is_over(self) -> None:
        approved = after_vote(NEW, vote("rita"))
        self.assertEqual(after_asking(approved, ONE, 50, 200).state, "approved")

    def test_a_policy_that_demands_more_meanwhile(self) -> None:
        released = after_asking(after_vote(NEW, vote("rita")), ONE, 50, 151)
        for request in (after_vote(NEW, vote("rita")), released):
            self.assertEqual(after_asking(request, TWO, 50, 160).state, "waiting")
            self.assertEqual(after_asking(request, TWO, 50, 210).state, "expired")
            self.assertFalse(may_use(after_asking(request, ONE, 5, 160), 160))

    def test_a_policy_that_demands_less_meanwhile(self) -> None:
        request = after_vote(replace(NEW, demands=TWO), vote("rita"))
        self.assertEqual(after_asking(request, ONE, 50, 160).state, "released")

    def test_code_that_may_come_from_outside_by_now(self) -> None:
        marks: tuple[bool | None, ...] = (False, None, True)
        for seen, now in product(range(3), repeat=2):
            approved = replace(NEW, state=APPROVED, votes=(vote(),), outside=marks[seen])
            new = replace(NEW, outside=marks[now], digest="new")
            after = after_news(approved, new)
            if now <= seen:
                self.assertEqual(after, approved)
            else:
                self.assertEqual((after.state, after.votes), (WAITING, ()))
                self.assertEqual((after.outside, after.digest), (marks[now], "new"))
        others = replace(NEW, outside=False, excluded=("carl",))
        self.assertIs(after_news(replace(NEW, outside=True), others).outside, True)

    def test_what_is_over_stays_so(self) -> None:
        for state in ("refused", "expired", "ended"):
            request = replace(NEW, state=state, votes=(vote("rita"),))
            self.assertEqual(after_asking(request, ONE, 50, 151), request)

    @given(
        st.lists(
            st.one_of(
                st.tuples(st.just("vote"), st.sampled_from(("rita", "otto")), st.booleans()),
                st.tuples(st.just("ask"), st.sampled_from((ONE, TWO)), st.booleans()),
                st.tuples(st.just("end"), st.none(), st.booleans()),
            ),
            max_size=8,
        )
    )
    def test_nothing_is_used_that_was_not_approved(
        self, steps: list[tuple[str, object, bool]]
    ) -> None:
        """Whatever happens, and in whatever order; and a refusal before the release is final."""
        request, now, refused = NEW, 100, False
        for what, argument, flag in steps:
            now += 30
            request = after_time(request, now, has_ended=what == "end" and flag)
            if what == "vote" and request.state in OPEN:
                request = after_vote(request, vote(str(argument), now, approves=flag))
                refused = refused or not flag
            if what == "ask":
                request = after_asking(request, argument, 50, now)  # type: ignore[arg-type]
            if may_use(request, now):
                self.assertFalse(refused)
                self.assertTrue(is_approved(request.demands, request.votes))
                self.assertLess(now, max(v.at for v in request.votes) + 50)
