"""`OpenStore`: a store that is open, with all that can be done to it. Blocks.

What has a URL and the file of the keys begins here: providers, commands, and a master.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.rekeying import Rekeying
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.rotation import Rotation
from buildbot_keychain.store.seen_head import SeenHead
from buildbot_keychain.store.store import Keep, Store
from buildbot_keychain.store.verification import Report, verify
from buildbot_keychain.store.wraps import Unwrapper


class OpenStore:
    """A store that is open until `close`.

    :param url: ``sqlite:///path`` or ``postgresql://...``, as SQLAlchemy has it.
    :param key_file: the file of its keys.
    :param actor: who uses it, for the journal.
    :param unwrappers: what opens the keys where they are wrapped.
    :param keep: which versions are kept.
    :param seen: the file of the end of the journal as it was seen last; in none by default, and
        then a database that was put back before this is not noticed.
    :param directory: what a relative path of SQLite is below; the current one by default.
    :param accept_rollback: whether a database that is older than what was seen is meant.
    :ivar secrets: its secrets by name.
    :ivar rotation: replaces the key that seals.
    :ivar rekeying: encrypts values again.
    :ivar ledger: its keys and its journal.
    :raise ConfigurationError: when the URL is not valid, or a library is not installed.
    :raise StoreError: when it cannot be opened, is older than what was seen, or was changed.
    """

    def __init__(
        self,
        url: str,
        key_file: str | Path,
        *,
        actor: str,
        unwrappers: Sequence[Unwrapper] = (),
        keep: Keep | None = None,
        seen: str | Path | None = None,
        directory: str | Path = "",
        accept_rollback: bool = False,
    ) -> None:
        ring_file = RingFile(key_file, unwrappers)
        with contextlib.ExitStack() as undo:
            database = Database(url, directory)
            undo.callback(database.close)
            self.ledger = Ledger(
                database,
                ring_file,
                actor,
                None if seen is None else SeenHead(seen),
                accept_rollback=accept_rollback,
            )
            undo.pop_all()
        self.secrets = Store(self.ledger, keep)
        self.rotation = Rotation(self.ledger, ring_file)
        self.rekeying = Rekeying(self.ledger)

    def verify(self, progress: Callable[[int, int], object] | None = None) -> Report:
        """Open all that is in it, and return what does not open.

        :param progress: called now and then, with how many of the secrets are done, and how many
            there are.
        :raise StoreError: when the database cannot be read.
        """
        return verify(self.ledger, progress)

    def close(self) -> None:
        """Close all connections."""
        self.ledger.database.close()
