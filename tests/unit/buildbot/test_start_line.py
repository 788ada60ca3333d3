from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._start_line import about_row, start_line
from buildbot_keychain.configuration import Configuration
from buildbot_keychain.policies import FixedPolicy
from buildbot_keychain.policy import Policy
from buildbot_keychain.versions import engine


class SecretInSomething:
    def __init__(self, name: str, **attributes: Any) -> None:
        self.name = name
        vars(self).update(attributes)


class StartLineTests(SynchronousTestCase):
    def test_providers_and_their_state(self) -> None:
        providers = [SecretInSomething("a", configured=True), SecretInSomething("b")]
        given = (*providers, SecretInSomething("c", configured=False))
        line = start_line(Configuration(given), ())
        self.assertIn(
            "providers: 'a' (SecretInSomething, ready), 'b' (SecretInSomething, ready), "
            "'c' (SecretInSomething, not set up);",
            line,
        )
        self.assertIn(f"engine: {engine()}; policy: none", line)

    def test_the_policy(self) -> None:
        policies = FixedPolicy(Policy([]))
        for reports_only, says in ((False, "enforced"), (True, "only reported, so every build")):
            configuration = Configuration(policies=policies, reports_only=reports_only)
            self.assertIn(f"; policy: {says}", start_line(configuration, ()))

    def test_no_provider(self) -> None:
        self.assertIn("providers: none;", start_line(Configuration(), ()))

    def test_what_is_not_protected(self) -> None:
        line = start_line(Configuration(), ["worker-log"])
        self.assertIn("logs, except what the patch worker-log would protect;", line)


class AboutRowTests(SynchronousTestCase):
    def test_who_waits(self) -> None:
        waiting = [f"worker w{number} waits for `<p>`" for number in range(12)]
        _, text = about_row(waiting)
        self.assertIn("; worker w9 waits for `?p>`; and 2 more", text)
        self.assertNotIn("w10", text)
        self.assertNotIn(";", about_row()[1])
