"""Every bit of the rows and of the ring counts: whatever is flipped is noticed, and named.

`KEYCHAIN_FLIPS` sets how many bits lie between two flips in a column of one row (default 4001);
with 1, all are flipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from buildbot_keychain.errors import KeyRingError, StoreError
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.verification import verify
from buildbot_keychain.store.wraps import Passphrase
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import CHEAP, NOW

STEP = int(os.environ.get("KEYCHAIN_FLIPS", "4001"))

NOT_SECRET = {("keychain_store", "id"), ("keychain_store_secrets", "used")}
"""What nothing depends on: the number of the only row, and when a secret was used last."""

Field = bytes | str | int


def flips(value: Field) -> Iterator[Field]:
    """Yield the value with one bit flipped: each by itself, some of them.

    The first is the highest, without which a text in ASCII is not UTF-8, and a number negative.
    """
    content = value.to_bytes(8, "big") if isinstance(value, int) else value
    content = content.encode() if isinstance(content, str) else content
    for bit in range(0, len(content) * 8, min(STEP, len(content) * 8 - 9)):
        changed = bytearray(content)
        changed[bit // 8] ^= 0x80 >> bit % 8
        number = int.from_bytes(changed, "big", signed=True)
        yield number if isinstance(value, int) else bytes(changed)


class RowTests(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        for name, value in (("a", "one"), ("a", "two"), ("b", "x" * 300), ("c", "gone")):
            self.store.set(name, value, now=NOW, description="of a secret")
        self.store.delete("c", now=NOW)
        self.names = {self.uid(name): name for name in "abc"}

    def uid(self, name: str) -> bytes:
        with self.store._ledger.reading() as view:
            return view.state.uid(name) or b""

    def problems(self, ledger: Ledger) -> str:
        """Return what is wrong, as who has the store open sees it."""
        try:
            return "\n".join(verify(ledger).problems)
        except StoreError as error:
            return str(error)

    def problems_when_opened(self) -> str:
        """Return what is wrong, as who opens it sees it."""
        with closing(Database(self.url)) as database:
            try:
                return self.problems(Ledger(database, self.ring_file, "again"))
            except StoreError as error:
                return str(error)

    def test_each_column_of_each_row(self) -> None:
        tried = 0
        with self.sqlite() as connection:
            tables = [
                name
                for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE sql <> ''")
                if name.startswith("keychain_store") and not name.endswith("_masters")
            ]
            rows = [
                (table, dict(zip(("rowid", *columns), row, strict=True)))
                for table in tables
                for columns in [[c[1] for c in connection.execute(f"PRAGMA table_info({table})")]]
                for row in connection.execute(f"SELECT rowid, {', '.join(columns)} FROM {table}")
            ]
        for table, row in rows:
            for column, value in row.items():
                if column != "rowid" and (table, column) not in NOT_SECRET:
                    for changed in flips(value):
                        tried += self.flip(table, column, row, changed)
        self.assertEqual(verify(self.store._ledger).problems, ())
        self.assertGreater(tried, 150)

    def flip(self, table: str, column: str, row: dict[str, Any], changed: Field) -> bool:
        """Change a column of one row for as long as it takes to look what is wrong."""
        value = row[column]
        new = "CAST(? AS TEXT)" if isinstance(value, str) else "?"
        where = f"WHERE rowid = {row['rowid']}"
        with self.sqlite() as connection:
            connection.execute(f"UPDATE OR IGNORE {table} SET {column} = {new} {where}", (changed,))
            (same,) = connection.execute(
                f"SELECT {column} = {new} FROM {table} {where}", (value,)
            ).fetchone()
        if same:  # another row has it already
            return False
        opened, open_already = self.problems_when_opened(), self.problems(self.store._ledger)
        self.assertTrue(opened and open_already, (table, column))
        if not table.endswith("_journal") and row.get("uid") in self.names:
            self.assertIn(f"secret '{self.names[row['uid']]}'", opened + open_already)
        with self.sqlite() as connection:
            connection.execute(f"UPDATE {table} SET {column} = ? {where}", (value,))
        return True


class RingTests(StoreTestCase):
    def test_each_byte_of_its_file(self) -> None:
        ring = self.ring_file.read().with_new_key(NOW)
        person = Passphrase("passphrase", cost=CHEAP)
        for content, unwrappers in (
            (ring.to_bytes(), []),
            (ring.wrapped_for([person]).to_bytes(), [person]),
        ):
            for changed in flips(content):
                assert isinstance(changed, bytes)
                self.assertRaises(KeyRingError, KeyRing.from_bytes, changed, unwrappers)

    def test_a_store_whose_ring_was_changed_does_not_open(self) -> None:
        path = Path(self.ring_file.path)
        content = path.read_bytes()
        for changed in list(flips(content))[:5]:
            assert isinstance(changed, bytes)
            path.write_bytes(changed)
            error = self.assertRaises(KeyRingError, self.ledger)
            self.assertIn(f"the key ring {path} ", str(error))
            self.assertIn("backup", str(error))
        path.write_bytes(content)
        self.ledger()
