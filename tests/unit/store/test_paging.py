"""Tests of `buildbot_keychain.store.paging`."""

from __future__ import annotations

from buildbot_keychain.store import paging
from buildbot_keychain.store.paging import every_secret
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW


class EverySecretTests(StoreTestCase):
    def test_all_pages_in_the_order_of_their_names(self) -> None:
        self.patch(paging, "PAGE", 2)
        self.assertEqual(list(every_secret(self.store)), [])
        for name in "caebd":
            self.store.set(name, "x", now=NOW)
        self.store.delete("b", now=NOW)
        found = [(one.name, bool(one.deleted)) for one in every_secret(self.store)]
        self.assertEqual(found, [(name, name == "b") for name in "abcde"])
