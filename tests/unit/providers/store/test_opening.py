from __future__ import annotations

import shutil
import threading
from typing import Any

from buildbot_keychain.errors import (
    KeyRingError,
    StoreRolledBack,
    StoreTampered,
    StoreUnavailable,
)
from buildbot_keychain.providers.store._opening import Opening
from buildbot_keychain.store.opening import OpenStore
from tests.support.store_case import ChangedStoreTestCase


class OpeningTests(ChangedStoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.urls: list[str] = []
        self.opening = Opening(self.make)
        self.addCleanup(self.opening.close)

    def make(self, url: str) -> OpenStore:
        self.urls.append(url)
        return OpenStore(self.url, self.ring_file.path, actor="a", seen=self.base / "x.seen")

    def look_up(self, name: str = "a", url: str = "url") -> Any:
        found = self.opening.use(url, lambda store: store.secrets.get(name))
        return None if found is None else found.text

    def test_it_is_opened_once_and_again_for_another_url(self) -> None:
        for url in ("url", "url", "with another password"):
            self.assertEqual(self.look_up(url=url), "one")
        self.assertEqual(self.urls, ["url", "with another password"])

    def test_what_fails_is_tried_again(self) -> None:
        moved = self.ring_file.path.rename(self.base / "moved")
        self.assertRaises(KeyRingError, self.look_up)
        self.assertRaises(KeyRingError, self.look_up)
        moved.rename(self.ring_file.path)
        self.assertEqual(self.look_up(), "one")
        self.assertEqual(len(self.urls), 3)

    def test_those_who_wait_share_the_error(self) -> None:
        waiting, errors = threading.Event(), []

        def make(url: str) -> OpenStore:
            self.urls.append(url)
            waiting.wait(60)
            raise StoreUnavailable("it does not answer")

        opening = Opening(make)

        def use() -> None:
            try:
                opening.use("url", lambda store: store)
            except StoreUnavailable as error:
                errors.append(str(error))

        threads = [threading.Thread(target=use) for _ in range(3)]
        lock, arrived = opening._lock, threading.Semaphore(0)

        class Lock:
            def __enter__(self) -> None:
                arrived.release()
                lock.acquire()

            def __exit__(self, *_: object) -> None:
                lock.release()

        opening._lock = Lock()  # type: ignore[assignment]
        for thread in threads:
            thread.start()
        for _ in threads:
            arrived.acquire()
        waiting.set()
        for thread in threads:
            thread.join(60)
        self.assertEqual(errors, ["it does not answer"] * 3)
        self.assertEqual(len(self.urls), 1)

    def test_a_file_in_the_place_of_the_one_in_use_is_read(self) -> None:
        self.assertEqual(self.look_up(), "one")
        copied = self.path.with_name("copy")
        shutil.copyfile(self.path, copied)
        copied.chmod(0o600)
        copied.replace(self.path)
        self.open("other").set("a", "two", now=1)
        self.assertEqual(self.look_up(), "two")

    def test_a_secret_that_was_changed_does_not_cost_the_others(self) -> None:
        self.execute("UPDATE keychain_store_versions SET metadata_digest = ? ", b"x" * 32)
        self.assertRaises(StoreTampered, self.look_up)
        self.assertRaises(StoreTampered, self.look_up)
        self.assertEqual(len(self.urls), 1)

    def test_a_store_that_was_put_back_is_served_when_that_is_accepted(self) -> None:
        old = self.copy()
        self.store.set("a", "two", now=1)
        self.assertEqual(self.look_up(), "two")
        self.put_back(old)
        self.assertRaises(StoreRolledBack, self.look_up)
        self.assertRaises(StoreRolledBack, self.look_up)
        (self.base / "x.seen").unlink()
        self.assertEqual(self.look_up(), "one")

    def test_without_a_file_of_what_was_seen_it_is_remembered(self) -> None:
        opening = Opening(lambda _: OpenStore(self.url, self.ring_file.path, actor="a"))
        self.addCleanup(opening.close)
        old = self.copy()
        self.store.set("a", "two", now=1)
        opening.use("url", lambda store: store.secrets.get("a"))
        self.put_back(old)
        for url in ("url", "url", "another"):
            with self.assertRaises(StoreRolledBack):
                opening.use(url, lambda store: store.secrets.get("a"))

    def test_what_was_closed_stays_closed(self) -> None:
        self.assertEqual(self.look_up(), "one")
        self.opening.close()
        error = self.assertRaises(StoreUnavailable, self.look_up)
        self.assertIn("was stopped", str(error))
