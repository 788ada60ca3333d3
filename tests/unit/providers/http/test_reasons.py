from __future__ import annotations

import errno
from typing import Any

from OpenSSL import SSL
from twisted.internet import defer, error
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseFailed, ResponseNeverReceived

from buildbot_keychain.providers.http import Interrupted, NotSent, ResponseTooLarge
from buildbot_keychain.providers.http._names import NameResolver
from buildbot_keychain.providers.http._reasons import (
    NO_CONNECTION,
    NOT_WHOLE,
    no_response,
    not_connected,
    not_secured,
)

VALUE = "correct-horse-battery"


class NotConnectedTests(SynchronousTestCase):
    def setUp(self) -> None:
        pool: Any = None
        self.resolver = NameResolver(pool, 1.0)

    def test_each_problem_has_its_reason(self) -> None:
        for problem, reason in (
            (error.ConnectionRefusedError(), "refused the connection"),
            (error.NoRouteError(osError=errno.EHOSTUNREACH), "(No route to host)"),
            (
                error.DNSLookupError(VALUE),
                "has a host name that cannot be resolved (it has no address)",
            ),
            (error.TCPTimedOutError(), NO_CONNECTION),
            (error.TimeoutError(), NO_CONNECTION),
            (defer.TimeoutError(), NO_CONNECTION),
            (ValueError(VALUE), "has a host name that is not valid"),
            (ZeroDivisionError(VALUE), "cannot be reached (ZeroDivisionError)"),
        ):
            found = not_connected(problem, self.resolver)
            self.assertIs(type(found), NotSent)
            self.assertIn(reason, found.reason)
            self.assertNotIn(VALUE, str(found))
            self.assertEqual(found.timed_out, reason == NO_CONNECTION)

    def test_a_name_whose_lookup_took_too_long(self) -> None:
        self.resolver.timed_out = True
        self.assertTrue(not_connected(error.DNSLookupError(), self.resolver).timed_out)


class NotSecuredTests(SynchronousTestCase):
    def test_openssl_says_why(self) -> None:
        problem = SSL.Error([("SSL routines", "", "wrong version number")])
        self.assertEqual(
            not_secured(Failure(problem)).reason,
            "did not complete the TLS handshake (wrong version number); does it speak https there?",
        )

    def test_or_the_connection_was_closed(self) -> None:
        for failure in (None, Failure(error.ConnectionLost())):
            found = not_secured(failure)
            self.assertEqual(found.reason, "closed the connection during the TLS handshake")


class NoResponseTests(SynchronousTestCase):
    def test_what_is_behind_an_error_is_the_reason(self) -> None:
        alert = SSL.Error([("SSL routines", "", "tlsv13 alert certificate required")])
        large = ResponseTooLarge("sent too much")
        for problem, reason in (
            (alert, "closed the connection (tlsv13 alert certificate required)"),
            (SSL.Error([]), "closed the connection (Error)"),
            (SSL.SysCallError(-1, "Unexpected EOF"), "closed the connection (SysCallError)"),
            (error.ConnectionDone(), NOT_WHOLE),
            (error.ConnectionLost(), NOT_WHOLE),
            (large, "sent too much"),
            (error.ConnectionAborted(), "sent a response that is not valid HTTP"),
            (ValueError(VALUE), "sent a response that is not valid HTTP"),
        ):
            for kind in (ResponseFailed, ResponseNeverReceived):
                found = no_response(kind([Failure(problem), Failure(KeyError(VALUE))]))
                self.assertIsInstance(found, Interrupted)
                self.assertIn(reason, found.reason)
                self.assertNotIn(VALUE, str(found))
