"""What a command makes of what a master answers."""

from __future__ import annotations

import socket

from buildbot_keychain.cli.store.remote import RemoteStore, _store
from buildbot_keychain.errors import StoreError, StoreUnavailable
from buildbot_keychain.store.remote import STILL_WORKING, TOO_MANY, NotAMessage, frame
from tests.support.master_sockets import MasterSocketTestCase

RESULT = frame(b'{"result":null}')


class RemoteStoreTests(MasterSocketTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.store = RemoteStore(self.path)
        self.patch(_store, "pause", lambda _: None)

    def problem(self, kind: type[StoreError] = StoreError) -> str:
        return str(self.assertRaises(kind, self.store.secrets.get, "a"))

    def test_what_is_still_done_and_then_answered(self) -> None:
        reports: list[tuple[int, ...]] = []
        self.serve(STILL_WORKING + frame(b'{"report":[1,2]}') + RESULT)
        self.assertIsNone(self.store.verify(lambda *numbers: reports.append(numbers)))
        self.assertEqual(reports, [(1, 2)])

    def test_too_many_connections_at_first(self) -> None:
        self.serve(TOO_MANY, TOO_MANY, RESULT)
        self.assertIsNone(self.store.secrets.get("a"))

    def test_too_many_connections(self) -> None:
        self.serve(*[TOO_MANY] * 20)
        self.assertIn("has too many connections; try again later", self.problem(StoreUnavailable))

    def test_answers_that_are_none(self) -> None:
        answers = (b"", RESULT[:-1], STILL_WORKING, frame(b"garbage"), b"\xff" * 5)
        self.serve(*answers)
        for answer in answers:
            is_cut = answer in {b"", RESULT[:-1], STILL_WORKING}
            problem = self.problem(StoreUnavailable if is_cut else NotAMessage)
            self.assertEqual("look with buildbot-keychain history" in problem, is_cut)

    def test_silence(self) -> None:
        self.patch(_store, "SILENCE", 0.01)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self.path))
            listening.listen()
            self.assertIn("has not said anything for", self.problem(StoreUnavailable))
