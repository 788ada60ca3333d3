from __future__ import annotations

from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from buildbot_keychain.approvals import Demand, Person, Vote
from buildbot_keychain.policy import (
    Approval,
    asked_roles,
    demands_of,
    is_approved,
    is_excluded,
)

ROLES = ("managers", "owners", "others")
PEOPLE = ("rita", "Rita", " RITA ", "otto", "ann")

DEMANDS = st.lists(
    st.builds(
        Demand,
        st.lists(st.sampled_from(ROLES[:2]), min_size=1, max_size=2, unique=True).map(tuple),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=2,
).map(tuple)
VOTES = st.lists(
    st.builds(
        Vote,
        st.sampled_from(PEOPLE),
        st.sampled_from((True, True, True, False)),
        st.lists(st.sampled_from(ROLES), max_size=2, unique=True).map(tuple),
        st.just(""),
        st.just(0),
    ),
    max_size=5,
)


def vote(person: str, *roles: str, approves: bool = True) -> Vote:
    return Vote(person, approves, roles or ("managers",), "", 0)


class DemandTests(TestCase):
    def test_two_people_are_required_where_nobody_is_known(self) -> None:
        one = Approval(["owners", "managers", "owners"])
        roles = ("managers", "owners")
        self.assertEqual(demands_of([one], ["alice"]), (Demand(roles, 1),))
        self.assertEqual(demands_of([one], []), (Demand(roles, 2),))
        # Nobody knows which approver it is who has asked in a chat.
        for people in (["telegram:5"], ["Carl <c@x>", "telegram:5"]):
            self.assertEqual(demands_of([one], people), (Demand(roles, 2),))
        self.assertEqual(demands_of([Approval(["x"], of=3)], []), (Demand(("x",), 3),))

    def test_all_rules_count_in_any_order(self) -> None:
        rules = [Approval(["b"]), Approval(["a"], of=2), Approval(["b"], wait=1)]
        expected = (Demand(("a",), 2), Demand(("b",), 1))
        self.assertEqual(demands_of(rules, ["x"]), expected)
        self.assertEqual(demands_of(rules[::-1], ["x"]), expected)


class ApprovedTests(TestCase):
    def test_a_person_counts_once(self) -> None:
        demands = [Demand(("managers",), 2)]
        self.assertFalse(is_approved(demands, [vote("rita"), vote("Rita"), vote(" RITA")]))
        self.assertTrue(is_approved(demands, [vote("rita"), vote("otto")]))

    def test_each_demand_must_be_met(self) -> None:
        demands = [Demand(("managers",)), Demand(("owners",))]
        self.assertFalse(is_approved(demands, [vote("rita", "managers")]))
        self.assertTrue(is_approved(demands, [vote("rita", "managers", "owners")]))

    def test_nothing_demanded_is_not_approved(self) -> None:
        self.assertFalse(is_approved([], [vote("rita")]))

    @given(DEMANDS, VOTES)
    def test_the_definition(self, demands: tuple[Demand, ...], votes: list[Vote]) -> None:
        """Whoever counts has one of the roles, has not refused, and is another person."""
        refused = [v for v in votes if not v.approves]
        people = [
            {v.person.strip().lower() for v in votes if any(r in v.roles for r in demand.by)}
            for demand in demands
        ]
        enough = all(len(p) >= demand.of for p, demand in zip(people, demands, strict=True))
        self.assertEqual(is_approved(demands, votes), enough and not refused)

    @given(DEMANDS, VOTES, VOTES)
    def test_more_approvals_never_take_away(
        self, demands: tuple[Demand, ...], votes: list[Vote], more: list[Vote]
    ) -> None:
        approvals = [v for v in more if v.approves]
        if is_approved(demands, votes):
            self.assertTrue(is_approved(demands, votes + approvals))
        if [v for v in more if not v.approves]:
            self.assertFalse(is_approved(demands, votes + more))


class ExcludedTests(TestCase):
    def test_who_does_not_count(self) -> None:
        alice = Person("alice", email="Alice.Archer@example.org", full_name="Alice Archer")
        for name in (
            "alice",
            "ALICE",
            "Someone <alice@elsewhere.org>",
            "alice@elsewhere.org",
            "A. <alice.archer@EXAMPLE.org>",
            "alice.archer@elsewhere.org",
            "alice  archer <x@y>",
            "\uff41lice",
        ):
            self.assertTrue(is_excluded(alice, ["carl", name]), name)
        for name in ("bob", "Bob <b@x>", "malice", "alice2 <a@x>", "", "<>", "@"):
            self.assertFalse(is_excluded(alice, [name]), name)

    def test_blank_names_are_nobodys(self) -> None:
        self.assertFalse(is_excluded(Person("bob", email="@x", full_name=" "), ["<>", "", "@y"]))

    def test_roles(self) -> None:
        person = Person("x", frozenset({"managers", "else"}))
        self.assertEqual(asked_roles(person, [Demand(("managers", "owners"))]), ("managers",))
        self.assertEqual(asked_roles(person, [Demand(("owners",))]), ())
