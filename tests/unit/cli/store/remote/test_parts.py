"""The parts of a store that another process has open, here without a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from buildbot_keychain.cli.store.remote._parts import ATTEMPTS, Rekeying, Rotation, Secrets
from buildbot_keychain.errors import StoreConflict
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.remote import (
    FrameReader,
    answer_of,
    read_answer,
    read_request,
    request_message,
)
from buildbot_keychain.store.store import Keep
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW

CANARY = "canary-W7/x+9pQ"

THERE = NOW + 5
"""What the clock of the other process says."""


class PartsTestCase(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.opened = OpenStore(self.url, self.ring_file.path, actor="master")
        self.addCleanup(self.opened.close)
        self.progress: list[tuple[int, ...]] = []

    def ask(
        self,
        operation: str,
        progress: Callable[..., object] | None = None,
        **arguments: object,
    ) -> Any:
        """Have the other process do an operation."""

        def report(message: bytes) -> None:
            if progress is not None:
                progress(*read_answer(self.content(message)).content)

        request = self.content(request_message(operation, arguments, None))
        answer = answer_of(read_request(request), self.opened, "me", THERE, Keep(10), report)
        return read_answer(self.content(answer)).content

    def content(self, message: bytes) -> bytes:
        (content,) = FrameReader(1 << 20).feed(message)
        return content

    def note(self, *numbers: int) -> None:
        self.progress.append(numbers)


class SecretsTests(PartsTestCase):
    """As those of the store itself."""

    def setUp(self) -> None:
        super().setUp()
        self.secrets = Secrets(self.ask)

    def test_values(self) -> None:
        self.assertIsNone(self.secrets.get("a"))
        self.assertEqual(self.secrets.set("a", CANARY, now=NOW, tags={"x"}, expected=0), 1)
        self.assertEqual(self.secrets.set("a", b"\0bytes", now=NOW, expected=1), 2)
        first = self.secrets.get("a", 1)
        assert first is not None
        self.assertEqual((first.text, first.metadata.tags), (CANARY, ("x",)))
        self.assertEqual(first.metadata.created, THERE)
        self.assertEqual(self.secrets.get("a"), self.store.get("a"))
        self.assertEqual(self.secrets.versions("a"), tuple(self.store.versions("a")))
        self.secrets.rollback("a", 1, now=NOW, expected=2)
        self.assertEqual(self.value("a"), CANARY)
        self.assertRaises(StoreConflict, self.secrets.rollback, "a", 2, now=NOW, expected=2)

    def test_names(self) -> None:
        for name in "abc":
            self.store.set(name, "x", now=NOW)
        self.secrets.rename("a", "d", now=NOW)
        self.secrets.delete("b", now=NOW)
        pages = self.secrets.page(limit=2), self.secrets.page("c", 2)
        found = [[(one.name, bool(one.deleted)) for one in page] for page in pages]
        self.assertEqual(found, [[("b", True), ("c", False)], [("d", False)]])
        self.secrets.undelete("b", now=NOW)
        self.assertEqual(self.secrets.describe("b", 1), self.store.describe("b", 1))
        self.secrets.delete("b", now=NOW)
        self.secrets.purge("b", now=NOW)
        self.assertIsNone(self.secrets.describe("b"))

    def test_what_was_done(self) -> None:
        self.secrets.set("a", "x", now=NOW)
        self.secrets.note_use("a", NOW)
        self.secrets.edit("a", now=NOW, description="d")
        entries = self.secrets.history("a")
        self.assertEqual(entries, tuple(self.store.history("a")))
        self.assertEqual([entry.operation for entry in entries], ["create a", "edit"])
        self.assertEqual({(entry.actor, entry.time) for entry in entries}, {("me", THERE)})
        described = self.store.describe("a")
        assert described is not None
        self.assertEqual(described.used, THERE // 3600 * 3600)

    def test_others_edit_meanwhile(self) -> None:
        """Their edits stay; whoever finds one after the other gives up in the end."""
        self.store.set("a", "x", now=NOW)
        tags: Iterator[str] = iter("mn")

        def change_of(old: Any) -> dict[str, Any]:
            tag = next(tags, None)
            if tag is not None:
                self.store.edit("a", now=NOW, tags=[*old.tags, tag])
            return {"tags": {*old.tags, "mine"}}

        known = self.secrets.edit("a", now=NOW, change_of=change_of, description="d")
        self.assertEqual((known.tags, known.description), (("m", "mine", "n"), "d"))
        tags = map(str, range(ATTEMPTS))
        self.assertRaises(StoreConflict, self.secrets.edit, "a", now=NOW, change_of=change_of)
        self.assertIsNone(next(tags, None))
        known = self.secrets.edit("a", now=NOW, change_of=change_of)
        self.assertEqual(len(known.tags), 3 + ATTEMPTS)


class KeysTests(PartsTestCase):
    """As those of the store itself."""

    def setUp(self) -> None:
        super().setUp()
        self.rotation = Rotation(self.ask)
        for version in ("one", "two"):
            self.store.set("a", version, now=NOW)

    def uses(self) -> list[str]:
        return [key.use for key in self.rotation.known_keys()]

    def test_a_rotation_step_by_step(self) -> None:
        self.assertEqual(self.uses(), ["primary"])
        waiting = self.rotation.start(NOW)
        self.assertEqual(self.uses(), ["primary", "waiting"])
        self.opened.rotation.announce("m", NOW)
        (master,) = self.rotation.masters()
        self.assertEqual((master, master.lacks), (self.opened.rotation.masters()[0], ()))
        self.rotation.promote(waiting, now=NOW, alive_since=2 * NOW)
        self.assertEqual(self.rotation.rewrap(NOW, self.note).done, 2)
        self.assertEqual(self.progress, [(2,)])
        self.rotation.finish()
        self.assertEqual(self.uses(), ["retired", "primary"])
        self.assertEqual(self.value("a"), "two")

    def test_a_rotation_at_once(self) -> None:
        self.assertIsNone(self.rotation.rotate_if_older(0, now=NOW, alive_since=2 * NOW))
        done = self.rotation.rotate(now=NOW, alive_since=2 * NOW, progress=self.note)
        self.assertEqual((done.done, self.progress), (2, [(2,)]))
        found = self.rotation.rotate_if_older(
            THERE + 1, now=NOW, alive_since=2 * NOW, progress=self.note
        )
        assert found is not None
        self.assertEqual((found[1].done, self.progress), (2, [(2,), (2,)]))
        self.assertEqual(self.uses(), ["retired", "retired", "primary"])

    def test_values_encrypted_again(self) -> None:
        rekeying = Rekeying(self.ask)
        rekeying.rekey("a", now=NOW)
        self.assertEqual(self.store.history("a")[-1].operation, "rekey")
        self.assertEqual(rekeying.rekey_all(since=0, now=NOW, progress=self.note).done, 0)
        self.assertEqual(self.progress, [(1, 1)])
        self.assertEqual(rekeying.rekey_all(since=THERE + 1, now=NOW).done, 1)
        self.assertEqual(self.value("a"), "two")
