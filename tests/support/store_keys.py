"""Keys and directories for tests of the encrypted store."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.wraps import Cost

NOW = 1_790_000_000
"""Seconds since the epoch, in 2026."""

CHEAP = Cost(memory=32, iterations=1, lanes=1)
"""For passphrases that nobody has to guess."""


class StoreFilesTestCase(SynchronousTestCase):
    """A directory that is closed to others, and a ring."""

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir(mode=0o700)
        self.ring = KeyRing.create(NOW)
