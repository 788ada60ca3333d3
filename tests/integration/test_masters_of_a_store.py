"""Two real masters share a store in PostgreSQL, each with a copy of its keys."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from buildbot_keychain.errors import KeychainError, StoreConflict, StoreUnavailable
from buildbot_keychain.plugins import secrets
from tests.integration.test_encrypted_store import EncryptedStoreTestCase
from tests.support.postgresql import PostgreSQLTestCase
from tests.support.real_master import RealMaster

SECRETS = 12


class TwoMastersTests(PostgreSQLTestCase, EncryptedStoreTestCase):
    protocol = "null"

    async def start(self, ring: Path, basedir: Path) -> RealMaster:
        provider: Any = secrets.SecretInStore(self.url, ring, unlock=self.unlock)
        return await self.start_master(self.config(provider), basedir=basedir)

    def copied_ring(self) -> Path:
        copied = self.directory() / "ring"
        shutil.copy(self.key_file, copied)
        return copied

    async def assert_found(self, value: str, *masters: RealMaster) -> None:
        found = [await self.value(master, "secret 3") for master in masters]
        self.assertEqual(found, [value] * len(masters))

    def lacking(self) -> list[bool]:
        """Return of each master that has announced its keys whether it lacks one."""
        return [bool(one.lacks) for one in self.store.rotation.masters()]

    async def test_a_rotation_with_one_that_is_late_down_and_back(self) -> None:
        self.make_store(self.make_url())
        for number in range(SECRETS):
            self.put(f"secret {number}", "value-0")
        ring, directories = self.copied_ring(), [self.directory(), self.directory()]
        first = await self.start(self.key_file, directories[0])
        second = await self.start(ring, directories[1])
        await self.assert_found("value-0", first, second)
        self.put("secret 3", "value-1")
        await self.assert_found("value-1", first, second)
        await self.wait_for(lambda: self.lacking() == [False, False])

        rotation, now = self.store.rotation, int(time.time())
        await self.wait_for(lambda: int(time.time()) > now)
        kid = rotation.start(int(time.time()))
        await self.wait_for(lambda: sorted(self.lacking()) == [False, True])
        (late,) = (one for one in rotation.masters() if one.lacks)
        with self.assertRaises(StoreConflict) as refused:
            rotation.promote(kid, now=now, alive_since=now - 3600)
        self.assertIn(f"not in the ring of {late.name!r};", str(refused.exception))
        await self.assert_found("value-1", first, second)

        await second.stop()
        rotation.promote(kid, now=int(time.time()), alive_since=late.seen + 1)
        await self.assert_found("value-1", first)
        self.sealed_again_while_the_server_restarts()
        rotation.finish()
        self.assertEqual([key.use for key in rotation.known_keys()], ["retired", "primary"])
        await self.assert_found("value-1", first)

        second = await self.start(ring, directories[1])
        with self.assertRaises(KeychainError) as old:
            await self.value(second, "secret 3")
        self.assertIn("copy it from a master that has the key", str(old.exception))
        shutil.copy(self.key_file, ring)
        self.put("secret 3", "value-2")
        await self.assert_found("value-2", second, first)
        self.assertEqual(self.store.verify().problems, ())

    def sealed_again_while_the_server_restarts(self) -> None:
        """Fail over in the middle, and go on."""
        restarted: list[int] = []

        def restart(done: int) -> None:
            if not restarted:
                restarted.append(done)
                self.server.restart()

        rotation = self.store.rotation
        for _ in range(10):
            try:
                rotation.rewrap(int(time.time()), restart, batch=2)
            except StoreUnavailable:
                continue
            break
        self.assertEqual(restarted, [2])
