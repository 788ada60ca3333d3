from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest import TestCase

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.policy import Allow, Approval, Deny, Outcome, Policy

MAIN = SourceStamp(repository="https://git.example.org/app", branch="main")

BUILD = Requester(
    "build",
    builder="release-1",
    source_stamps=(MAIN,),
    outside=False,
    scheduler="push",
    forced=False,
)

RULE: dict[str, Any] = {
    "builders": ["release-*"],
    "repositories": ["https://git.example.org/app"],
    "branches": ["main"],
}


class DecisionCase(TestCase):
    def assert_given(self, policy: Policy, requester: Requester, path: str = "deploy/x") -> None:
        self.assertIs(policy.decide("files", path, requester).outcome, Outcome.ALLOWED)

    def assert_denied(self, policy: Policy, requester: Requester, path: str = "deploy/x") -> None:
        self.assertIs(policy.decide("files", path, requester).outcome, Outcome.DENIED)


class AllowTests(DecisionCase):
    policy = Policy([Allow("deploy/*", **RULE)])

    def test_a_build_that_meets_every_condition_is_given_the_secret(self) -> None:
        self.assert_given(self.policy, BUILD)

    def test_any_condition_that_is_not_met_denies(self) -> None:
        for other in (
            replace(BUILD, builder="debug"),
            replace(BUILD, builder=None),
            replace(BUILD, source_stamps=(replace(MAIN, branch="wip"),)),
            replace(BUILD, source_stamps=(replace(MAIN, branch=None),)),
            replace(BUILD, source_stamps=(replace(MAIN, repository="https://evil.example/app"),)),
            replace(BUILD, source_stamps=(MAIN, replace(MAIN, branch="wip"))),
            replace(BUILD, source_stamps=()),
            Requester("service", service="release-1"),
            Requester("unknown"),
        ):
            self.assert_denied(self.policy, other)

    def test_the_branch_of_a_chosen_revision_is_not_known(self) -> None:
        stamps = (replace(MAIN, revision_chosen=True),)
        self.assert_denied(self.policy, replace(BUILD, source_stamps=stamps))

    def test_a_tag_of_the_name_of_a_branch_is_not_that_branch(self) -> None:
        stamps = (replace(MAIN, branch=None, tag_name="main"),)
        self.assert_denied(self.policy, replace(BUILD, source_stamps=stamps))

    def test_code_from_outside_needs_a_rule_that_says_so(self) -> None:
        patched = replace(BUILD, source_stamps=(replace(MAIN, patched=True),))
        for build in (replace(BUILD, outside=True), patched):
            self.assert_denied(self.policy, build)
            self.assert_given(Policy([Allow("*", outside=True, **RULE)]), build)

    def test_code_of_unknown_origin_needs_a_scheduler_or_forced(self) -> None:
        nightly = replace(BUILD, outside=None, scheduler="nightly")
        forced = replace(nightly, scheduler="force", forced=True)
        self.assert_denied(self.policy, nightly)
        self.assert_given(Policy([Allow("*", schedulers=["nightly"])]), nightly)
        self.assert_denied(Policy([Allow("*", schedulers=["other"])]), nightly)
        self.assert_given(Policy([Allow("*", forced=True)]), forced)
        self.assert_denied(Policy([Allow("*", forced=True)]), nightly)
        self.assert_given(Policy([Allow("*", outside=True)]), nightly)

    def test_who_is_not_known_must_be_named(self) -> None:
        unknown = Requester("unknown")
        self.assert_denied(Policy([Allow("*")]), unknown)
        self.assert_denied(Policy([Allow("*", services=["*"])]), unknown)
        self.assert_given(Policy([Allow("*", services=["unknown"])]), unknown)

    def test_services_and_providers_are_told_apart(self) -> None:
        service, provider = Requester("service", service="a"), Requester("provider", service="a")
        self.assert_given(Policy([Allow("*", services=["a"])]), service)
        self.assert_denied(Policy([Allow("*", services=["a"])]), provider)
        self.assert_given(Policy([Allow("*", services=["provider/a"])]), provider)
        self.assert_denied(Policy([Allow("*", services=["provider/a"])]), service)
        pretender = Requester("service", service="unknown")
        self.assert_denied(Policy([Allow("*", services=["unknown"])]), pretender)

    def test_people_are_named_as_owners(self) -> None:
        alice = Requester("person", owner="alice")
        self.assert_denied(Policy([Allow("*")]), alice)
        self.assert_given(Policy([Allow("*", owners=["alice"])]), alice)
        self.assert_denied(Policy([Allow("*", owners=["alice"], builders=["*"])]), alice)

    def test_a_pattern_with_a_provider_is_about_that_provider(self) -> None:
        self.assert_given(Policy([Allow("files!deploy/*")]), BUILD)
        self.assert_denied(Policy([Allow("vault!deploy/*")]), BUILD)

    def test_approval_is_required_if_any_rule_demands_it(self) -> None:
        approved = Allow("deploy/*", approval=Approval(["managers"]))
        for rules in ([approved, Allow("*")], [Allow("*"), approved]):
            decision = Policy(rules).decide("files", "deploy/x", BUILD)
            self.assertIs(decision.outcome, Outcome.NEEDS_APPROVAL)
            self.assertIs(decision.rule, approved)

    def test_without_canonical_names_a_rule_must_spell_the_name(self) -> None:
        for secret, path, expected in (
            ("*", "x", False),
            ("x", "x", True),
            ("x", "X", False),
            ("files!x", "x", True),
            ("é", "é", False),
        ):
            decision = Policy([Allow(secret)]).decide("files", path, BUILD, canonical=False)
            self.assertEqual(decision.is_allowed, expected, secret)


class DenyTests(DecisionCase):
    def assert_denies(self, deny: Deny, requester: Requester) -> None:
        allow = Allow("*", outside=True, services=["*"])
        rules = [allow, Allow("*", outside=True), deny]
        self.assert_denied(Policy(rules), requester)
        self.assert_denied(Policy(rules[::-1]), requester)

    def assert_does_not_deny(self, deny: Deny, requester: Requester) -> None:
        self.assert_given(Policy([deny, Allow("*", outside=True)]), requester)

    def test_it_wins_wherever_it_stands(self) -> None:
        self.assert_denies(Deny("deploy/*"), BUILD)
        self.assert_denies(Deny("deploy/*", builders=["release-*"]), BUILD)
        self.assert_does_not_deny(Deny("deploy/*", builders=["debug"]), BUILD)

    def test_one_source_stamp_is_enough(self) -> None:
        stamps = (MAIN, replace(MAIN, branch="wip"))
        self.assert_denies(Deny("*", branches=["wip"]), replace(BUILD, source_stamps=stamps))

    def test_it_takes_one_source_stamp_that_meets_all(self) -> None:
        stamps = (MAIN, replace(MAIN, branch="wip", repository="other"))
        deny = Deny("*", branches=["wip"], repositories=[MAIN.repository or ""])
        self.assert_does_not_deny(deny, replace(BUILD, source_stamps=stamps))

    def test_an_unknown_fact_counts_as_met(self) -> None:
        stamps = (replace(MAIN, revision_chosen=True),)
        self.assert_denies(Deny("*", branches=["wip"]), replace(BUILD, source_stamps=stamps))
        self.assert_denies(Deny("*", branches=["wip"]), replace(BUILD, source_stamps=()))
        self.assert_denies(Deny("*", owners=["mallory"]), BUILD)
        self.assert_denies(Deny("*", outside=True), replace(BUILD, outside=None))
        self.assert_denies(Deny("*", builders=["x"]), Requester("unknown"))

    def test_what_is_known_not_to_exist_is_not_met(self) -> None:
        self.assert_does_not_deny(Deny("*", tag_names=["*"]), BUILD)
        self.assert_does_not_deny(Deny("*", projects=["*"]), BUILD)
        self.assert_does_not_deny(Deny("*", tags=["*"]), BUILD)

    def test_a_condition_that_cannot_apply_is_not_met(self) -> None:
        service = Requester("service", service="a")
        self.assert_does_not_deny(Deny("*", branches=["*"]), service)
        self.assert_does_not_deny(Deny("*", outside=True), service)
        self.assert_does_not_deny(Deny("*", services=["*"]), BUILD)
        self.assert_denies(Deny("*", services=["*"]), service)

    def test_outside_denies_only_what_may_come_from_outside(self) -> None:
        self.assert_does_not_deny(Deny("*", outside=True), BUILD)
        self.assert_denies(Deny("*", outside=True), replace(BUILD, outside=True))
        patched = replace(BUILD, source_stamps=(replace(MAIN, patched=True),))
        self.assert_denies(Deny("*", outside=True), patched)


class MistakeTests(TestCase):
    def test_mistakes_are_named_with_their_place(self) -> None:
        cases: tuple[tuple[Any, dict[str, Any], str], ...] = (
            (Allow, {"branch": ["main"]}, "did you mean 'branches'?"),
            (Allow, {"xyzzy": ["main"]}, "it can be ['builders', "),
            (Allow, {"builders": "release-*"}, "builders must be a list of patterns"),
            (Allow, {"builders": []}, "builders must be a list of patterns"),
            (Allow, {"builders": [1]}, "builders must be a list of patterns"),
            (Allow, {"outside": None}, "outside must be True or False"),
            (Allow, {"forced": 1}, "forced must be True or False"),
            (Allow, {"approval": "x"}, "approval must be an Approval(by=[...])"),
            (Deny, {"approval": Approval(["x"])}, "approval is for an Allow"),
        )
        for rule, arguments, expected in cases:
            with self.assertRaises(ConfigurationError) as caught:
                rule("x", **arguments)
            self.assertIn(expected, str(caught.exception))
            self.assertIn("test_rules.py:", str(caught.exception))
        wrong: tuple[Any, ...] = ("", [], 1, None)
        for secrets in wrong:
            with self.assertRaises(ConfigurationError):
                Allow(secrets)


class RuleTests(TestCase):
    def test_a_rule_knows_where_it_is_written(self) -> None:
        rule = Allow("x")
        self.assertRegex(rule.location, r"test_rules\.py:\d+$")
        code = compile("\n\nrule = Allow('x')", "/srv/master/master.cfg", "exec")
        read: dict[str, Any] = {"Allow": Allow}
        exec(code, read)
        self.assertEqual(read["rule"].location, "/srv/master/master.cfg:3")

    def test_rules_are_equal_if_they_say_the_same(self) -> None:
        one = Allow(["a", "b"], builders=["x", "y"], branches=["main"])
        other = Allow(["b", "a"], branches=["main"], builders=["y", "x"])
        self.assertEqual((one, hash(one)), (other, hash(other)))
        for different in (Allow("a"), Deny(["a", "b"], builders=["x", "y"], branches=["main"])):
            self.assertNotEqual(one, different)

    def test_it_is_shown_as_it_is_written(self) -> None:
        for text in (
            "Allow('files!deploy/*', builders=['release-*'], outside=True)",
            "Deny(['a', 'b'], forced=False)",
        ):
            self.assertEqual(repr(eval(text)), text)
