"""What can be asked of a process that has a store open."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.errors import StoreConflict
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.remote import NotAMessage
from buildbot_keychain.store.remote._operations import LARGEST_PAGE, OPERATIONS, Task, perform
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW


class OperationTests(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        store = OpenStore(self.url, self.ring_file.path, actor="master")
        self.addCleanup(store.close)
        self.task = Task(store, store.secrets, NOW + 5, lambda *_: None)

    def perform(self, operation: str, **arguments: Any) -> Any:
        return perform(self.task, operation, arguments)

    def test_what_is_not_one(self) -> None:
        for operation in ("", "close", "__class__", "names", "_page"):
            self.assertRaises(NotAMessage, self.perform, operation)

    def test_arguments(self) -> None:
        """All that there are, and no others; each of its type, in all operations."""
        for operation, known in OPERATIONS.items():
            makers = {name: types[-1] for name, types in known.arguments.items()}
            values = {name: make() for name, make in makers.items()}
            self.assertRaises(NotAMessage, self.perform, operation, **values, more=1)
            for name in values:
                others = {key: value for key, value in values.items() if key != name}
                self.assertRaises(NotAMessage, self.perform, operation, **others)
                for wrong in (True, 1.5, object()):
                    self.assertRaises(
                        NotAMessage, self.perform, operation, **others, **{name: wrong}
                    )

    def test_a_page_is_not_too_long(self) -> None:
        self.store.set("a", "x", now=NOW)
        asked: list[int] = []
        self.patch(self.task.secrets, "page", lambda _, limit: asked.append(limit))
        for limit in (-1, 7, 1 << 60):
            self.perform("page", after="", limit=limit)
        self.assertEqual(asked, [1, 7, LARGEST_PAGE])

    def test_an_edit_of_what_was_seen(self) -> None:
        self.store.set("a", "x", now=NOW, tags=["b"])
        seen = self.perform("describe", name="a", version=None).revision
        self.perform("edit", name="a", metadata={"tags": ("c",)}, revision=seen)
        error = self.assertRaises(
            StoreConflict, self.perform, "edit", name="a", metadata={}, revision=seen
        )
        self.assertIn("somebody else has changed it", str(error))
        self.perform("edit", name="a", metadata={"description": "d"}, revision=None)
        known = self.store.describe("a")
        assert known is not None
        self.assertEqual((known.metadata.tags, known.metadata.description), (("c",), "d"))
        self.assertRaises(
            NotAMessage, self.perform, "edit", name="a", metadata={1: "x"}, revision=None
        )
