"""A leak test is worth what its search finds: every disguise is found, and nothing else is."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from twisted.trial.unittest import TestCase

from tests.integration.leaks.canaries import key, plain, spiky
from tests.integration.leaks.search import CanarySearch, Finding

PLAIN = plain("plain", "seed")
SPIKY = spiky("spiky", "seed")
KEY = key("key", "seed")


class SearchTests(TestCase):
    def setUp(self) -> None:
        self.search = CanarySearch([PLAIN, SPIKY, KEY]).search

    def assert_found(self, text: str, channel: str, kind: str, count: int = 1) -> None:
        self.assertEqual(self.search(text), [Finding(channel, kind, count)])

    def test_nothing_is_found_in_a_clean_text(self) -> None:
        self.assertEqual(self.search("a log\n" * 100 + "<plain> <spiky> <key>"), [])

    def test_a_canary_as_it_is(self) -> None:
        self.assert_found(f"x{PLAIN.value}y{PLAIN.value}", "plain", "whole", 2)
        self.assert_found(SPIKY.value, "spiky", "whole")

    def test_each_line_of_a_key_counts(self) -> None:
        self.assert_found(KEY.value, "key", "whole", 24)
        self.assert_found(f"  {KEY.pieces[3]}", "key", "whole")

    def test_a_canary_cut_by_lines_colours_and_backspaces(self) -> None:
        value = PLAIN.value
        for cut in ("\n", "\r\n", "\x1b[31m", "x\x08", "xy\x08\x08", "   "):
            with self.subTest(cut=cut):
                self.assert_found(f"{value[:9]}{cut}{value[9:]}", "plain", "whole, joined")

    def test_a_canary_across_two_lines_of_a_log(self) -> None:
        value = PLAIN.value
        self.assert_found(f"o{value[:9]}\no{value[9:]}", "plain", "whole, joined log lines")

    def test_escapes(self) -> None:
        value = SPIKY.value
        quoted = value.replace("'", "'\\''")
        for text in (json.dumps(value), json.dumps(value, ensure_ascii=False), repr(value)):
            self.assert_found(text, "spiky", "whole, unescaped")
        self.assert_found(json.dumps(json.dumps(value)), "spiky", "whole, unescaped twice")
        self.assert_found(quote(value), "spiky", "whole, percent-decoded")
        self.assertEqual([found.channel for found in self.search(quoted)], ["spiky"])

    def test_encodings(self) -> None:
        for offset in range(3):
            text = base64.b64encode(b"\0" * offset + PLAIN.value.encode() + b"\0").decode()
            self.assert_found(text, "plain", "whole, base64")
        self.assert_found(PLAIN.value.encode().hex(), "plain", "whole, hex")
        upper = PLAIN.value.encode().hex().upper()
        self.assert_found(upper, "plain", "whole, hex, lower case")
        self.assert_found(PLAIN.value[::-1], "plain", "whole, reversed")

    def test_a_part_is_told_from_the_whole(self) -> None:
        self.assert_found(f"..{PLAIN.value[4:16]}..", "plain", "part", 3)
        self.assertEqual(self.search(PLAIN.value[:9]), [])

    def test_a_part_is_found_wherever_it_begins(self) -> None:
        part = PLAIN.value[4:14]
        for before in range(20):
            self.assert_found("." * before + part, "plain", "part")
            self.assert_found("." * before + part + ".", "plain", "part")

    def test_a_finding_holds_no_canary(self) -> None:
        (finding,) = self.search(PLAIN.value)
        self.assertNotIn(PLAIN.value, repr((finding, PLAIN)))
