from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import StoreUnavailable
from buildbot_keychain.providers.store import _changes
from buildbot_keychain.providers.store._changes import Changes
from tests.support.descriptors import with_high_descriptor
from tests.support.postgresql import PostgreSQLTestCase
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW


class TellingTests(SynchronousTestCase):
    """Without a database."""

    def setUp(self) -> None:
        self.changes = Changes("test", nullcontext, lambda _: None)
        self.addCleanup(self.changes._wake.close)
        self.addCleanup(self.changes.stop)

    def test_what_is_told_while_somebody_asks_is_not_lost(self) -> None:
        class Told(threading.Event):
            def is_set(self) -> bool:
                found = super().is_set()
                self.set()
                return found

        self.changes._connected.set()
        self.changes._told = Told()
        self.assertEqual([self.changes.take() for _ in range(3)], [False, True, False])

    def test_many_descriptors(self) -> None:
        self.changes._wake = with_high_descriptor(self, self.changes._wake)
        self.assertFalse(self.changes._is_stopped(0))
        self.changes.stop()
        self.assertTrue(self.changes._is_stopped(0))


class ChangesTests(PostgreSQLTestCase, StoreTestCase):
    """With a real PostgreSQL."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(_changes, "_PAUSE", 0.01)
        self.errors: list[Exception] = []
        self.listening: list[Any] = []
        self.connected = threading.Semaphore(0)
        self.is_broken = False
        self.changes = Changes("test", self.listen, self.errors.append)
        self.addCleanup(self.end)

    def end(self) -> None:
        self.changes.stop()
        self.changes._thread.join(60)
        self.assertFalse(self.changes._thread.is_alive())

    @contextmanager
    def listen(self) -> Iterator[Any]:
        if self.is_broken:
            raise StoreUnavailable("it is down")
        with self.database().listening() as connection:
            self.listening.append(connection)
            self.connected.release()
            yield connection

    def begin(self) -> None:
        self.changes.start()
        self.assertTrue(self.connected.acquire(timeout=60))
        self.assertTrue(self.changes._told.wait(60))
        self.assertTrue(self.changes.take(), "what changed before, nobody told")

    def test_a_change_by_another_is_told(self) -> None:
        self.begin()
        self.assertFalse(self.changes.take())
        self.store.set("a", "one", now=NOW)
        self.assertTrue(self.changes._told.wait(60))
        self.assertTrue(self.changes.take())
        self.assertFalse(self.changes.take())
        self.assertEqual(self.errors, [])

    def test_while_nobody_tells_it_may_have_changed(self) -> None:
        self.assertTrue(self.changes.take())
        self.begin()
        self.is_broken = True
        self.server.end_session(self.listening[0].get_backend_pid())
        while not any("it is down" in str(error) for error in self.errors):
            self.changes._told.wait(0.01)
        self.assertTrue(self.changes.take())
        self.assertTrue(self.changes.take())
        self.is_broken = False
        self.assertTrue(self.connected.acquire(timeout=60))
        self.assertTrue(self.changes._told.wait(60))
