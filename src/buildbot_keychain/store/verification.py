"""`verify`: opens all that is in a store, and tells what does not open. Blocks."""

from __future__ import annotations

from dataclasses import dataclass

from buildbot_keychain.errors import StoreError, StoreTampered, quote
from buildbot_keychain.store.contents import Contents
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.records import VersionRow
from buildbot_keychain.store.transaction import SecretState, Transaction


@dataclass(frozen=True)
class Report:
    """What `verify` has found.

    :param entries: of the journal.
    :param keys: how many data keys are sealed with each key, by the ids of the keys.
    :param problems: what is wrong, a sentence each, with the name of the secret.
    """

    secrets: int
    versions: int
    entries: int
    keys: dict[bytes, int]
    problems: tuple[str, ...]


def verify(ledger: Ledger) -> Report:
    """Read all of a store: journal, root secret, and all versions of all secrets.

    :param ledger: the store; the journal is read from its beginning again.
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
    for name in names:  # a transaction for each, so that nobody waits
        with ledger.reading() as view:
            found, more = _verify_secret(view, contents, name)
        versions += found
        problems += more
    return Report(len(names), versions, store.head.seq, keys, tuple(problems))


def _verify_secret(view: Transaction, contents: Contents, name: str) -> tuple[int, list[str]]:
    """Return how many versions a secret has, and what is wrong with it."""
    try:
        secret = view.find(name)
    except StoreError as error:
        return 0, [str(error)]
    if secret is None:  # it was renamed or removed in the meantime
        return 0, []
    problems = [_problem(view, contents, secret, row) for row in secret.versions]
    return len(secret.versions), [problem for problem in problems if problem]


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
