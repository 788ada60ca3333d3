"""Who may know what of a secret."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.approvals import Person
from buildbot_keychain.policy import Allow, Approval, Deny, Policy, Rule
from buildbot_keychain.web import Role
from buildbot_keychain.web._sight import Sight, sight_of

VERA = Person("vera", frozenset({"viewers"}))


class SightTests(SynchronousTestCase):
    def sight(self, role: Role | None, *rules: Rule, path: str = "team/app") -> Sight:
        roles = set() if role is None else {role}
        return sight_of(roles, VERA, Policy(rules))("files", path, True)

    def test_administrators_know_everything_whatever_the_policy_says(self) -> None:
        for rules in ((), (Deny("*"),), (Allow("*", owners=["vera"]),)):
            self.assertEqual(self.sight(Role.ADMIN, *rules), Sight.EVERYTHING)

    def test_approvers_and_others_know_nothing(self) -> None:
        for role in (Role.APPROVER, None):
            self.assertEqual(self.sight(role, Allow("*", owners=["vera"])), Sight.NOTHING)
            roles = set() if role is None else {role}
            self.assertEqual(sight_of(roles, VERA, None)("files", "x", True), Sight.NOTHING)

    def test_viewers_know_of_all_where_there_is_no_policy(self) -> None:
        self.assertEqual(sight_of({Role.VIEWER}, VERA, None)("files", "x", True), Sight.EXISTENCE)

    def test_viewers_know_of_what_the_policy_gives_them(self) -> None:
        allow = Allow("team/*", owners=["vera"])
        approved = Allow("team/*", owners=["vera"], approval=Approval(by=["ops"]))
        for rules, expected in (
            ((), Sight.NOTHING),
            ((Allow("team/*"),), Sight.NOTHING),
            ((Allow("team/*", builders=["vera"]),), Sight.NOTHING),
            ((Allow("team/*", owners=["rolf"]),), Sight.NOTHING),
            ((allow,), Sight.EXISTENCE),
            ((approved,), Sight.EXISTENCE),
            ((allow, Deny("team/app")), Sight.NOTHING),
            ((allow, Deny("team/app", owners=["vera"])), Sight.NOTHING),
            ((allow, Deny("team/app", builders=["x"])), Sight.EXISTENCE),
        ):
            self.assertEqual(self.sight(Role.VIEWER, *rules), expected, rules)
        self.assertEqual(self.sight(Role.VIEWER, allow, path="other"), Sight.NOTHING)

    def test_an_administrator_who_views_is_an_administrator(self) -> None:
        sees = sight_of({Role.ADMIN, Role.VIEWER}, VERA, Policy([Deny("*")]))
        self.assertEqual(sees("files", "x", True), Sight.EVERYTHING)

    def test_a_name_that_is_not_canonical_is_seen_by_rules_that_spell_it(self) -> None:
        for pattern, expected in (("x", Sight.EXISTENCE), ("x*", Sight.NOTHING)):
            policy = Policy([Allow(pattern, owners=["vera"])])
            self.assertEqual(sight_of({Role.VIEWER}, VERA, policy)("files", "x", False), expected)

    def test_looking_at_all_of_them_makes_the_policy_forget_nothing(self) -> None:
        policy = Policy([Allow("*", owners=["vera"])])
        sight_of({Role.VIEWER}, VERA, policy)("files", "x", True)
        self.assertEqual(policy._choices.cache_info().currsize, 0)
