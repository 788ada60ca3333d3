"""`verify`: opens all that is in a store, and tells what does not open. Blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from buildbot_keychain.errors import StoreError, StoreTampered, quote
from buildbot_keychain.store.contents import Contents
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.records import VersionRow
from buildbot_keychain.store.transaction import SecretState, Transaction

_BATCH = 50
"""Secrets that are verified in one transaction."""


@dataclass(frozen=True)
class Report:
    """What `verify` has found.

    :param entries: of the journal.
    :param keys: how many data keys are sealed with each key, by the ids of the keys.
    :param problems: what is wrong, a sentence each, with the name of the secret.
    :param primary: the id of the key that seals.
    """

    secrets: int
    versions: int
    entries: int
    keys: dict[bytes, int]
    problems: tuple[str, ...]
    primary: bytes = b""

    @property
    def needed(self) -> frozenset[bytes]:
        """The ids of the keys without which not all of it opens."""
        return frozenset({*self.keys, self.primary})


def verify(ledger: Ledger, progress: Callable[[int, int], object] | None = None) -> Report:
    """Read all of a store: journal, root secret, and all versions of all secrets.

    :param ledger: the store; the journal is read from its beginning again.
    :param progress: called before each transaction, with how many of the secrets are done, and how
        many there are.
    :raise StoreError: when the database cannot be read.
    """
    contents = Contents(ledger)
    problems: list[str] = []
    with ledger.database.reading() as rows:
        store = rows.store()
        state, problem = ledger.read_journal(rows, store)
        problems += [problem] if problem else []
        try:
            ledger.require_root_secret(store)
        except StoreError as error:
            problems.append(str(error))
        names = state.names_after()
        uids: set[bytes] = set()
        keys: dict[bytes, int] = {}
        try:
            uids, keys = rows.uids(), rows.keys_in_use()
        except StoreTampered as error:
            problems.append(str(error))
    if problem is None:
        strangers = uids - {state.uid(name) for name in names}
        problems += [f"rows of {uid.hex()}: the journal does not know them" for uid in strangers]
    versions = 0
    for at in range(0, len(names), _BATCH):  # a transaction for each, so that nobody waits
        if progress is not None:
            progress(at, len(names))
        with ledger.reading() as view:
            for secret in _loaded(view, names[at : at + _BATCH]):
                if isinstance(secret, str):
                    problems.append(secret)
                    continue
                versions += len(secret.versions)
                found = [_problem(view, contents, secret, row) for row in secret.versions]
                problems += [problem for problem in found if problem]
    return Report(len(names), versions, store.head.seq, keys, tuple(problems), store.primary)


def _loaded(view: Transaction, names: Sequence[str]) -> list[SecretState | str]:
    """Return the rows of those secrets that are still there, or what is wrong with one."""
    uids = [uid for uid in map(view.state.uid, names) if uid is not None]
    try:
        return [*view.load_all(uids)]
    except StoreTampered as error:
        if len(names) == 1:
            return [str(error)]
    return [found for name in names for found in _loaded(view, [name])]


def _problem(
    view: Transaction, contents: Contents, secret: SecretState, row: VersionRow
) -> str | None:
    """Return what is wrong with a version, if it does not open."""
    try:
        contents.open(secret, row, view.rows.payload(row.uid, row.version))
    except StoreTampered as error:
        return str(error)
    except StoreError as error:
        return f"secret {quote(secret.name)}: version {row.version}: {error}"
    return None
