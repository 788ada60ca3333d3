"""What a store says of its secrets; `test_store` has the same on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW


class ReadingTests(StoreTestCase):
    def test_pages_of_names(self) -> None:
        for name in ("b", "a/2", "a/1", "c"):
            self.store.set(name, "x", now=NOW)
        self.assertEqual([d.name for d in self.store.page(limit=2)], ["a/1", "a/2"])
        self.assertEqual([d.name for d in self.store.page("a/2", 10)], ["b", "c"])
        self.assertEqual(self.store.page("c"), [])

    def test_what_was_deleted_until_a_time(self) -> None:
        for number, name in enumerate("abcd"):
            self.store.set(name, "one", now=NOW)
            self.store.set(name, "two", now=NOW)
            if name != "c":
                self.store.delete(name, now=NOW + number)

        def names(*wanted: Any) -> list[str]:
            return [each.known.name for each in self.store.deleted(*wanted)]

        self.assertEqual(names(NOW + 9), ["a", "b", "d"])
        self.assertEqual(names(NOW + 1), ["a", "b"])
        self.assertEqual(names(NOW + 9, "a"), ["b", "d"])
        self.assertEqual(names(NOW + 9, "", 2), ["a", "b"])
        self.assertEqual(names(NOW - 1), [])
        (found,) = self.store.deleted(NOW + 9, "b")
        self.assertEqual((found.versions, found.known), (2, self.store.describe("d")))

    def test_what_was_changed_is_told_without_reading_it(self) -> None:
        for name in ("a", "b", "c"):
            self.store.set(name, "s3cr3t", now=NOW, tags=[name])
        before = self.store.digests(9)
        self.assertEqual((list(before), list(self.store.digests(2))), (["a", "b", "c"], ["a", "b"]))
        for change in (
            lambda: self.store.edit("a", now=NOW, tags=["x"]),
            lambda: self.store.set("a", "another", now=NOW),
            lambda: self.store.delete("a", now=NOW),
        ):
            change()
            after = self.store.digests(9)
            self.assertNotEqual(after.pop("a"), before.pop("a"))
            self.assertEqual(after, before)
            before = self.store.digests(9)
        found = self.store.describe_all(["b", "none", "a"])
        self.assertEqual(
            [(each.name, bool(each.deleted)) for each in found], [("b", False), ("a", True)]
        )
        self.assertEqual(found[0].metadata.tags, ("b",))

    def test_the_history(self) -> None:
        self.store.set("a", "one", now=NOW)
        self.store.set("a", "two", now=NOW + 1)
        self.store.rollback("a", 1, now=NOW + 2)
        self.store.rename("a", "b", now=NOW + 3)
        self.assertEqual(
            [(e.time - NOW, e.operation, e.version, e.actor) for e in self.store.history("b")],
            [
                (0, "create a", 1, "master"),
                (1, "set", 2, "master"),
                (2, "rollback", 1, "master"),
                (3, "rename b", 1, "master"),
            ],
        )


class StatementTests(StoreTestCase):
    """How much the database is asked does not depend on how many secrets it has."""

    def statements(self, work: Callable[[], object]) -> int:
        found: list[str] = []

        def note(connection: object, cursor: object, statement: str, *others: object) -> None:
            found.append(statement)

        engine = self.store._ledger.database._engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            work()
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        return len(found)

    def test_few_secrets_and_many(self) -> None:
        def count() -> list[int]:
            works = (
                lambda: self.store.get("secret 0"),
                lambda: self.store.describe("secret 0"),
                self.store.page,
                lambda: list(self.store.names()),
            )
            return [self.statements(work) for work in works]

        self.store.set("secret 0", "x", now=NOW)
        few = count()
        for number in range(1, 40):
            self.store.set(f"secret {number}", "x", now=NOW)
        self.assertEqual(count(), few)
        self.assertLess(max(few), 8)
