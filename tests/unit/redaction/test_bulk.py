"""Texts in which secrets stand thickly come out as others do.

Each text here is one that replacing one secret after the other would get wrong.
"""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.bulk import Bulk
from buildbot_keychain.redaction.writer import Writer


class BulkTests(TestCase):
    def redactor(self, **values: str) -> Redactor:
        redactor = Redactor(RedactionPolicy.raw())
        for name, value in values.items():
            redactor.add(name, value)
        return redactor

    def test_each_secret_has_its_label(self) -> None:
        redactor = self.redactor(x="one-key", y="other-key")
        text = "one-key, other-key; " * 3
        self.assertEqual(redactor.redact(text), "<x>, <y>; " * 3)

    def test_secrets_that_overlap_are_one(self) -> None:
        redactor = self.redactor(x="abcdefgh", y="ghijk")
        self.assertEqual(redactor.redact("abcdefghijk, ghijk"), "<x>, <y>")

    def test_a_torn_secret_that_another_one_tears_too_is_found(self) -> None:
        redactor = self.redactor(x="aaaabb", y="bbccdd", z="ddeeee")
        self.assertEqual(redactor.redact("aaaabbccddeeee"), "<x>")

    def test_a_secret_that_overlaps_itself_is_one(self) -> None:
        redactor = self.redactor(x="abcab")
        self.assertEqual(redactor.redact("abcabcab abcab"), "<x> <x>")

    def test_a_secret_that_overlaps_itself_in_many_ways_is_one(self) -> None:
        value = "a" * 800 + "b" + "a" * 800
        redactor = self.redactor(x=value)
        self.assertEqual(redactor.redact(f"{value}\n{value}{value[5:]}\n"), "<x>\n<x>\n")

    def test_secrets_that_touch_are_one_only_if_they_are_the_same(self) -> None:
        redactor = self.redactor(x="one-key", y="other-key")
        self.assertEqual(redactor.redact("one-keyone-keyother-key"), "<x><y>")

    def test_a_label_in_the_text_is_no_secret(self) -> None:
        redactor = self.redactor(x="one-key")
        for text, expected in (
            ("<x>one-keyone-key", "<x><x>"),
            ("one-key<x>", "<x><x>"),
            ("<x><x> one-key", "<x><x> <x>"),
            ("<a><a> one-key", "<a><a> <x>"),
        ):
            self.assertEqual(redactor.redact(text), expected)

    def test_a_secret_over_several_pieces_has_one_label(self) -> None:
        stream = self.redactor(x="one-key").stream()
        pieces = ["one-keyone-", "keyone-key", "one-key", "<x>one-key"]
        self.assertEqual("".join(map(stream.feed, pieces)) + stream.close(), "<x><x><x>")

    def test_a_secret_of_two_values_has_two_labels(self) -> None:
        redactor = self.redactor(x="old-value")
        redactor.add("x", "new-value")
        self.assertEqual(redactor.redact("old-valuenew-value"), "<x><x>")

    def test_a_secret_that_comes_too_late_for_its_beginning_is_hidden_from_then_on(self) -> None:
        redactor = self.redactor(x="one-key")
        stream = redactor.stream()
        self.assertEqual(stream.feed("begun: oth"), "begun: oth")
        redactor.add("y", "other-key")
        self.assertEqual(stream.feed("er-key and one-key."), "<y> and <x>.")

    def test_an_occurrence_across_the_end_is_left_to_what_comes(self) -> None:
        bulk = Bulk([(b"abcd", 0), (b"cd-ef", 1)], [b"<x>", b"<y>"])
        text = b"abcd abcd"
        self.assertEqual(bulk.write(text, 0, text.rindex(b"cd"), Writer()), (b"<x> ", 5))
