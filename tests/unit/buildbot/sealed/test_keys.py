"""The keys of a master: made once, and never because they are missing."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from buildbot_keychain.buildbot.sealed import KeyFile, MasterKeys, SealingKeys
from buildbot_keychain.buildbot.state import SealedFieldsTable
from buildbot_keychain.errors import (
    ConfigurationError,
    DamagedBox,
    KeyRingError,
    StoreError,
    StoreTampered,
    StoreUnavailable,
)
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.unlocking import PassphraseFrom
from buildbot_keychain.store.wraps import Passphrase
from tests.support.database_pool import DatabasePool
from tests.support.secretive_objects import assert_is_not_sent
from tests.support.store_keys import CHEAP, NOW

TABLE = "keychain_root_secret"


class MasterKeysTests(TestCase):
    """`MasterKeys`."""

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="keychain-test-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.ring_file = RingFile(self.directory / "ring")
        self.ring_file.create(KeyRing.create(NOW))
        self.key_file = KeyFile(self.ring_file.path)
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.master: Any = SimpleNamespace(
            reactor=reactor, running=True, db=SimpleNamespace(pool=self.pool)
        )

    async def keys(self) -> SealingKeys:
        """Return the keys, as after a restart."""
        keys = MasterKeys(self.master)
        await keys.use(self, self.key_file)
        return await keys.get()

    def boxes(self) -> list[bytes]:
        return [bytes(box) for (box,) in self.pool.execute(f"SELECT box FROM {TABLE}")]

    async def problem(self, kind: type[Exception]) -> str:
        return str(await self.assertFailure(Deferred.fromCoroutine(self.keys()), kind))

    async def test_they_are_made_once(self) -> None:
        first = await self.keys()
        boxes = self.boxes()
        self.assertEqual(await self.keys(), first)
        self.assertEqual(self.boxes(), boxes)
        self.assertEqual(first.store_id, self.ring_file.read().store_id)
        assert_is_not_sent(self, first)

    async def test_they_stay_when_the_ring_has_a_newer_key(self) -> None:
        first = await self.keys()
        boxes = self.boxes()
        before = self.ring_file.path.read_bytes()
        self.ring_file.update(lambda ring: ring.with_new_key(NOW))
        self.assertEqual(await self.keys(), first)
        self.assertEqual(self.boxes(), boxes)
        added = self.ring_file.path.read_bytes()
        self.ring_file.path.write_bytes(before)  # of a host that has not been given the newer one
        self.assertEqual(await self.keys(), first)
        self.ring_file.path.write_bytes(added)
        self.ring_file.update(lambda ring: ring.with_retired(ring.keys[0].id))
        self.assertEqual(await self.keys(), first)
        (new,) = self.boxes()
        self.assertNotEqual([new], boxes)
        self.ring_file.update(lambda ring: replace(ring, keys=ring.keys[1:]))
        self.assertEqual(await self.keys(), first)
        self.assertEqual(self.boxes(), [new])

    async def test_they_are_made_with_a_key_that_every_host_has(self) -> None:
        before = self.ring_file.path.read_bytes()
        self.ring_file.update(lambda ring: ring.with_new_key(NOW))
        first = await self.keys()
        self.ring_file.path.write_bytes(before)
        self.assertEqual(await self.keys(), first)

    async def test_a_ring_that_is_missing(self) -> None:
        await self.keys()
        boxes = self.boxes()
        self.ring_file.path.rename(self.directory / "elsewhere")
        self.assertIn("does not exist", await self.problem(KeyRingError))
        self.assertEqual(self.boxes(), boxes)
        self.assertFalse(self.ring_file.path.exists())

    async def test_the_ring_of_another_store(self) -> None:
        await self.keys()
        boxes = self.boxes()
        self.ring_file.path.unlink()
        self.ring_file.create(KeyRing.create(NOW))
        message = await self.problem(KeyRingError)
        self.assertIn("keychain_root_secret", message)
        self.assertIn("lacks the key", message)
        self.assertEqual(self.boxes(), boxes)

    async def test_a_row_that_was_changed(self) -> None:
        await self.keys()
        (box,) = self.boxes()
        changed = box[:-1] + bytes([box[-1] ^ 1])
        self.pool.execute(f"UPDATE {TABLE} SET box = X'{changed.hex()}'")
        await self.problem(DamagedBox)
        self.assertEqual(self.boxes(), [changed])

    async def test_a_row_that_has_gone(self) -> None:
        await self.keys()
        await SealedFieldsTable(self.master).record(("state", "owner", "field"))
        self.pool.execute(f"DELETE FROM {TABLE}")
        self.assertIn("No new keys are made", await self.problem(StoreTampered))
        self.assertEqual(self.boxes(), [])
        self.pool.execute(f"DROP TABLE {TABLE}")
        await self.problem(StoreTampered)

    async def test_before_the_database_is_there(self) -> None:
        self.master.running = False
        keys = MasterKeys(self.master)
        await keys.use(self, self.key_file)
        self.assertEqual(self.pool.uses, 0)
        self.master.running = True
        self.assertEqual(await keys.get(), await self.keys())

    async def test_a_key_file_that_does_not_open_changes_nothing(self) -> None:
        keys = MasterKeys(self.master)
        await keys.use(self, self.key_file)
        opened = await keys.get()
        other = KeyFile(self.directory / "missing")
        await self.assertFailure(Deferred.fromCoroutine(keys.use(self, other)), KeyRingError)
        self.assertEqual(await keys.get(), opened)

    async def test_a_ring_that_is_wrapped(self) -> None:
        """A check of the configuration needs nothing of what opens it."""
        passphrase = self.directory / "passphrase"
        wrapped = KeyFile(self.ring_file.path, [PassphraseFrom(file=passphrase)])
        self.ring_file.update(lambda ring: ring.wrapped_for([Passphrase("words", cost=CHEAP)]))
        wrapped.check()
        self.assertRaises(KeyRingError, self.key_file.check)
        self.assertRaises(KeyRingError, wrapped.read)
        passphrase.touch(mode=0o600)
        passphrase.write_text("words\n")
        self.key_file = wrapped
        self.assertEqual((await self.keys()).store_id, wrapped.read().store_id)

    async def test_without_a_key_file(self) -> None:
        keys = MasterKeys(self.master)
        await self.assertFailure(Deferred.fromCoroutine(keys.get()), ConfigurationError)
        await keys.use(self, self.key_file)
        await keys.use("another manager", None)
        self.assertTrue(keys.configured)
        await keys.use(self, None)
        self.assertFalse(keys.configured)
        await self.assertFailure(Deferred.fromCoroutine(keys.get()), ConfigurationError)

    async def test_a_database_that_does_not_answer(self) -> None:
        self.pool.execute(f"CREATE TABLE {TABLE} (x INTEGER)")
        error = await self.assertFailure(Deferred.fromCoroutine(self.keys()), StoreError)
        self.assertIsInstance(error, StoreUnavailable)
        self.assertIn("keychain_root_secret", str(error))
