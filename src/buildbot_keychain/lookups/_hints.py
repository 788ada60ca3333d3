"""`Hints`: finds out what may have been meant by the name of a secret that is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any

from buildbot_keychain.hints import hint_for
from buildbot_keychain.interfaces import IListsNames
from buildbot_keychain.workpool import WorkPool

_LISTING = 2.0
"""Seconds that the names of secrets may take to be listed and compared, for a hint."""

_MOST_NAMES = 10_000
"""Names that are looked at for a hint."""


class Hints:
    """Compares names in one thread, for all that are missing at a time.

    :param clock: returns the reactor.
    """

    def __init__(self, clock: Callable[[], Any]) -> None:
        self._clock = clock
        self._pool: WorkPool | None = None
        self._awaited = 0

    async def find(self, candidates: Sequence[Any], path: str) -> tuple[str, str]:
        """Return what may have been meant by `path`, and what strangers may know of that."""
        for_strangers = hint_for(path, candidates, ())
        listing = [provider.names for provider in candidates if IListsNames.providedBy(provider)]
        if not listing:
            return for_strangers, for_strangers
        # One thread for all that are missing at a time: many would keep the reactor waiting.
        if self._pool is None:
            self._pool = WorkPool(self._clock(), 1, "keychain-names")
        self._awaited += 1
        try:
            find = partial(_hint_from_names, path, candidates, listing)
            return await self._pool.run(_LISTING, find), for_strangers
        except Exception:  # noqa: BLE001 - a hint is not worth an error
            return for_strangers, for_strangers
        finally:
            self._awaited -= 1
            if not self._awaited:
                self._pool.stop()
                self._pool = None


def _hint_from_names(
    path: str, candidates: Sequence[Any], listing: Sequence[Callable[[], Iterator[str]]]
) -> str:
    names = list(islice(chain.from_iterable(names() for names in listing), _MOST_NAMES))
    return hint_for(path, candidates, names)
