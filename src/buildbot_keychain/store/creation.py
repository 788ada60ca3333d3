"""`create_store`: makes a store and its keys. Nothing else makes a key for a store. Blocks."""

from __future__ import annotations

from collections.abc import Sequence

from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.private_files import open_private
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.wraps import Wrapper


def create_store(
    database: Database,
    ring_file: RingFile,
    *,
    now: int,
    actor: str,
    wrappers: Sequence[Wrapper] = (),
    use_ring: bool = False,
    beside_database: bool = False,
) -> None:
    """Make a store in a database that has none, with a new key ring: the ring first.

    :param now: seconds since the epoch.
    :param actor: who does it, for the journal.
    :param wrappers: for whom the keys are wrapped; for nobody by default.
    :param use_ring: whether the ring is there already, as after an attempt that was interrupted; it
        must not be the one of another store.
    :param beside_database: whether the ring may stand beside the database.
    :raise KeyRingError: when there is a ring, or none where `use_ring` says so, or it would stand
        beside the database.
    :raise StoreConflict: when there is a store in the database; the ring is as it was.
    :raise StoreError: when one of the two cannot be written.
    """
    if database.path is not None:
        if not beside_database:
            ring_file.require_apart_from(database.path)
        with open_private(database.path.parent):
            pass  # it is closed to others, or nothing is made
    database.require_empty()
    if use_ring:
        ring = ring_file.read()
    else:
        ring = KeyRing.create(now).wrapped_for(wrappers)
        ring_file.create(ring)
    Ledger.create(database, ring, now, actor)
