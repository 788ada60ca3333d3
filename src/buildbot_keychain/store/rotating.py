"""`Rotating`: rotations of the key that seals, which one process does when it is asked to.

`begin` is quick, and says why it cannot be done. `go_on` takes as long as there are data keys.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from buildbot_keychain.errors import StoreConflict, StoreError, StoreUnavailable
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.rotation import ANOTHER_KEY, KeyUse, MasterKeys, require_all

ALIVE = 3600
"""Seconds for which a master that has not announced its keys is waited for."""

_GOES_ON = "a rotation goes on already"


@dataclass(frozen=True)
class Progress:
    """How far a rotation is.

    :param actor: who has asked for it, as the journal has it.
    :param began: seconds since the epoch.
    :param done: how many data keys are sealed again.
    :param goes_on: whether it has not ended.
    :param problem: why it has ended before it was finished; empty if it has not.
    """

    actor: str
    began: int
    done: int = 0
    goes_on: bool = True
    problem: str = ""


@dataclass(frozen=True)
class Seen:
    """What somebody has seen of the keys who wants another one to seal.

    :param primary: the id of the key that seals, in hex; empty if the ring lacks it.
    :param interrupted: whether a rotation was begun and is not finished.
    """

    primary: str
    interrupted: bool


@dataclass(frozen=True)
class KeyStatus:
    """The keys of a store.

    :param keys: those of the ring, the oldest first.
    :param masters: who has announced which of them.
    :param interrupted: whether a rotation was begun, by whoever it was, and is not finished.
    :param progress: of the last rotation that this process was asked for; ``None`` if it was not.
    """

    keys: tuple[KeyUse, ...]
    masters: tuple[MasterKeys, ...]
    interrupted: bool
    progress: Progress | None = None

    @property
    def primary(self) -> KeyUse | None:
        """The key that seals; ``None`` if the ring lacks it."""
        return next((key for key in self.keys if key.use == "primary"), None)

    @property
    def seen(self) -> Seen:
        """What whoever sees this has seen."""
        primary = self.primary
        return Seen("" if primary is None else primary.id.hex(), self.interrupted)

    @property
    def waiting(self) -> bool:
        """Whether a key waits to be promoted, for masters that lack it."""
        return any(key.use == "waiting" for key in self.keys)

    @property
    def left(self) -> int:
        """How many data keys are still sealed with another one."""
        return sum(key.data_keys for key in self.keys if key.use != "primary")


class Rotating:
    """The rotations that one process is asked for, one after the other. Its methods block."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._is_stuck = self._stopped = False
        self._beginning = threading.Lock()

    def status(self, store: OpenStore) -> KeyStatus:
        """Return the keys of the store, and how far a rotation is.

        :raise StoreError: when the ring or the database cannot be read.
        """
        rotation = store.rotation
        keys, masters = rotation.known_keys(), rotation.masters()
        return KeyStatus(keys, masters, rotation.is_interrupted(), self._progress)

    def begin(self, store: OpenStore, actor: str, master: str, now: int, seen: Seen) -> None:
        """Have a new key seal; where a rotation was interrupted, only be ready to `go_on`.

        Where nothing was left of that one but data keys that do not open, another one begins.

        :param master: what this process is called in the store.
        :param now: seconds since the epoch.
        :param seen: what whoever asks for it has seen; whoever asks twice begins no second one.
        :raise StoreConflict: when the keys are not as they were seen, a rotation goes on here, or a
            master that is alive lacks the key, which stays in the ring and is promoted next time.
        :raise StoreError: when the ring or the database cannot be written.
        """
        if not self._beginning.acquire(blocking=False):
            raise StoreConflict(_GOES_ON)
        try:
            self._begin(store, actor, master, now, seen)
        finally:
            self._beginning.release()

    def _begin(self, store: OpenStore, actor: str, master: str, now: int, seen: Seen) -> None:
        last, rotation = self._progress, store.rotation
        if last is not None and last.goes_on:
            raise StoreConflict(_GOES_ON)
        primary, is_interrupted = rotation.primary(), rotation.is_interrupted()
        if seen != Seen(primary.hex(), is_interrupted):
            raise StoreConflict(ANOTHER_KEY)
        if self._is_stuck or not is_interrupted:
            kid = rotation.start(now)
            rotation.announce(master, now)
            rotation.promote(kid, now=now, alive_since=now - ALIVE, replaced=primary)
        self._progress, self._is_stuck = Progress(actor, now), False

    def go_on(self, store: OpenStore, now: int) -> None:
        """Seal with the new key what older keys seal, and retire those.

        :raise StoreError: when it cannot be done, or not for all data keys.
        """
        progress = self._progress
        if progress is None or not progress.goes_on:
            return
        try:
            with store.ledger.acting_as(progress.actor):
                done = store.rotation.complete(now, self._count)
            self._is_stuck = done.is_stuck
            require_all(done)
        except StoreError as error:
            self._end(str(error))
            raise
        except BaseException:
            self._end("it could not be finished: see the log")
            raise
        self._end("")

    def give_up(self, problem: str) -> None:
        """Have ended what goes on, as the store cannot be opened for it.

        :param problem: why.
        """
        if self._progress is not None and self._progress.goes_on:
            self._end(problem)

    def stop(self) -> None:
        """Have what goes on end soon, in another thread; it can be gone on with later."""
        self._stopped = True

    def _count(self, done: int) -> None:
        assert self._progress is not None  # noqa: S101 - of `go_on`
        self._progress = replace(self._progress, done=done)
        if self._stopped:
            raise StoreUnavailable("the provider was stopped; nothing is lost")

    def _end(self, problem: str) -> None:
        assert self._progress is not None  # noqa: S101 - of `go_on`
        self._progress = replace(self._progress, goes_on=False, problem=problem)
