from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.configuration import Configuration
from buildbot_keychain.details import Requester
from buildbot_keychain.inspection.check._decisions import Decided, decide
from buildbot_keychain.policies import FixedPolicy
from buildbot_keychain.policy import Allow, Deny, Policy, Prospect, Question

BUILD = Prospect(Requester("build", builder="b"))
ANYBODY = Requester("unknown")
QUESTIONS = [Question("files", "x", ANYBODY), Question("vault", "x", ANYBODY)]


class DecisionTests(SynchronousTestCase):
    def decided(self, *rules: Any, **settings: Any) -> Decided:
        policies = FixedPolicy(Policy(rules)) if rules else None
        return decide(Configuration(policies=policies, **settings), QUESTIONS, BUILD)

    def test_without_a_policy_everybody_is_given_it(self) -> None:
        self.assertEqual(self.decided(), Decided("given"))

    def test_what_a_rule_allows(self) -> None:
        found = self.decided(Allow("x", branches=["main"], repositories=["*"], location="a:1"))
        self.assertEqual((found.outcome, found.location, found.reason), ("allowed", "a:1", ""))
        self.assertEqual(found.depends, ("repositories", "branches", "outside"))
        self.assertTrue(found.is_given)

    def test_one_denial_denies_it(self) -> None:
        found = self.decided(Allow("x", outside=True), Deny("vault!x", location="a:2"))
        self.assertEqual((found.outcome, found.location), ("denied", "a:2"))
        self.assertIn("denied by Deny('vault!x')", found.reason)
        self.assertFalse(found.is_given)
        found = self.decided(Allow("files!x", outside=True))
        self.assertEqual((found.outcome, found.rule), ("denied", None))
        self.assertEqual(
            found.reason,
            "the provider 'vault' would be asked as well, and is denied it: no rule allows it to "
            "anybody; write 'files!x' to ask 'files' alone",
        )
        found = self.decided(Allow("files!y", outside=True))
        self.assertEqual(found.reason, "no rule allows it to anybody")

    def test_a_policy_that_only_reports(self) -> None:
        found = self.decided(Deny("x"), reports_only=True)
        self.assertEqual((found.outcome, found.is_given), ("would be denied", True))

    def test_no_provider_can_have_it(self) -> None:
        policies = FixedPolicy(Policy([Allow("*", outside=True)]))
        found = decide(Configuration(policies=policies), [], BUILD)
        self.assertEqual((found.outcome, found.is_given), ("denied", False))
