"""What somebody wants done to a secret."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from buildbot_keychain.errors import InvalidName, NotInStore, StoreConflict, StoreError
from buildbot_keychain.store import changes
from buildbot_keychain.store.changes import Change, Done, apply
from buildbot_keychain.store.generators import Recipe
from tests.support.secretive_objects import assert_is_not_sent
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW


class ChangeTests(StoreTestCase):
    def do(self, operation: str, name: str = "a", **more: Any) -> Done:
        return apply(self.store, NOW, Change(operation, name, **more))

    def refused(self, kind: type[Exception], operation: str, **more: Any) -> str:
        change = Change(operation, "a", **more)
        return str(self.assertRaises(kind, apply, self.store, NOW, change))

    def revision(self, name: str = "a") -> str:
        known = self.store.describe(name)
        assert known is not None
        return known.revision

    def test_the_life_of_a_secret(self) -> None:
        steps: list[tuple[str, dict[str, Any], Done]] = [
            ("add", {"value": "one", "metadata": {"tags": ["t"]}}, Done("a", 1)),
            ("replace", {"value": b"\xff"}, Done("a", 2)),
            ("edit", {"metadata": {"description": "d"}}, Done("a", 2)),
            ("rollback", {"version": 1}, Done("a", 1)),
            ("delete", {}, Done("a", 0)),
            ("undelete", {}, Done("a", 1)),
            ("rename", {"new_name": "b"}, Done("b", 1)),
        ]
        for operation, more, done in steps:
            revision = None if operation == "add" else self.revision()
            self.assertEqual(self.do(operation, revision=revision, **more), done)
        self.assertEqual(self.value("b"), "one")
        self.assertEqual([entry.operation for entry in self.store.history("b")][-1], "rename b")
        self.do("delete", "b")
        self.assertEqual(self.do("purge", "b"), Done("b", 0))
        self.assertIsNone(self.store.describe("b"))

    def test_somebody_else_was_first(self) -> None:
        self.do("add", value="one")
        seen = self.revision()
        self.do("edit", metadata={"tags": ["by somebody else"]})
        for operation, more in (
            ("replace", {"value": "two"}),
            ("edit", {"metadata": {"tags": []}}),
            ("rollback", {"version": 1}),
            ("rename", {"new_name": "b"}),
            ("delete", {}),
        ):
            said = self.refused(StoreConflict, operation, revision=seen, **more)
            self.assertIn("somebody else has changed it", said)
        self.refused(StoreConflict, "add", value="two")
        self.refused(StoreConflict, "replace", value="two", expected=7)
        known = self.store.describe("a")
        assert known is not None
        self.assertEqual((self.value("a"), known.metadata.tags), ("one", ("by somebody else",)))

    def test_a_value_that_is_made(self) -> None:
        done = self.do("add", recipe=Recipe("ssh"))
        known = self.store.describe("a")
        assert known is not None
        assert done.public is not None
        self.assertEqual(known.metadata.description, f"public key: {done.public}")
        self.assertIn("PRIVATE KEY", self.value("a") or "")
        self.do("replace", recipe=Recipe(length=9, alphabet="hex"))
        self.assertEqual(len(self.value("a") or ""), 9)
        with patch.object(Recipe, "make", side_effect=ImportError(name="pyrage")):
            self.assertIn("lacks pyrage", self.refused(StoreError, "replace", recipe=Recipe("age")))

    def test_files(self) -> None:
        for content, value in ((b"alone\n", b"alone"), (b"\xff\n", b"\xff\n")):
            self.do("replace", value=content, is_file=True)
            found = self.store.get("a")
            assert found is not None
            self.assertEqual(found.content, value)
        self.assertIn("is empty", self.refused(StoreError, "replace", value=b"\n", is_file=True))

    def test_what_cannot_be_done(self) -> None:
        for value in ("", b"", None):
            self.assertIn("is empty", self.refused(StoreError, "add", value=value))
        self.refused(NotInStore, "delete")
        change = Change("add", "a|b", value="x")
        self.assertRaises(InvalidName, apply, self.store, NOW, change)

    def test_a_change_shows_nothing(self) -> None:
        change = Change("add", "a", value="canary")
        self.assertNotIn("canary", repr(change))
        assert_is_not_sent(self, change)

    def test_every_operation_has_a_name(self) -> None:
        names = {text for name, text in vars(changes).items() if name.isupper() and name[0] != "_"}
        self.assertEqual(names, set(changes._OPERATIONS))
