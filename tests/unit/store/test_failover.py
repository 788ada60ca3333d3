"""The store's database fails over to a server that has not got the last writes."""

from __future__ import annotations

import select

from buildbot_keychain.errors import StoreError, StoreRolledBack, StoreUnavailable
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.store import Store
from buildbot_keychain.store.verification import verify
from tests.support.postgresql import PostgreSQL, Standby
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW


class FailoverTests(StoreTestCase):
    def make_url(self) -> str:
        self.primary = PostgreSQL()
        self.addCleanup(self.primary.stop)
        self.primary.start()
        self.standby = Standby(self.primary)
        self.addCleanup(self.standby.stop)
        return self.standby.url_of_both

    def head_of_the_standby(self) -> int:
        database = Database(self.standby.url)
        try:
            with database.reading() as rows:
                return rows.store().head.seq
        finally:
            database.close()

    def fail_over(self) -> Store:
        """Lose the last write, which one of two masters has seen; return the other one's store."""
        self.store.set("token", "one", now=NOW)
        self.standby.start()
        self.store.set("token", "two", now=NOW)
        for _ in range(1000):
            if self.head_of_the_standby() == 3:  # the creation, and two values
                break
            select.select([], [], [], 0.02)
        other = self.open("other")
        self.standby.stop_at_once()
        self.store.set("token", "lost", now=NOW)
        self.primary.stop_at_once()
        self.standby.start_again()
        self.standby.promote()
        return other

    def refused(self, store: Store) -> str:
        """Return how a store refuses to read and to write, which is the same."""
        said = []
        for work in (lambda: store.get("token"), lambda: store.set("token", "more", now=NOW)):
            for _ in range(3):  # the first ones find that the connections are broken
                error = self.assertRaises(StoreError, work)
                if isinstance(error, StoreRolledBack):
                    break
            said.append(str(error))
        self.assertEqual(said[0], said[1])
        return said[0]

    @staticmethod
    def set_after_a_while(store: Store, value: str) -> None:
        for _ in range(3):
            try:
                store.set("token", value, now=NOW)
            except StoreUnavailable:
                continue
            return

    def test_a_standby_that_had_not_got_the_last_write(self) -> None:
        other = self.fail_over()
        older = self.refused(self.store)
        self.assertIn("ends with entry 3 of its journal, and entry 4 was seen;", older)
        self.assertIn("accept the roll-back", older)
        self.assertEqual(str(self.assertRaises(StoreRolledBack, self.open)), older)

        self.set_after_a_while(other, "three")  # who had not seen it goes on
        self.assertIn("has another history than what was seen of it", self.refused(self.store))

        accepted = self.open(accept_rollback=True)
        self.assertEqual(verify(accepted._ledger).problems, ())
        self.store = accepted
        self.assertEqual(self.value("token"), "three")
        accepted.set("token", "four", now=NOW)
        self.store = self.open()
        self.assertEqual(self.value("token"), "four")
