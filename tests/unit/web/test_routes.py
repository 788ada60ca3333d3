from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import bearer_tokens
from buildbot_keychain.web import ROUTES, SCOPES, Action, Kind, Role, may
from buildbot_keychain.web._routes import ALLOWED, find


class RouteTests(SynchronousTestCase):
    def test_every_action_is_in_the_table(self) -> None:
        self.assertEqual(set(ALLOWED), set(Action))

    def test_tokens_are_for_what_there_is(self) -> None:
        self.assertEqual(set(SCOPES.values()), set(bearer_tokens.SCOPES))
        for route in ROUTES:
            if route.kind is Kind.JSON:
                self.assertIn(route.action, SCOPES)

    def test_only_approvers_decide(self) -> None:
        self.assertEqual({role for role in Role if may({role}, Action.DECIDE)}, {Role.APPROVER})

    def test_nobody_without_a_role_may_do_anything(self) -> None:
        self.assertFalse(any(may((), action) for action in Action))

    def test_whoever_is_not_logged_in_forces_builds_and_nothing_else(self) -> None:
        allowed = {action for action in Action if may({Role.ANYBODY}, action)}
        self.assertEqual(allowed, {Action.FORCE})

    def test_only_files_have_no_action(self) -> None:
        without = {route.kind for route in ROUTES if route.action is None}
        self.assertEqual(without, {Kind.PUBLIC})

    def test_nothing_is_changed_by_a_get(self) -> None:
        for route in ROUTES:
            changing = {Action.DECIDE, Action.MAINTAIN, Action.CHANGE, Action.INSPECT}
            if route.action is not Action.FORCE:
                self.assertEqual(route.method == "GET", route.action not in changing, route)

    def test_a_star_is_one_part_of_letters_and_digits(self) -> None:
        found = find(["api", "v1", "approvals", "7", "approve"])
        self.assertEqual([route.view for route in found.values()], ["approvals.approve"])
        for parts in ([""], ["7", "8"], ["\x00"], ["7 "], ["\u0667"], ["\ufffd"]):
            self.assertEqual(find(["api", "v1", "approvals", *parts, "approve"]), {}, parts)

    def test_other_spellings_of_a_path_do_not_exist(self) -> None:
        for path in (["Approvals"], ["approvals", ""], [".", "approvals"], ["..", "approvals"]):
            self.assertEqual(find(path), {}, path)
