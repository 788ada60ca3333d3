"""What holds for every policy, whatever its rules."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from buildbot_keychain.details import Requester
from buildbot_keychain.policy import Deny, Outcome, Policy, Question, Rule, explain
from tests.support.policies import ALLOWS, DENIES, PATHS, PROVIDERS, REQUESTERS, RULES, decided

QUESTIONS: Any = st.tuples(st.sampled_from(PROVIDERS), st.sampled_from(PATHS), REQUESTERS)

_RANK = {Outcome.DENIED: 0, Outcome.NEEDS_APPROVAL: 1, Outcome.ALLOWED: 2}

_UNKNOWN: dict[str, Any] = {
    "builder": None,
    "forced": None,
    "worker": None,
    "outside": None,
    "scheduler": None,
    "owner": None,
    "service": None,
}
_UNKNOWN_STAMP: dict[str, Any] = {
    "repository": None,
    "branch": None,
    "tag_name": None,
    "project": None,
    "revision_chosen": True,
}


def rank(rules: list[Rule], question: Any) -> int:
    return _RANK[Policy(rules).decide(*question).outcome]


class PolicyProperties(TestCase):
    @given(RULES, QUESTIONS, st.booleans())
    def test_it_decides_as_defined(self, rules: list[Rule], question: Any, canonical: bool) -> None:
        outcome = Policy(rules).decide(*question, canonical=canonical).outcome
        self.assertEqual(outcome, decided(rules, *question, canonical=canonical))

    @given(RULES, DENIES, QUESTIONS)
    def test_another_deny_never_allows_more(
        self, rules: list[Rule], deny: Rule, question: Any
    ) -> None:
        self.assertLessEqual(rank([*rules, deny], question), rank(rules, question))

    @given(RULES, ALLOWS, QUESTIONS)
    def test_another_allow_never_denies(
        self, rules: list[Rule], allow: Rule, question: Any
    ) -> None:
        if rank(rules, question):
            self.assertTrue(rank([*rules, allow], question))
        if allow.approval is None:
            self.assertGreaterEqual(rank([*rules, allow], question), rank(rules, question))

    @given(RULES, QUESTIONS, st.sampled_from(sorted(_UNKNOWN)))
    def test_a_fact_that_becomes_unknown_never_allows(
        self, rules: list[Rule], question: Any, fact: str
    ) -> None:
        provider, path, requester = question
        # Code from outside that is not known to be is the exception: a rule may name its scheduler.
        if fact == "outside" and requester.outside:
            return
        less = replace(requester, **{fact: _UNKNOWN[fact]})
        self.assert_not_more(rules, (provider, path, less), question)

    @given(RULES, QUESTIONS, st.sampled_from(sorted(_UNKNOWN_STAMP)))
    def test_nor_does_one_of_a_source_stamp(
        self, rules: list[Rule], question: Any, fact: str
    ) -> None:
        provider, path, requester = question
        is_ambiguous = any(
            s.branch is not None and s.tag_name is not None for s in requester.source_stamps
        )
        if fact in {"branch", "tag_name"} and is_ambiguous:
            return
        unknown = {fact: _UNKNOWN_STAMP[fact]}
        stamps = tuple(replace(stamp, **unknown) for stamp in requester.source_stamps)
        less = replace(requester, source_stamps=stamps)
        self.assert_not_more(rules, (provider, path, less), question)

    @given(RULES, QUESTIONS)
    def test_nor_does_a_requester_of_whom_nothing_is_known(
        self, rules: list[Rule], question: Any
    ) -> None:
        *secret, _ = question
        named = [rule for rule in rules if rule.patterns_of("services")]
        nobody = Requester("unknown")
        if rank(rules, (*secret, nobody)):
            self.assertTrue(any("unknown" in rule.patterns_of("services") for rule in named))

    def assert_not_more(self, rules: list[Rule], less: Any, question: Any) -> None:
        # A rule that demands approval may no longer apply, and another one still may.
        self.assertLessEqual(bool(rank(rules, less)), bool(rank(rules, question)))

    @given(RULES, QUESTIONS, st.randoms(use_true_random=False))
    def test_order_changes_nothing(
        self, rules: list[Rule], question: Any, chance: random.Random
    ) -> None:
        before = rank(rules, question)
        provider, path, requester = question
        mixed = []
        for rule in rules:
            said: dict[str, Any] = {
                check.condition.name: chance.sample(check.patterns, len(check.patterns))
                for check in chance.sample(rule.checks, len(rule.checks))
            }
            said |= {"forced": rule.forced, "outside": rule.outside, "approval": rule.approval}
            spelled = chance.sample(_spelled(rule), len(rule.secrets))
            mixed.append(type(rule)(spelled, **said))
        self.assertEqual(set(mixed), set(rules))
        chance.shuffle(mixed)
        stamps = tuple(chance.sample(requester.source_stamps, len(requester.source_stamps)))
        shuffled = replace(requester, source_stamps=stamps)
        self.assertEqual(rank([*mixed, *mixed], (provider, path, shuffled)), before)

    @given(RULES, QUESTIONS, st.booleans())
    def test_every_decision_is_explained(
        self, rules: list[Rule], question: Any, canonical: bool
    ) -> None:
        explanation = explain(Policy(rules), Question(*question)._replace(canonical=canonical))
        decision = explanation.decision
        self.assertEqual(decision, Policy(rules).decide(*question, canonical=canonical))
        self.assertEqual(
            decision.outcome is Outcome.DENIED,
            not explanation.matching or any(rule.denies for rule in explanation.matching),
        )
        if decision.rule is not None:
            self.assertIn(decision.rule, explanation.matching)
        for _, reasons in explanation.failing:
            self.assertTrue(reasons)

    @given(QUESTIONS)
    def test_without_a_rule_everything_is_denied(self, question: Any) -> None:
        self.assertEqual(rank([], question), 0)
        self.assertEqual(rank([Deny("*")], question), 0)


def _spelled(rule: Rule) -> list[str]:
    return [s.path if s.provider is None else f"{s.provider}!{s.path}" for s in rule.secrets]
