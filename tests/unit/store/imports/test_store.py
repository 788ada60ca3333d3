from __future__ import annotations

from buildbot_keychain.store import paging
from buildbot_keychain.store.imports import ImportedSecret, ImportProblem, prepared, read_store
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW

CANARY = "s3cr3t-canary"


class StoreImportTests(StoreTestCase):
    def test_all_that_goes_with_a_secret_comes_too(self) -> None:
        self.store.set(
            "a",
            CANARY,
            now=NOW,
            description="A",
            tags=("x", "y"),
            allowed=("builder-*",),
            expires=NOW + 9,
            redact=False,
        )
        self.store.set("b", b"\xff", now=NOW)
        first, second = prepared(read_store(self.store, "old"))
        expected = ImportedSecret(
            "a",
            CANARY,
            "old: 'a'",
            "A",
            ("x", "y"),
            redact=False,
            allowed=("builder-*",),
            expires=NOW + 9,
        )
        self.assertEqual(first, expected)
        self.assertEqual(second, ImportedSecret("b", b"\xff", "old: 'b'"))

    def test_the_current_version_of_what_is_not_deleted(self) -> None:
        for value in ("1", "2"):
            self.store.set("a", value, now=NOW)
            self.store.set("b", value, now=NOW)
        self.store.rollback("a", 1, now=NOW)
        self.store.delete("b", now=NOW)
        self.store.set("changes/0123456789abcdef", "x", now=NOW, allowed=[])  # one that waits
        (found,) = read_store(self.store, "old")
        assert isinstance(found, ImportedSecret)
        self.assertEqual((found.name, found.value), ("a", "1"))

    def test_more_than_a_page(self) -> None:
        self.patch(paging, "PAGE", 2)
        for name in "abcde":
            self.store.set(name, "x", now=NOW)
        found = [e.name for e in read_store(self.store, "old") if isinstance(e, ImportedSecret)]
        self.assertEqual(found, list("abcde"))

    def test_a_damaged_secret_does_not_stop_the_others(self) -> None:
        for name in "abc":
            self.store.set(name, CANARY, now=NOW)
        self.damage("payload")
        found = list(read_store(self.store, "old"))
        self.assertEqual([type(e) for e in found], [ImportedSecret, ImportProblem, ImportedSecret])
        self.assertIn("old: 'b': ", str(found[1]))
        self.assertNotIn(CANARY, repr(found))

    def test_names_that_cannot_be_listed_are_a_problem(self) -> None:
        self.store.set("b", CANARY, now=NOW)
        self.damage("metadata")
        (problem,) = read_store(self.store, "old")
        self.assertIn("what follows was not read; verify that store", str(problem))

    def damage(self, column: str) -> None:
        with self.sqlite() as connection:
            changed = connection.execute(
                f"UPDATE keychain_store_versions SET {column} = x'00' "
                "WHERE uid = (SELECT uid FROM keychain_store_secrets WHERE name = 'b')"
            )
            self.assertEqual(changed.rowcount, 1)
