from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.plugins import util
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.checks._approvers import missing_approvers
from buildbot_keychain.plugins import secrets
from buildbot_keychain.policy import Policy

POLICY = Policy(
    [
        secrets.Allow("other", builders=["deploy"]),
        secrets.Allow(
            "prod", builders=["deploy"], approval=secrets.Approval(by=["managers", "owners"])
        ),
    ]
)


class Own(util.RolesFromUsername):
    """Of somebody else, who may give any role."""


class ApproversTests(SynchronousTestCase):
    def missing(self, *matchers: Any, policy: Policy | None = POLICY) -> list[str]:
        www = {"authz": util.Authz(roleMatchers=list(matchers))} if matchers else {}
        found = list(missing_approvers(SimpleNamespace(www=www), policy))
        for sentence in found:
            self.assertIn(f"{POLICY.rules[1].location}: Allow('prod', builders=", sentence)
            self.assertIn('no role matcher of c["www"]["authz"] gives that role', sentence)
        return [sentence.partition("approve as ")[2].partition(":")[0] for sentence in found]

    def test_roles_that_nobody_can_have(self) -> None:
        both = ["'managers'", "'owners'"]
        self.assertEqual(self.missing(), both)
        for matcher, missing in (
            (util.RolesFromUsername(roles=["managers", "x"], usernames=["rita"]), both[1:]),
            (util.RolesFromUsername(roles=["managers"], usernames=[]), both),
            (util.RolesFromEmails(managers=["rita@example.org"]), both[1:]),
            (util.RolesFromDomain(owners=["example.org"]), both[:1]),
            # Whoever owns a build request has this role of it, and no other.
            (util.RolesFromOwner(role="owners"), both),
        ):
            self.assertEqual(self.missing(matcher), missing, matcher)
        matchers = (
            util.RolesFromEmails(managers=["rita@example.org"]),
            util.RolesFromDomain(owners=["example.org"]),
        )
        self.assertEqual(self.missing(*matchers), [])

    def test_where_nobody_knows(self) -> None:
        for matcher in (
            util.RolesFromGroups(groupPrefix="ci/"),
            Own(roles=["x"], usernames=["rita"]),
        ):
            self.assertEqual(self.missing(matcher), [])

    def test_where_nothing_is_to_be_approved(self) -> None:
        self.assertEqual(self.missing(policy=None), [])
        self.assertEqual(self.missing(policy=Policy(POLICY.rules[:1])), [])
