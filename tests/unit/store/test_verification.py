from __future__ import annotations

from buildbot_keychain.store.verification import verify
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW


class VerifyTests(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        for name in ("a", "b", "c"):
            self.store.set(name, f"old {name}", now=NOW)
            self.store.set(name, f"new {name}", now=NOW)
        self.store.delete("c", now=NOW)

    def problems(self, *statements: str) -> tuple[str, ...]:
        with self.sqlite() as connection:
            for statement in statements:
                connection.execute(statement)
        return verify(self.store._ledger).problems

    def test_all_is_well(self) -> None:
        report = verify(self.store._ledger)
        self.assertEqual((report.secrets, report.versions, report.entries), (3, 6, 8))
        self.assertEqual((report.problems, set(report.keys.values())), ((), {6}))

    def test_every_problem_is_named(self) -> None:
        of = "uid = (SELECT uid FROM keychain_store_secrets WHERE name = '{}')"
        problems = self.problems(
            "UPDATE keychain_store_versions SET payload = zeroblob(350) "
            f"WHERE version = 1 AND {of.format('a')}",
            f"UPDATE keychain_store_versions SET kid = zeroblob(8) WHERE {of.format('b')}",
            f"UPDATE keychain_store_current SET deleted = 0 WHERE {of.format('c')}",
            "INSERT INTO keychain_store_secrets VALUES (zeroblob(16), 'stranger', 0)",
        )
        expected = (
            "rows of 00000000000000000000000000000000: the journal does not know them",
            "secret 'a': version 1: its value was changed",
            "secret 'b': version 1: the key ring lacks the key 0000000000000000",
            "secret 'b': version 2: the key ring lacks the key",
            "secret 'c': its rows are old ones, as they were after entry 7",
        )
        self.assertEqual(len(problems), len(expected), problems)
        for problem, words in zip(problems, expected, strict=True):
            self.assertIn(words, problem)

    def test_a_journal_that_was_changed_is_told_of_once(self) -> None:
        """What stands before the change is verified all the same."""
        (problem,) = self.problems("UPDATE keychain_store_journal SET time = 7 WHERE seq = 4")
        self.assertIn("entry 4 of the journal was changed", problem)
