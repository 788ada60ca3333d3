from __future__ import annotations

import gzip
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseDone
from twisted.web.http import PotentialDataLoss

from buildbot_keychain.providers.http import Interrupted, ResponseTooLarge
from buildbot_keychain.providers.http._body import BodyCollector, decompressed


class Transport:
    is_closed = False

    def loseConnection(self) -> None:
        self.is_closed = True


class BodyCollectorTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.transport: Any = Transport()
        self.collector = BodyCollector(10)
        self.collector.makeConnection(self.transport)

    def end(self, reason: Exception) -> None:
        self.collector.connectionLost(Failure(reason))

    def test_a_whole_body(self) -> None:
        for part in (b"0123", b"", b"456789"):
            self.collector.dataReceived(part)
        self.end(ResponseDone())
        self.assertEqual(self.successResultOf(self.collector.collected), b"0123456789")

    def test_one_that_is_too_large_closes_the_connection_once(self) -> None:
        self.collector.dataReceived(b"x" * 11)
        self.assertTrue(self.transport.is_closed)
        self.collector.dataReceived(b"x")
        self.end(ResponseDone())
        error = self.failureResultOf(self.collector.collected, ResponseTooLarge)
        self.assertIn("more than 10 bytes", error.getErrorMessage())

    def test_one_without_a_length_ends_with_the_connection(self) -> None:
        self.collector.dataReceived(b"x")
        self.end(PotentialDataLoss())
        self.assertEqual(self.successResultOf(self.collector.collected), b"x")

    def test_but_an_empty_one_may_be_a_connection_that_broke(self) -> None:
        self.end(PotentialDataLoss())
        self.failureResultOf(self.collector.collected, Interrupted)

    def test_any_other_end_is_a_failure(self) -> None:
        self.collector.dataReceived(b"x")
        self.end(ZeroDivisionError())
        self.failureResultOf(self.collector.collected, ZeroDivisionError)

    def test_cancelling_closes_the_connection(self) -> None:
        self.collector.collected.cancel()
        self.failureResultOf(self.collector.collected)
        self.assertTrue(self.transport.is_closed)


class DecompressedTests(SynchronousTestCase):
    @given(st.binary(max_size=200))
    def test_gzip(self, body: bytes) -> None:
        for encoding in ("gzip", "x-gzip", " GZIP "):
            self.assertEqual(decompressed(gzip.compress(body), encoding, 200), body)

    def test_no_encoding(self) -> None:
        for encoding in (None, "", "identity"):
            self.assertEqual(decompressed(b"x", encoding, 200), b"x")
        self.assertEqual(decompressed(b"", "gzip", 200), b"")

    def test_a_small_body_never_becomes_a_large_one(self) -> None:
        bomb = gzip.compress(b" " * 10_000_000)
        self.assertRaises(ResponseTooLarge, decompressed, bomb, "gzip", 1000)

    @given(st.binary(min_size=1, max_size=50))
    def test_nonsense(self, body: bytes) -> None:
        self.assertRaises(Interrupted, decompressed, body, "gzip", 200)

    def test_a_part_and_a_part_too_many(self) -> None:
        whole = gzip.compress(b"x" * 50)
        for body in (whole[:-1], whole[:20], whole + b"x"):
            self.assertRaises(Interrupted, decompressed, body, "gzip", 200)

    def test_an_encoding_that_was_not_asked_for(self) -> None:
        self.assertRaises(Interrupted, decompressed, b"x", "br", 200)
