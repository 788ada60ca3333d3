"""Tests of `buildbot_keychain.store.opening`."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from buildbot_keychain.errors import ConfigurationError, KeyRingError, StoreRolledBack
from buildbot_keychain.store.opening import OpenStore
from tests.support.store_case import ChangedStoreTestCase, StoreTestCase
from tests.support.store_keys import NOW


class OpenedTestCase(StoreTestCase):
    def opened(self, **options: Any) -> OpenStore:
        seen = self.base / "opened.seen"
        opened = OpenStore(self.url, self.ring_file.path, actor="a person", seen=seen, **options)
        self.addCleanup(opened.close)
        return opened


class OpenStoreTests(OpenedTestCase):
    def test_changes_are_of_the_actor_and_seen_by_others(self) -> None:
        with closing(self.opened()) as opened:
            opened.secrets.set("a", "one", now=NOW)
        self.assertEqual(self.value("a"), "one")
        self.assertEqual([entry.actor for entry in self.store.history("a")], ["a person"])

    def test_rotation_rekeying_and_verification_are_of_the_same_store(self) -> None:
        self.store.set("a", "one", now=NOW)
        with closing(self.opened()) as opened:
            self.assertEqual(opened.rotation.rotate(now=NOW, alive_since=NOW).done, 1)
            self.assertEqual(opened.rekeying.rekey_all(since=NOW + 1, now=NOW + 1).done, 1)
            report = opened.verify()
        self.assertEqual((report.secrets, report.problems), (1, ()))
        self.assertEqual(self.value("a"), "one")

    def test_without_its_keys_nothing_is_opened_or_made(self) -> None:
        self.ring_file.path.unlink()
        self.assertRaises(KeyRingError, self.opened)
        self.assertFalse(self.ring_file.path.exists())

    def test_a_url_that_is_not_valid_is_said_to_be(self) -> None:
        self.assertRaises(ConfigurationError, OpenStore, "nothing", "ring", actor="a")


class PutBackTests(OpenedTestCase, ChangedStoreTestCase):
    def test_a_database_put_back_is_refused_unless_that_is_meant(self) -> None:
        old = self.copy()
        with closing(self.opened()) as opened:
            opened.secrets.set("a", "two", now=NOW)
        self.put_back(old)
        self.assertRaises(StoreRolledBack, self.opened)
        self.opened(accept_rollback=True)
        self.opened()
