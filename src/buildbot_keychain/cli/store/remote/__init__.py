"""A store that a running master has open, through the socket on which it listens.

Each operation is a connection of its own, so nothing is left open while a person thinks. Blocks.

`_store`       `RemoteStore`: asks for an operation, and reads what comes back
`_parts`       its secrets, its rotation and its rekeying
`_connection`  whose socket is trusted
"""

from __future__ import annotations

from buildbot_keychain.cli.store.remote._connection import listens
from buildbot_keychain.cli.store.remote._parts import Rekeying, Rotation, Secrets
from buildbot_keychain.cli.store.remote._store import RemoteMaster, RemoteStore

__all__ = ["Rekeying", "RemoteMaster", "RemoteStore", "Rotation", "Secrets", "listens"]
