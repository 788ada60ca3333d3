"""`MasterKeys`: the keys of one master, which open when its database is there.

Contract: **nothing makes a key because one is missing.** The secret that they are derived from is
made once, where the database has none and nothing that was sealed with one. A ring that is missing,
or of another store, and a row that was changed or removed are errors, which keep the master from
starting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.defer import DeferredLock
from twisted.logger import Logger

from buildbot_keychain.buildbot.state import DatabaseProblemError, RootSecretTable
from buildbot_keychain.errors import (
    ConfigurationError,
    KeychainError,
    StoreTampered,
)
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.derived_keys import (
    DerivedKeys,
    new_root_secret,
    open_root_secret,
    seal_root_secret,
)
from buildbot_keychain.store.envelope import key_id_of
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.unlocking import Unlock, unwrappers_of
from buildbot_keychain.workpool import run_once

_DEADLINE = 60.0
"""Seconds that a ring may take to be read and opened."""

_log = Logger()


@dataclass(frozen=True)
class KeyFile:
    """The file of a ring, and what opens it."""

    path: str | Path
    unlock: Sequence[Unlock] = ()

    def read(self) -> KeyRing:
        """Return the ring. Blocks.

        :raise StoreError: when it is missing, damaged, open to others, or does not open.
        """
        return RingFile(self.path, unwrappers_of(self.unlock)).read()

    def check(self) -> None:
        """Check the file, and open it where nothing must unlock it. Blocks.

        What unlocks it is there when the master runs: a credential, a server.

        :raise StoreError: when it is missing, damaged, open to others, or does not open.
        """
        if self.unlock:
            RingFile(self.path).wraps()
        else:
            self.read()


@secretive
@dataclass(frozen=True, repr=False)
class SealingKeys:
    """The keys, and the 16 bytes that name the store that they belong to."""

    store_id: bytes
    keys: DerivedKeys


class MasterKeys:
    """The keys of one master.

    :param master: Buildbot's ``BuildMaster``.
    """

    def __init__(self, master: Any) -> None:
        self._master = master
        self._table = RootSecretTable(master)
        self._lock = DeferredLock()
        self._manager: object = None
        self._ring: KeyRing | None = None
        self._opened: SealingKeys | None = None

    @property
    def configured(self) -> bool:
        """Whether the master has a key file."""
        return self._ring is not None

    async def use(self, manager: object, key_file: KeyFile | None) -> None:
        """Take on the key file that a `SecretManager` has, and open the keys if that can be done.

        :raise StoreError: when they do not open; what was in use stays in use.
        """
        if key_file is None:
            if self._manager is manager:
                self._manager = self._ring = self._opened = None
            return
        ring = await run_once(self._master.reactor, _DEADLINE, "keychain-keys", key_file.read)
        async with self._lock:
            # At a start, secrets are set up before the database.
            if self._master.running:
                self._opened = await self._open(ring)
            self._manager, self._ring = manager, ring

    async def get(self) -> SealingKeys:
        """Return the keys.

        :raise ConfigurationError: when the configuration has no key file.
        :raise StoreError: when they do not open.
        """
        async with self._lock:
            if self._ring is None:
                raise ConfigurationError(
                    "nothing can be sealed without keys: write SecretManager(key_file=...) in "
                    'c["secretsProviders"], with a file that buildbot-keychain init has made'
                )
            if self._opened is None:
                self._opened = await self._open(self._ring)
            return self._opened

    async def _open(self, ring: KeyRing) -> SealingKeys:
        try:
            return SealingKeys(ring.store_id, DerivedKeys.of(await self._root_secret(ring)))
        except DatabaseProblemError as error:
            raise error.of_table("keychain_root_secret") from None
        except KeychainError as error:
            msg = f"the keys of this master, in keychain_root_secret of its database: {error}"
            raise type(error)(msg) from None

    async def _root_secret(self, ring: KeyRing) -> bytes:
        # Newer keys may not be on every host yet: which of them seals is the store's affair.
        oldest = ring.oldest()
        box = await self._table.read()
        if box is None:
            made = seal_root_secret(oldest.key, ring.store_id, new_root_secret())
            box = await self._table.create(made)
        if box is None:
            raise StoreTampered(
                "the row has gone, and other tables hold what was sealed with them; restore it "
                "from a backup of the database. No new keys are made in its place"
            )
        root_secret = open_root_secret(ring.key(key_id_of(box)), ring.store_id, box)
        if ring.is_retired(key_id_of(box)):
            await self._table.replace(box, seal_root_secret(oldest.key, ring.store_id, root_secret))
            _log.info("the keys of this master are sealed with {kid} now", kid=oldest.id.hex())
        return root_secret
