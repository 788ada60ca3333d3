from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import bearer_tokens
from buildbot_keychain.web import SCOPES, Action, Role, may
from buildbot_keychain.web._permissions import ALLOWED


class PermissionTests(SynchronousTestCase):
    def test_every_action_is_in_the_table(self) -> None:
        self.assertEqual(set(ALLOWED), set(Action))

    def test_tokens_are_for_what_there_is(self) -> None:
        self.assertEqual(set(SCOPES.values()), set(bearer_tokens.SCOPES))

    def test_only_approvers_decide(self) -> None:
        self.assertEqual({role for role in Role if may({role}, Action.DECIDE)}, {Role.APPROVER})

    def test_nobody_without_a_role_may_do_anything(self) -> None:
        self.assertFalse(any(may((), action) for action in Action))

    def test_whoever_is_not_logged_in_forces_builds_and_nothing_else(self) -> None:
        allowed = {action for action in Action if may({Role.ANYBODY}, action)}
        self.assertEqual(allowed, {Action.FORCE})
