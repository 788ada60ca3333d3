from __future__ import annotations

from typing import Any
from unittest import TestCase

from hypothesis import example, given

from buildbot_keychain.details import Requester
from buildbot_keychain.policy import Allow, Approval, Deny, Outcome, Policy, rule_problems
from tests.support.policies import ALLOWS, DENIES, PATHS, PROVIDERS, REQUESTERS


class RuleProblemTests(TestCase):
    def problems(self, *rules: Any) -> list[str]:
        return list(rule_problems(rules, ["files", "vault"]))

    def assert_problem(self, expected: str, *rules: Any) -> None:
        (problem,) = self.problems(*rules)
        self.assertIn(expected, problem)
        self.assertIn("test_validation.py:", problem)

    def test_good_rules(self) -> None:
        rules = (
            Allow("*", builders=["a"]),
            Allow(["files!x", "v*!y", "*!z"], services=["*"]),
            Allow("x", owners=["alice"], builders=["a"], repositories=["r"], branches=["main"]),
            Deny("x", branches=["wip"]),
            Deny("x", outside=True),
        )
        self.assertEqual(self.problems(*rules), [])

    def test_conditions_that_nobody_has_all_of(self) -> None:
        for rule in (
            Allow("x", services=["a"], builders=["b"]),
            Deny("x", services=["a"], outside=True),
            Allow("x", services=["a"], forced=True),
            Allow("x", services=["a"], owners=["alice"]),
        ):
            self.assert_problem("can never match: nobody who asks has all of", rule)
        for names in (["*"], ["unknown"]):
            rule = Allow("x", approval=Approval(["a"]), services=names)
            self.assert_problem("only builds can wait for an approval", rule)
        self.assert_problem(
            "a tag is not a branch",
            Allow("x", repositories=["r"], branches=["v*"], tag_names=["v*"]),
        )

    def test_a_provider_that_there_is_not(self) -> None:
        expected = "no provider is called 'valt' (but 'files', 'vault')"
        self.assert_problem(expected, Allow("valt!x"))
        self.assert_problem(expected, Allow(["files!x", "valt!x"]))

    def test_branches_without_repositories(self) -> None:
        rule = Allow("x", builders=["a"], branches=["main"])
        self.assert_problem("branches needs repositories", rule)
        self.assertEqual(list(rule_problems([rule], None, lambda _: True)), [])

    def test_a_deny_that_swallows_an_allow(self) -> None:
        for allow, deny in (
            (Allow("prod/db"), Deny("prod/*")),
            (Allow("files!prod/*"), Deny("prod/*")),
            (Allow("prod/*", builders=["a-1", "a-2*"]), Deny("*", builders=["a-*"])),
            (Allow("x", forced=True), Deny("x", forced=True)),
        ):
            self.assert_problem("can never give anything: Deny(", allow, deny)
            self.assert_problem("can never give anything: Deny(", deny, allow)

    def test_a_deny_that_leaves_something(self) -> None:
        for allow, deny in (
            (Allow("prod/*"), Deny("prod/db")),
            (Allow("prod/*"), Deny("files!prod/*")),
            (Allow(["prod/*", "x"]), Deny("prod/*")),
            (Allow("x", builders=["a*"]), Deny("x", builders=["a-*"])),
            (Allow("x"), Deny("x", builders=["*"])),
            (Allow("x"), Deny("x", forced=True)),
            (Allow("x", outside=True), Deny("x", outside=True)),
        ):
            self.assertEqual(self.problems(allow, deny), [])

    @given(ALLOWS, DENIES, REQUESTERS)
    @example(
        Allow("prod/*", services=["*"], approval=Approval(by=["managers"])),
        Deny("x"),
        Requester("provider", service="a"),
    )
    def test_what_is_swallowed_gives_nothing(self, allow: Any, deny: Any, requester: Any) -> None:
        problems = list(rule_problems([allow, deny]))
        if any("can never give anything" in problem for problem in problems):
            policy = Policy([allow, deny])
            for provider in PROVIDERS:
                for path in PATHS:
                    outcome = policy.decide(provider, path, requester).outcome
                    # Only builds can wait for an approval.
                    waits_in_vain = outcome is Outcome.NEEDS_APPROVAL and requester.kind != "build"
                    self.assertTrue(outcome is Outcome.DENIED or waits_in_vain)

    @given(ALLOWS, REQUESTERS)
    def test_what_can_never_match_never_does(self, allow: Any, requester: Any) -> None:
        if any("can never match" in problem for problem in rule_problems([allow])):
            self.assertFalse(allow.applies(requester))
