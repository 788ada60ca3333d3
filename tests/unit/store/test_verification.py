from __future__ import annotations

from buildbot_keychain.errors import StoreTampered
from buildbot_keychain.store.derived_keys import new_root_secret, seal_root_secret
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

    def test_each_bit_of_the_root_secret_is_verified(self) -> None:
        """What was derived from it when the store was opened still works, until the next start."""
        with self.sqlite() as connection:
            (box,) = connection.execute("SELECT root_box FROM keychain_store").fetchone()
        for at in (0, 7, 20, 60, len(box) - 20, len(box) - 1):
            changed = bytearray(box)
            changed[at] ^= 1
            with self.sqlite() as connection:
                connection.execute("UPDATE keychain_store SET root_box = ?", (bytes(changed),))
            (problem,) = verify(self.store._ledger).problems
            self.assertIn("the box of the root secret, in the store's own row: ", problem)
            self.assertEqual(str(self.assertRaises(StoreTampered, self.open)), problem)

    def test_a_root_secret_of_another_store(self) -> None:
        """Sealed with the same key, for the same store."""
        ring = self.ring_file.read()
        box = seal_root_secret(ring.keys[0].key, ring.store_id, new_root_secret())
        with self.sqlite() as connection:
            connection.execute("UPDATE keychain_store SET root_box = ?", (box,))
        (problem,) = verify(self.store._ledger).problems
        self.assertIn("it is another one than when the store was opened", problem)

    def test_a_journal_that_was_changed_is_told_of_once(self) -> None:
        """What stands before the change is verified all the same."""
        (problem,) = self.problems("UPDATE keychain_store_journal SET time = 7 WHERE seq = 4")
        self.assertIn("entry 4 of the journal was changed", problem)
