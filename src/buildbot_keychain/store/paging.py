"""Going through a store page by page, in as much memory for many as for few. Blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from buildbot_keychain.store.store import Description

PAGE = 100
"""Secrets of which the descriptions are read at once."""


class Pages(Protocol):
    """A store, as `buildbot_keychain.store.store.Store` describes it."""

    def page(self, after: str = "", limit: int = PAGE) -> Sequence[Description]:
        """Return the descriptions of the secrets after a name, sorted by it."""


def every_secret(store: Pages) -> Iterator[Description]:
    """Yield the current versions of all secrets, sorted by name, deleted ones included.

    :raise StoreError: when the store cannot be read, or is not as it was left.
    """
    after = ""
    while found := store.page(after, PAGE):
        yield from found
        after = found[-1].name
