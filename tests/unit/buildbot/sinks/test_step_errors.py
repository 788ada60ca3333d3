from __future__ import annotations

from twisted.internet.defer import FirstError
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sinks._step_errors import secret_failure
from buildbot_keychain.errors import SecretNotFound


class SecretFailureTests(SynchronousTestCase):
    def test_its_traceback_is_one_sentence(self) -> None:
        missing = SecretNotFound("nope", ("files",))
        failure = secret_failure(Failure(FirstError(Failure(missing), 0)))
        assert failure is not None
        self.assertEqual(failure.getTraceback(), f"{missing}\n")
        self.assertEqual(failure.getTraceback(detail="verbose"), f"{missing}\n")
        self.assertIs(failure.value, missing)

    def test_other_failures_are_none_of_it(self) -> None:
        self.assertIsNone(secret_failure(Failure(ValueError("not about secrets"))))
