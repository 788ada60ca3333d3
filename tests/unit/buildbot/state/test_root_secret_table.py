"""The secret that a master's own keys are derived from, sealed, in the master's database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.state import DatabaseProblemError, RootSecretTable
from tests.support.database_pool import DatabasePool


class RootSecretTableTests(SynchronousTestCase):
    """`RootSecretTable`."""

    def setUp(self) -> None:
        self.pool = DatabasePool()
        self.addCleanup(self.pool.engine.dispose)
        self.table, self.other = self.another(), self.another()

    def another(self) -> RootSecretTable:
        """Return the table as another master sees it."""
        return RootSecretTable(SimpleNamespace(db=SimpleNamespace(pool=self.pool)))

    def run_coroutine(self, coroutine: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def test_the_first_box_stays(self) -> None:
        self.assertIsNone(self.run_coroutine(self.table.read()))
        self.assertEqual(self.run_coroutine(self.table.create(b"one")), b"one")
        self.assertEqual(self.run_coroutine(self.other.create(b"two")), b"one")
        self.assertEqual(self.run_coroutine(self.other.read()), b"one")

    def test_none_is_made_where_something_is_sealed(self) -> None:
        for name in ("keychain_sealed_fields", "keychain_form_values"):
            self.pool.execute(f"CREATE TABLE {name} (id TEXT)")
            self.pool.execute(f"INSERT INTO {name} VALUES ('x')")
            self.assertIsNone(self.run_coroutine(self.table.create(b"one")))
            self.pool.execute(f"DELETE FROM {name}")
        self.assertEqual(self.run_coroutine(self.table.create(b"one")), b"one")

    def test_it_is_replaced_unless_another_master_was_faster(self) -> None:
        self.run_coroutine(self.table.create(b"one"))
        self.run_coroutine(self.table.replace(b"one", b"two"))
        self.run_coroutine(self.other.replace(b"one", b"three"))
        self.assertEqual(self.run_coroutine(self.other.read()), b"two")

    def test_a_database_that_is_down(self) -> None:
        self.pool.execute("CREATE TABLE keychain_root_secret (x INTEGER)")
        for doing in (
            self.table.read(),
            self.table.create(b"one"),
            self.table.replace(b"one", b"two"),
        ):
            self.failureResultOf(Deferred.fromCoroutine(doing), DatabaseProblemError)
