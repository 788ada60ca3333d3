"""`Upkeep`: what a provider that runs does for its store besides lookups. Blocks.

It announces which keys this process has, and replaces the key that seals when it is old. A rotation
by another waits until a new key is announced, so a file of keys that has changed is noticed soon.
Changes that have waited too long for a second person are removed, with their values.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from buildbot_keychain.providers.files import file_stamp
from buildbot_keychain.store import pending
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.rotating import ALIVE
from buildbot_keychain.store.rotation import require_all
from buildbot_keychain.store.store import HOUR

LOOKED_AT_EVERY = 5.0
"""Seconds between two looks at the file of the keys."""

_ANNOUNCED_EVERY = 300.0
"""Seconds after which the keys are announced if nothing has changed."""

_MOST_USED = 10_000
"""Names of which it is remembered that they were used within the hour."""


class Upkeep:
    """The upkeep of one store.

    :param rotate_after: seconds after which the key that seals is replaced; ``None`` for never.
    :param tell: is called with what was done to the keys.
    :param record: records what was done to a secret: see `IRecordsActions`.
    """

    def __init__(
        self,
        rotate_after: int | None,
        tell: Callable[[str], object],
        record: Callable[[str, str, str, str], object],
    ) -> None:
        self._rotate_after = rotate_after
        self._tell = tell
        self._record = record
        self._stamp: object = None
        self._due = 0.0
        self._used: dict[str, int] = {}

    def is_due(self, keys: Path) -> bool:
        """Return whether to `keep_up`, which counts as done then: an error does not repeat it."""
        stamp, now = file_stamp(str(keys)), monotonic()
        if stamp == self._stamp and now < self._due:
            return False
        self._stamp, self._due = stamp, now + _ANNOUNCED_EVERY
        return True

    def keep_up(self, store: OpenStore, master: str, now: int) -> None:
        """Announce the keys, replace the one that seals if it is old, and remove what has expired.

        :param master: what this process is called in the store.
        :param now: seconds since the epoch.
        :raise StoreError: when that cannot be done, or not for all data keys.
        """
        store.rotation.announce(master, now)
        try:
            self._rotate(store, master, now)
        finally:
            for name in pending.remove_expired(store.secrets, now):
                self._record("expire", "", name, "done")

    def _rotate(self, store: OpenStore, master: str, now: int) -> None:
        if self._rotate_after is None:
            return
        done = store.rotation.rotate_if_older(
            now - self._rotate_after, master, now=now, alive_since=now - ALIVE
        )
        if done is not None:
            kid, rewrapped = done
            count = f"{rewrapped.done} data keys were sealed again"
            self._tell(f"the key {kid.hex()} seals from now on; {count}")
            require_all(rewrapped)

    def is_first_use(self, name: str, now: int) -> bool:
        """Return whether a secret is used for the first time in an hour, which counts as noted."""
        hour = now - now % HOUR
        if self._used.get(name) == hour:
            return False
        if len(self._used) >= _MOST_USED:
            self._used.clear()
        self._used[name] = hour
        return True
