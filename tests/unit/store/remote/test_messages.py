"""Requests, reports and answers."""

from __future__ import annotations

from typing import Any

from buildbot_keychain import errors
from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    NotInStore,
    StoreError,
    StoreTampered,
)
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.remote import (
    STILL_WORKING,
    TOO_MANY,
    FrameReader,
    NotAMessage,
    answer_of,
    error_message,
    read_answer,
    read_request,
    request_message,
)
from buildbot_keychain.store.store import Keep
from tests.support.store_case import StoreTestCase
from tests.support.store_keys import NOW

CANARY = "canary-W7/x+9pQ"


class MessageTests(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.reports: list[bytes] = []
        self.open_store = OpenStore(self.url, self.ring_file.path, actor="master")
        self.addCleanup(self.open_store.close)

    def content(self, message: bytes) -> bytes:
        (content,) = FrameReader(1 << 20).feed(message)
        return content

    def answer(self, operation: str, keep: Keep | None = None, **arguments: Any) -> Any:
        """Return the result of an operation, as whoever asks has it."""
        request = self.content(request_message(operation, arguments, keep))
        message = answer_of(
            read_request(request), self.open_store, "me@here", NOW + 5, Keep(2), self.reports.append
        )
        answer = read_answer(self.content(message))
        self.assertTrue(answer.is_final)
        self.assertNotIn("canary", repr(answer))
        return answer.content

    def test_a_request_and_its_answer(self) -> None:
        for number in range(3):
            found = self.answer("set", name="a", value=CANARY, expected=number, metadata={})
            self.assertEqual(found, number + 1)
        found = self.answer("get", name="a", version=None)
        self.assertEqual((found.text, found.metadata.created), (CANARY, NOW + 5))
        self.assertEqual([one.version for one in self.answer("versions", name="a")], [2, 3])
        self.assertEqual({one.actor for one in self.answer("history", name="a")}, {"me@here"})
        arguments: dict[str, Any] = {"name": "a", "value": "x", "expected": None, "metadata": {}}
        self.answer("set", keep=Keep(1), **arguments)
        self.assertEqual([one.version for one in self.answer("versions", name="a")], [4])
        self.open_store.secrets.set("b", "x", now=NOW)
        (entry,) = self.store.history("b")
        self.assertEqual(entry.actor, "master")

    def test_reports(self) -> None:
        self.store.set("a", "x", now=NOW)
        self.answer("rekey_all", since=NOW + 1)
        (report,) = self.reports
        answer = read_answer(self.content(report))
        self.assertEqual((answer.is_final, answer.content), (False, (1, 1)))
        for message, content in ((STILL_WORKING, None), (TOO_MANY, ())):
            self.assertEqual(read_answer(self.content(message)).content, content)

    def test_errors(self) -> None:
        """Those of the store keep their class; nothing of others is told but theirs."""
        self.assertRaises(NotInStore, self.answer, "history", name="a")
        for error, kind, text in (
            (StoreTampered("changed"), StoreTampered, "changed"),
            (ConfigurationError("wrong"), StoreError, "wrong"),
            (AccessDenied("Vault", "a", "why"), StoreError, "why"),
            (ValueError(CANARY), StoreError, "the master failed with ValueError"),
        ):
            content = self.content(error_message(error))
            self.assertNotIn(b"canary", content)
            found = self.assertRaises(kind, read_answer, content)
            self.assertIs(type(found), kind)
            self.assertIn(text, str(found))
        found = self.assertRaises(
            StoreTampered, read_answer, self.content(error_message(StoreTampered("x"), "because"))
        )
        self.assertEqual(str(found), "because")

    def test_an_answer_that_is_none(self) -> None:
        for content in (b"", b"7", b"{}", b'{"error": 7, "message": "x"}', b"\xff", b"[" * 10**5):
            self.assertRaises(NotAMessage, read_answer, content)
        for name in ("KeychainError", "SecretNotFound", "annotations", "quote", "nothing"):
            content = b'{"error": "%s", "message": "said"}' % name.encode()
            error = self.assertRaises(StoreError, read_answer, content)
            self.assertEqual((type(error), str(error)), (StoreError, "said"))
        self.assertTrue(hasattr(errors, "SecretNotFound"))

    def test_versions_to_keep_that_are_none(self) -> None:
        for keep in (Keep(0), Keep("x"), Keep(2, "x"), "x"):  # type: ignore[arg-type]
            self.assertRaises(NotAMessage, self.answer, "masters", keep=keep)
