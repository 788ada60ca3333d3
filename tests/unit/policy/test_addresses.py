from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester
from buildbot_keychain.policy import Allow, Policy, Question, explain
from buildbot_keychain.policy._addresses import without_password


class AddressTests(SynchronousTestCase):
    def test_a_password_is_not_shown(self) -> None:
        for address, shown in (
            ("https://bot:password@*.example.org/*", "https://...@*.example.org/*"),
            ("ssh://git@example.org/app", "ssh://git@example.org/app"),
            ("https://example.org/app", "https://example.org/app"),
        ):
            self.assertEqual(without_password(address), shown)

    def test_it_is_shown_by_no_rule(self) -> None:
        rule = Allow("x", repositories=["https://bot:password@example.org/app"], location="a:1")
        self.assertNotIn("password", repr(rule))
        question = Question("files", "x", Requester("build", builder="b"))
        self.assertNotIn("password", explain(Policy([rule]), question).summary())
