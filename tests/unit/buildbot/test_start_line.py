from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._start_line import start_line
from buildbot_keychain.versions import engine


class SecretInSomething:
    def __init__(self, name: str, **attributes: Any) -> None:
        self.name = name
        vars(self).update(attributes)


class StartLineTests(SynchronousTestCase):
    def test_providers_and_their_state(self) -> None:
        providers = [SecretInSomething("a", configured=True), SecretInSomething("b")]
        line = start_line([*providers, SecretInSomething("c", configured=False)], ())
        self.assertIn(
            "providers: 'a' (SecretInSomething, ready), 'b' (SecretInSomething, ready), "
            "'c' (SecretInSomething, not set up);",
            line,
        )
        self.assertIn(f"engine: {engine()}; policy: none", line)

    def test_no_provider(self) -> None:
        self.assertIn("providers: none;", start_line([], ()))

    def test_what_is_not_protected(self) -> None:
        line = start_line([], ["worker-log"])
        self.assertIn("logs, except what the patch worker-log would protect;", line)
