from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.policy import (
    Allow,
    Approval,
    Deny,
    Foreseen,
    Foresight,
    Outcome,
    Policy,
    Prospect,
    Question,
    _prospects,
    foresee,
)

APP = "https://git.example.org/app"
BUILD = Requester("build", builder="release", builder_project="shop", builder_tags=("deploy",))
PROSPECT = Prospect(BUILD, ("w1", "w2"), ("nightly", "rebuild"), (APP,))
ALLOWED, DENIED, ASKED = Outcome.ALLOWED, Outcome.DENIED, Outcome.NEEDS_APPROVAL


class ForeseenTests(SynchronousTestCase):
    def foreseen(self, *rules: Any, prospect: Prospect = PROSPECT) -> Foreseen:
        question = Question("files", "key", prospect.requester)
        return foresee(Policy(rules), question, prospect)

    def test_what_a_builder_decides(self) -> None:
        cases: tuple[tuple[dict[str, Any], Outcome], ...] = (
            ({"builders": ["rel*"]}, ALLOWED),
            ({"builders": ["debug"]}, DENIED),
            ({"projects": ["shop"], "tags": ["deploy"]}, ALLOWED),
            ({"tags": ["debug"]}, DENIED),
            ({"workers": ["w*"]}, ALLOWED),
            ({"workers": ["x"]}, DENIED),
            ({"schedulers": ["weekly"]}, DENIED),
            ({"services": ["pb"]}, DENIED),
        )
        for conditions, outcome in cases:
            rule = Allow("key", outside=True, **conditions)
            found = self.foreseen(rule)
            expected = Foreseen(outcome, rule if outcome is ALLOWED else None)
            self.assertEqual(found, expected, conditions)

    def test_what_a_build_decides(self) -> None:
        cases: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
            ({"outside": True}, ()),
            ({}, ("outside",)),
            ({"branches": ["main"], "repositories": [APP]}, ("branches", "outside")),
            ({"repositories": ["git@*"], "outside": True}, ("repositories",)),
            ({"workers": ["w1"], "outside": True}, ("workers",)),
            ({"schedulers": ["nightly"], "forced": False}, ("schedulers", "forced", "outside")),
            ({"owners": ["alice"], "outside": True}, ("owners",)),
        )
        for conditions, depends in cases:
            found = self.foreseen(Allow("key", **conditions))
            self.assertEqual((found.outcome, found.depends), (ALLOWED, depends))

    def test_what_denies(self) -> None:
        allow = Allow("key", outside=True)
        never = Deny("key", builders=["release"])
        self.assertEqual(self.foreseen(allow, never), (DENIED, never, ()))
        self.assertEqual(self.foreseen(allow, Deny("key", builders=["x"])), (ALLOWED, allow, ()))
        found = self.foreseen(allow, Deny("key", outside=True))
        self.assertEqual(found, (ALLOWED, allow, ("outside",)))

    def test_builds_of_which_it_is_known_whether_the_code_is_from_outside(self) -> None:
        allow, deny = Allow("key"), Deny("key", outside=True)
        for outside, expected in (
            (False, Foreseen(ALLOWED, allow)),
            (True, Foreseen(DENIED, deny)),
            (None, Foreseen(ALLOWED, allow, ("outside",))),
        ):
            prospect = replace(PROSPECT, requester=replace(BUILD, outside=outside))
            self.assertEqual(self.foreseen(allow, deny, prospect=prospect), expected, outside)
        prospect = replace(PROSPECT, requester=replace(BUILD, outside=True))
        self.assertEqual(self.foreseen(allow, prospect=prospect), Foreseen(DENIED, None))

    def test_many_rules_for_one_prospect(self) -> None:
        self.patch(_prospects, "_REMEMBERED", 2)
        foresight = Foresight(PROSPECT)
        rules = [Allow("key", builders=[name], outside=True) for name in ("release", "x")] * 4
        for rule in rules:
            outcome = ALLOWED if rule.patterns_of("builders") == ("release",) else DENIED
            self.assertIs(foresight.of([rule]).outcome, outcome)

    def test_what_people_approve(self) -> None:
        asks = Allow("key", outside=True, approval=Approval(by=["release-team"]))
        self.assertEqual(self.foreseen(asks), (ASKED, asks, ()))
        self.assertEqual(self.foreseen(Allow("key", outside=True), asks), (ASKED, asks, ()))
        maybe = Allow("key", owners=["a"], outside=True, approval=Approval(by=["release-team"]))
        allow = Allow("key", outside=True)
        self.assertEqual(self.foreseen(allow, maybe), (ALLOWED, allow, ("approval",)))

    def test_parts_of_a_master_are_decided_on_as_they_will_be(self) -> None:
        rule = Allow("key", services=["pb"])
        for name, outcome in (("pb", ALLOWED), ("www", DENIED)):
            service = Prospect(Requester("service", service=name))
            self.assertIs(self.foreseen(rule, prospect=service).outcome, outcome)

    @given(st.lists(st.sampled_from([Allow, Deny]), min_size=1, max_size=3), st.data())
    def test_every_build_gets_what_is_foreseen(self, kinds: list[Any], data: Any) -> None:
        conditions = st.fixed_dictionaries(
            {},
            optional={
                "builders": st.sampled_from([["release"], ["x"]]),
                "workers": st.sampled_from([["w1"], ["w*"], ["x"]]),
                "schedulers": st.sampled_from([["nightly"], ["x"]]),
                "branches": st.just(["main"]),
                "repositories": st.sampled_from([[APP], ["x"]]),
                "owners": st.just(["alice"]),
                "forced": st.booleans(),
                "outside": st.booleans(),
            },
        )
        rules = [kind("key", **data.draw(conditions)) for kind in kinds]
        known = data.draw(st.sampled_from((None, False, True)))
        prospect = replace(PROSPECT, requester=replace(BUILD, outside=known))
        found = self.foreseen(*rules, prospect=prospect)
        outcomes = set()
        for worker, scheduler, branch, owner, forced, outside in itertools.product(
            PROSPECT.workers,
            PROSPECT.schedulers,
            ("main", "dev"),
            ("alice", "bob"),
            (True, False),
            (True, False, None) if known is None else (known,),
        ):
            build = replace(
                BUILD,
                worker=worker,
                scheduler=scheduler,
                owner=owner,
                forced=forced,
                outside=outside,
                source_stamps=(SourceStamp(repository=APP, branch=branch),),
            )
            outcomes.add(Policy(rules).decide("files", "key", build).outcome)
        if found.outcome is DENIED:
            self.assertEqual(outcomes, {DENIED})
        elif not found.depends:
            self.assertEqual(outcomes, {found.outcome})
