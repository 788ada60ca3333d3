"""What pages and JSON share that change secrets: which store is meant, and why something failed."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

from buildbot_keychain.errors import (
    AuditUnavailable,
    InvalidName,
    KeychainError,
    NotInStore,
    ProviderUnavailable,
    StoreConflict,
    StoreUnavailable,
    message_of,
    quote,
)
from buildbot_keychain.web._refusals import Refused, sentence

T = TypeVar("T")

_STATUSES: tuple[tuple[type[KeychainError], int], ...] = (
    (StoreConflict, 409),
    (NotInStore, 404),
    (InvalidName, 400),
    (StoreUnavailable, 503),
    (AuditUnavailable, 503),
    (ProviderUnavailable, 503),
)
"""What is answered to each error; to another one, that it cannot be done as it was sent."""


def place_of(stores: Any, name: str) -> tuple[str, str]:  # noqa: ANN401 - an IStores
    """Return the store and the name in it that a name means: ``STORE!NAME``.

    Where there is one store, ``NAME`` is enough.
    """
    store, mark, path = name.partition("!")
    names = stores.names
    if not mark and len(names) == 1:
        return names[0], name
    if not mark or store not in names:
        known = ", ".join(names) or "none"
        raise Refused(400, f"There is no such store. Name it in STORE!NAME; there is: {known}.")
    return store, path


async def done(asked: Awaitable[T]) -> T:
    """Return what a store answers; refuse what it cannot do."""
    try:
        return await asked
    except KeychainError as error:
        status = next((code for kind, code in _STATUSES if isinstance(error, kind)), 422)
        raise Refused(status, sentence(message_of(error) or "it cannot be done")) from None


def missing(name: str) -> Refused:
    """Return what is said of a secret that is not there."""
    return Refused(404, f"There is no secret {quote(name)}.")
