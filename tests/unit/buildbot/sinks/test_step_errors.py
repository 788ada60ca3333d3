from __future__ import annotations

from twisted.internet.defer import FirstError
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sinks._step_errors import secret_error
from buildbot_keychain.errors import SecretNotFound


class SecretErrorTests(SynchronousTestCase):
    def test_it_is_found_in_nested_renderings(self) -> None:
        missing = SecretNotFound("nope", ("files",))
        inner = Failure(FirstError(Failure(missing), 0))
        self.assertIs(secret_error(Failure(FirstError(inner, 0))), missing)

    def test_other_failures_are_none_of_it(self) -> None:
        self.assertIsNone(secret_error(Failure(ValueError("not about secrets"))))
