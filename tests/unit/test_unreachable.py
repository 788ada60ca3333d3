from __future__ import annotations

import socket

from twisted.internet.error import ConnectionLost, DNSLookupError, ProcessDone, ProcessTerminated
from twisted.internet.error import TimeoutError as ConnectTimeout
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseFailed

from buildbot_keychain.errors import AccessDenied
from buildbot_keychain.unreachable import unreachable


class _Refused(AccessDenied, ConnectionError):
    pass


class UnreachableTests(SynchronousTestCase):
    def test_errors_of_a_network(self) -> None:
        for error in (
            ConnectionRefusedError("canary"),
            TimeoutError("canary"),
            socket.gaierror("canary"),
            ConnectTimeout("canary"),
            DNSLookupError("canary"),
            ResponseFailed([Failure(ConnectionLost("canary"))]),
        ):
            found = unreachable(Failure(error), "inhouse", "x")
            assert found is not None
            self.assertTrue(found.retryable)
            self.assertIn("it cannot be reached", str(found))
            self.assertNotIn("canary", str(found))

    def test_other_errors(self) -> None:
        for error in (
            ValueError("canary"),
            FileNotFoundError("canary"),
            ProcessTerminated(2),
            ProcessDone(0),
            ResponseFailed([Failure(ValueError("canary"))]),
        ):
            self.assertIsNone(unreachable(Failure(error), "inhouse", "x"))

    def test_a_denial_stays_one(self) -> None:
        error = _Refused("inhouse", "x", "canary")
        self.assertIsNone(unreachable(Failure(error), "inhouse", "x"))
