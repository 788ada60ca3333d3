"""`Rekeying`: encrypts values again, with new data keys, while the store is in use. Blocks.

Each secret is one transaction with one entry of the journal, which says for which secrets it is
done. So it can be interrupted at any time, and goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from buildbot_keychain.errors import KeyRingError, StoreTampered
from buildbot_keychain.store.contents import Contents
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.resealing import Resealed
from buildbot_keychain.store.transaction import Change, SecretState

_NEW_KEYS = frozenset({"create", "rekey"})
"""Operations after which all data keys of a secret are new ones."""


class Rekeying:
    """Encrypts the values of a store that is open."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._contents = Contents(ledger)

    def rekey(self, name: str, *, now: int) -> None:
        """Encrypt the values of a secret again, with new data keys.

        :raise NotInStore: when there is no such secret.
        :raise StoreError: when it cannot be written; nothing has changed then.
        """
        with self._ledger.writing(now) as change:
            self._rekey(change, change.require(name, deleted=True))

    def rekey_all(
        self, *, since: int, now: int, progress: Callable[[int, int], object] | None = None
    ) -> Resealed:
        """Encrypt the values of all secrets again, but those for which that was done already.

        It can be interrupted at any time, and goes on where it was with the same `since`. What the
        journal has of a later time than now was done by a clock that was wrong, and is done again.

        :param since: when it began for the first time, in seconds since the epoch.
        :param progress: called with how many secrets are done, and how many there are.
        :raise StoreError: when the database cannot be written, or the ring lacks the primary key.
        """
        with self._ledger.reading() as view:
            self._ledger.sealing_key(view.store.primary)
            uids = [view.state.uid(name) or b"" for name in view.state.names_after()]
        done, problems = 0, []
        for at, uid in enumerate(uids, 1):
            was_done, problem = self._rekey_older(uid, since, now)
            done += was_done
            problems += [problem] if problem else []
            if progress is not None:
                progress(at, len(uids))
        return Resealed(done, tuple(problems))

    def _rekey_older(self, uid: bytes, since: int, now: int) -> tuple[bool, str]:
        """Encrypt a secret again, unless that was done already, or it was removed.

        :return: whether it was done, and what is wrong with it.
        """
        with self._ledger.reading() as view:
            try:
                entries = [] if view.state.name(uid) is None else view.history(uid)
            except StoreTampered as error:
                return False, str(error)
        if not entries or any(
            since <= entry.time <= now and entry.operation.partition(" ")[0] in _NEW_KEYS
            for entry in entries
        ):
            return False, ""
        with self._ledger.writing(now) as change:
            if change.state.name(uid) is None:
                return False, ""
            try:
                self._rekey(change, change.load(uid))
            except (StoreTampered, KeyRingError) as error:
                return False, str(error)
        return True, ""

    def _rekey(self, change: Change, secret: SecretState) -> None:
        """Encrypt the values of a secret again. Nothing is written if one does not open."""
        rows = []
        for row in secret.versions:
            payload = change.rows.payload(secret.uid, row.version)
            value, known = self._contents.open(secret, row, payload)
            primary = change.store.primary
            rows.append(self._contents.seal(primary, secret, row.version, known, value))
        for row, payload in rows:
            change.rows.put_version(row, payload)
        after = replace(secret, versions=tuple(row for row, _ in rows))
        change.record("rekey", secret.version, after)
