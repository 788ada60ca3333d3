"""Which store is meant, and what is answered to errors."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import (
    AuditUnavailable,
    InvalidName,
    KeychainError,
    NotInStore,
    StoreConflict,
    StoreError,
    StoreTampered,
    StoreUnavailable,
)
from buildbot_keychain.web import Refused
from buildbot_keychain.web._stored import done, place_of
from tests.support.page_stores import StoresOnDisk


class PlaceTests(SynchronousTestCase):
    def test_one_store_need_not_be_named(self) -> None:
        stores = StoresOnDisk()
        self.assertEqual(place_of(stores, "store!a/b"), ("store", "a/b"))
        self.assertEqual(place_of(stores, "a/b"), ("store", "a/b"))

    def test_of_several_one_must_be(self) -> None:
        stores = StoresOnDisk()
        stores.names = ("one", "two")
        self.assertEqual(place_of(stores, "two!a!b"), ("two", "a!b"))
        for name in ("a", "store!a", "", "!a"):
            refused: Any = self.assertRaises(Refused, place_of, stores, name)
            self.assertEqual(refused.status, 400)
            self.assertIn("one, two", refused.sentence)


class ErrorTests(SynchronousTestCase):
    def test_each_has_its_status_and_its_sentence(self) -> None:
        errors: list[tuple[KeychainError, int]] = [
            (StoreConflict("somebody else has changed it"), 409),
            (NotInStore("it is not in the store"), 404),
            (InvalidName("a name must be printable"), 400),
            (StoreUnavailable("it does not answer"), 503),
            (AuditUnavailable("a", "no sink accepts it"), 503),
            (StoreTampered("rows were changed"), 422),
            (StoreError("the value is empty"), 422),
        ]
        for error, status in errors:
            asked = Deferred.fromCoroutine(done(fail(error)))
            refused: Any = self.failureResultOf(asked, Refused).value
            self.assertEqual(refused.status, status)
            self.assertTrue(refused.sentence.endswith("."))
            self.assertIn(str(error)[1:], refused.sentence)
