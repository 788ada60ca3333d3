from __future__ import annotations

import hashlib
import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit._chain import NOTHING, Link, linked, read_state, state_text
from tests.support.audit_records import hidden


class ChainTests(SynchronousTestCase):
    def test_each_line_has_its_number_and_the_hash_of_the_one_before(self) -> None:
        first, last = linked(Link(0, ""), hidden("a"))
        lines, last = linked(last, hidden("b", "c"))
        lines = [line.rstrip(b"\n") for line in (*first, *lines)]
        hashes = [hashlib.sha256(line).hexdigest() for line in lines]
        found = [json.loads(line) for line in lines]
        self.assertEqual([each["n"] for each in found], [1, 2, 3])
        self.assertEqual([each["prev"] for each in found], [NOTHING, *hashes[:2]])
        self.assertEqual((last, Link.of(lines[2])), (Link(3, hashes[2]),) * 2)
        self.assertEqual(linked(last, []), ([], last))

    def test_what_is_no_line(self) -> None:
        whole = linked(Link(0, ""), hidden("a"))[0][0].rstrip(b"\n")
        for line in (b"", b"{}", whole[:-1], whole[1:], whole.replace(b'"n":1', b'"n":0')):
            self.assertEqual(Link.of(line).number, 0)

    def test_what_is_kept_beside_a_file(self) -> None:
        text = state_text(Link(10**17, "f" * 64), 10**17, is_clean=False)
        self.assertEqual(len(text), len(state_text(Link(0, ""), 1, is_clean=True)))
        self.assertEqual(
            read_state(text), {"n": 10**17, "hash": "f" * 64, "first": 10**17, "clean": False}
        )
        for damaged in (b"", b"\0" * 160, text[:30], b"[]", b'{"n":"1","hash":"","first":1}'):
            self.assertEqual(read_state(damaged), {})
