from __future__ import annotations

from typing import Any

from buildbot_keychain.errors import StoreUnavailable
from buildbot_keychain.store.imports import (
    Became,
    Entry,
    ImportedSecret,
    ImportProblem,
    Outcome,
    Renaming,
    Rule,
    store_entries,
)
from buildbot_keychain.store.store import Store
from tests.support.store_case import DamagedStoreTestCase, StoreTestCase
from tests.support.store_keys import NOW

CANARY = "s3cr3t-canary"


def secret(name: str, value: str | bytes = CANARY, **facts: Any) -> ImportedSecret:
    return ImportedSecret(name, value, f"file: {name}", **facts)


class StoringTestCase(StoreTestCase):
    def outcomes(self, *entries: Entry, renaming: Renaming | None = None, **more: Any) -> Any:
        found = list(store_entries(self.store, entries, renaming or Renaming(), now=NOW, **more))
        self.assertNotIn(CANARY, repr(found))
        return found

    def became(self, *entries: Entry, **more: Any) -> list[str]:
        return [outcome.became.value for outcome in self.outcomes(*entries, **more)]


class StoringTests(StoringTestCase):
    def test_new_changed_and_same(self) -> None:
        self.store.set("changed", "old", now=NOW)
        self.store.set("same", CANARY, now=NOW)
        self.store.set("kind", CANARY, now=NOW)
        entries = (secret("new"), secret("changed"), secret("same"), secret("kind", b"\xff"))
        for dry_run in (True, False):
            found = self.became(*entries, dry_run=dry_run)
            self.assertEqual(found, ["new", "changed", "same", "changed"])
        self.assertEqual(self.became(*entries), ["same"] * 4)
        self.assertEqual(self.value("changed", 1), "old")
        self.assertEqual(self.value("changed"), CANARY)

    def test_a_dry_run_writes_nothing(self) -> None:
        self.store.set("a", "old", now=NOW, description="x")
        self.outcomes(secret("a"), secret("b"), dry_run=True)
        self.outcomes(secret("a", "old", description="y"), dry_run=True)
        self.assertIsNone(self.value("b"))
        self.assertEqual(len(self.store.history("a")), 1)

    def test_metadata_of_a_new_secret(self) -> None:
        facts: dict[str, Any] = {
            "description": "d",
            "tags": ("t",),
            "redact": False,
            "allowed": ("b*",),
            "expires": NOW + 1,
        }
        self.outcomes(secret("a", **facts))
        described = self.store.describe("a")
        assert described is not None
        self.assertEqual({key: getattr(described.metadata, key) for key in facts}, facts)

    def test_what_the_source_does_not_say_stays(self) -> None:
        facts: dict[str, Any] = {
            "description": "d",
            "tags": ("t",),
            "redact": False,
            "allowed": ("b*",),
            "expires": NOW + 1,
        }
        self.store.set("a", "old", now=NOW, **facts)
        self.assertEqual(self.became(secret("a", tags=("u",))), ["changed"])
        described = self.store.describe("a")
        assert described is not None
        expected = facts | {"tags": ("t", "u")}
        self.assertEqual({key: getattr(described.metadata, key) for key in facts}, expected)

    def test_metadata_alone_make_no_version(self) -> None:
        self.store.set("a", CANARY, now=NOW)
        (outcome,) = self.outcomes(secret("a", description="d"))
        self.assertEqual((outcome.became, outcome.why), (Became.CHANGED, "its value is the same"))
        described = self.store.describe("a")
        assert described is not None
        self.assertEqual((described.version, described.metadata.description), (1, "d"))

    def test_names_and_what_is_left_out(self) -> None:
        renaming = Renaming([Rule("b", ""), Rule("a", "c")], "p/")
        found = self.outcomes(secret("a"), secret("b"), renaming=renaming)
        left_out = Outcome(Became.SKIPPED, "b", "file: b", "a rule leaves it out", is_meant=True)
        self.assertEqual(found, [Outcome(Became.NEW, "p/c", "file: a"), left_out])

    def test_problems_are_skipped_and_said(self) -> None:
        problem = ImportProblem("file", "is a link", "leave it out")
        found = self.outcomes(problem, secret("a@1"), secret("b", warning="it is odd"))
        self.assertEqual([one.became.value for one in found], ["skipped", "skipped", "new"])
        self.assertEqual(found[0].why, "is a link; leave it out")
        self.assertEqual(found[2].why, "it is odd")

    def test_what_was_deleted_stays_deleted(self) -> None:
        self.store.set("a", "old", now=NOW)
        self.store.delete("a", now=NOW)
        (outcome,) = self.outcomes(secret("a"))
        self.assertEqual(outcome.became, Became.SKIPPED)
        self.assertIn("it was deleted in the store", outcome.why)
        self.assertIsNone(self.value("a"))

    def test_what_is_refused_leaves_the_others(self) -> None:
        long = secret("a", description="ok", tags=("x" * 70_000,))
        for dry_run in (True, False):
            found = self.became(long, secret("b"), dry_run=dry_run)
            self.assertEqual(found, ["failed", "new"])
        self.assertIsNone(self.value("a"))

    def test_a_change_of_somebody_else_is_not_overwritten(self) -> None:
        self.store.set("a", "old", now=NOW)
        other = self.open("other")
        test = self

        class Raced(Store):
            def get(self, name: str, version: int | None = None) -> Any:
                found = super().get(name, version)
                other.set("a", "theirs", now=NOW)
                return found

        raced = Raced(test.store._ledger)
        (outcome,) = store_entries(raced, [secret("a")], Renaming(), now=NOW)
        self.assertEqual(outcome.became, Became.FAILED)
        self.assertEqual(self.value("a"), "theirs")

    def test_a_database_that_is_gone_ends_it(self) -> None:
        class Gone(Store):
            def describe(self, name: str, version: int | None = None) -> Any:
                raise StoreUnavailable("gone")

        outcomes = store_entries(Gone(self.store._ledger), [secret("a")], Renaming(), now=NOW)
        self.assertRaises(StoreUnavailable, list, outcomes)

    def test_an_import_that_was_interrupted_is_done_again(self) -> None:
        entries = [secret(f"secret {number}") for number in range(5)]
        outcomes = store_entries(self.store, entries, Renaming(), now=NOW)
        next(outcomes)
        next(outcomes)
        del outcomes
        self.assertEqual(self.became(*entries), ["same", "same", "new", "new", "new"])


class DamagedTests(DamagedStoreTestCase, StoringTestCase):
    def test_a_secret_that_does_not_open_stays_as_it_is(self) -> None:
        found = self.outcomes(secret("b"), secret("c"))
        self.assertEqual([one.became.value for one in found], ["failed", "changed"])
        self.assertIn("secret 'b'", found[0].why)
