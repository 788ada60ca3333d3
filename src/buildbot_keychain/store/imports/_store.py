"""Reads another store: the current versions, with all that goes with them. Blocks."""

from __future__ import annotations

from collections.abc import Iterator

from buildbot_keychain.errors import StoreError, quote
from buildbot_keychain.store.envelope import Kind
from buildbot_keychain.store.imports._entries import Entry, ImportedSecret, ImportProblem
from buildbot_keychain.store.names import is_of_change
from buildbot_keychain.store.paging import every_secret
from buildbot_keychain.store.store import Description, Store


def read_store(store: Store, where: str) -> Iterator[Entry]:
    """Yield the secrets of a store in the order of their names.

    Those that are deleted are not among them, nor are changes that wait for a second person.

    :param where: what it is called in a report.
    """
    try:
        for described in every_secret(store):
            if not described.deleted and not is_of_change(described.name):
                yield from _entry(store, described, f"{where}: {quote(described.name)}")
    except StoreError as error:
        yield ImportProblem(where, str(error), "what follows was not read; verify that store")


def _entry(store: Store, described: Description, where: str) -> Iterator[Entry]:
    try:
        found = store.get(described.name)
    except StoreError as error:
        yield ImportProblem(where, str(error), "verify that store")
        return
    if found is None:  # deleted in the meantime
        return
    metadata = found.metadata
    yield ImportedSecret(
        described.name,
        found.content if metadata.kind is Kind.BYTES else found.text,
        where,
        metadata.description,
        metadata.tags,
        redact=metadata.redact,
        allowed=metadata.allowed,
        expires=metadata.expires,
    )
