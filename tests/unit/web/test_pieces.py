from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.deferreds import SLICE
from buildbot_keychain.web._pieces import TOGETHER, json_pieces, whole

_LEAVES: Any = st.none() | st.booleans() | st.integers() | st.text()
_CONTENT = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=90
)


class PiecesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.paused: list[Any] = []
        self.now = 0.0

    def whole(self, pieces: Iterator[str]) -> Deferred[bytes]:
        def call_later(_seconds: float, *call: Any) -> Any:
            self.paused.append(call)

        return Deferred.fromCoroutine(whole(pieces, call_later, lambda: self.now))

    def test_there_is_a_pause_after_each_slice(self) -> None:
        made = []

        def pieces() -> Iterator[str]:
            for number in range(8):
                self.now += 0.6 * SLICE
                made.append(number)
                yield f"{number}\u00e9"

        body = self.whole(pieces())
        for number in (2, 4, 6, 8):
            self.assertEqual(len(made), number)
            self.assertNoResult(body)
            self.now += 60  # what others take is not counted
            (go_on,) = self.paused.pop()
            go_on()
        self.assertEqual(self.successResultOf(body), "0é1é2é3é4é5é6é7é".encode())

    def test_what_fails_fails(self) -> None:
        def pieces() -> Iterator[str]:
            yield "a"
            raise KeyError

        self.failureResultOf(self.whole(pieces()), KeyError)

    @given(_CONTENT)
    def test_json_is_as_at_once(self, content: Any) -> None:
        expected = json.dumps(content)
        self.assertEqual("".join(json_pieces(content)), expected)
        if isinstance(content, dict):
            made = {
                name: iter(value) if isinstance(value, list) else value
                for name, value in content.items()
            }
            self.assertEqual("".join(json_pieces(made)), expected)

    def test_no_piece_is_long(self) -> None:
        pieces = list(json_pieces({"few": 1, "many": map(str, range(1000))}))
        longest = max(piece.count('"') / 2 for piece in pieces)
        self.assertEqual((len(pieces) >= 1000 / TOGETHER, longest), (True, TOGETHER))
