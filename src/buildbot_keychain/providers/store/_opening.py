"""`Opening`: a store that is opened when it is needed, and again when it must be. Blocks.

Where no file has what was seen of a store, an older one in its place is refused until `close`.

May be used by several threads. Those that need the store while another opens it wait for that, and
share its error.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from typing import TypeVar

from buildbot_keychain.errors import (
    KeychainError,
    StoreError,
    StoreRolledBack,
    StoreTampered,
    StoreUnavailable,
)
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.journal import Head
from buildbot_keychain.store.opening import OpenStore

T = TypeVar("T")


@secretive
class Opening:
    """A store that is open when it is used.

    :param make: opens the store at a URL.
    """

    def __init__(self, make: Callable[[str], OpenStore]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._store: OpenStore | None = None
        self._url = ""
        self._file: object = None
        self._end: tuple[bytes, Head] | None = None
        self._attempts = 0
        self._error: KeychainError | None = None
        self._closed = False

    def use(self, url: str, work: Callable[[OpenStore], T]) -> T:
        """Return what `work` returns of the store at `url`.

        :raise KeychainError: when it cannot be opened, or `work` raises it.
        """
        store = self._opened(url)
        try:
            return work(store)
        except (StoreRolledBack, StoreTampered):
            self._drop_if_unusable(store)
            raise

    def close(self) -> None:
        """Close the store, if it is open; it can be used no more."""
        with self._lock:
            self._closed = True
            self._drop()

    def _opened(self, url: str) -> OpenStore:
        attempts = self._attempts
        with self._lock:
            if self._closed:
                raise StoreUnavailable("the store was closed, as its provider was stopped")
            if self._store is not None and (self._url != url or self._file != _file(self._store)):
                self._drop()
            if self._store is not None:
                return self._store
            if self._error is not None and self._attempts != attempts:
                raise type(self._error)(str(self._error))
            self._error = None
            try:
                self._store = self._make_after(url)
            except KeychainError as error:
                self._error = error
                raise
            finally:
                self._attempts += 1
            self._url, self._file = url, _file(self._store)
            return self._store

    def _make_after(self, url: str) -> OpenStore:
        """Open a store, unless it is older than what was seen of it while it was open before."""
        with contextlib.ExitStack() as undo:
            store = self._make(url)
            undo.callback(store.close)
            if self._end is not None:
                store.ledger.require_end(*self._end)
            undo.pop_all()
        return store

    def _drop_if_unusable(self, store: OpenStore) -> None:
        """Have the store opened again, unless it was but one secret that was changed."""
        try:
            with store.ledger.reading():
                return
        except StoreError:
            with self._lock:
                if self._store is store:
                    self._drop()

    def _drop(self) -> None:
        if self._store is not None:
            self._end = self._store.ledger.end or self._end
            self._store.close()
        self._store = None


def _file(store: OpenStore) -> object:
    """Return what differs when another file of SQLite is put in the place of the one in use."""
    path = store.ledger.database.path
    if path is not None:
        with contextlib.suppress(OSError):
            found = os.stat(path)
            return found.st_dev, found.st_ino
    return None
