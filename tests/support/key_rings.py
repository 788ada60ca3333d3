"""A key ring in a file, as a master's `SecretManager` takes one."""

from __future__ import annotations

from pathlib import Path

from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from tests.support.store_keys import NOW


def make_key_file(directory: Path) -> Path:
    """Create a ring in a directory of mode 0700, and return its file."""
    ring_file = RingFile(directory / "ring")
    ring_file.create(KeyRing.create(NOW))
    return ring_file.path
