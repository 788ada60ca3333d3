from __future__ import annotations

import re
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from buildbot_keychain.patterns import covers, expression, literal_prefix, matcher, matches

TEXTS = st.text("ab*/\n", max_size=8)


class PatternTests(TestCase):
    def test_a_star_stands_for_any_characters(self) -> None:
        for pattern, text in (
            ("*", ""),
            ("*", "a/b\nc"),
            ("deploy/*", "deploy/"),
            ("deploy/*", "deploy/a/b"),
            ("*/key", "a/b/key"),
            ("a*b*c", "a-b-b-c"),
            ("a*ba", "aba"),
            ("**", "x"),
        ):
            self.assertTrue(matches(pattern, text), (pattern, text))

    def test_nothing_else_is_special(self) -> None:
        for pattern, text in (
            ("a?c", "abc"),
            ("[ab]", "a"),
            ("a.c", "abc"),
            ("Deploy/*", "deploy/x"),
            ("deploy/*", "Deploy/x"),
            ("a*a", "a"),
            ("ab*ba", "aba"),
            ("a", "a\n"),
        ):
            self.assertFalse(matches(pattern, text), (pattern, text))

    @given(TEXTS, TEXTS)
    def test_it_is_like_a_regular_expression(self, pattern: str, text: str) -> None:
        anything = re.compile(expression(pattern, ".*").pattern, re.DOTALL)
        self.assertEqual(matches(pattern, text), anything.fullmatch(text) is not None)

    @given(st.lists(TEXTS, max_size=4), TEXTS)
    def test_many_match_what_one_of_them_does(self, patterns: list[str], text: str) -> None:
        self.assertEqual(matcher(patterns)(text), any(matches(p, text) for p in patterns))

    @given(TEXTS, TEXTS, st.text("ab/", max_size=8))
    def test_what_covers_a_pattern_matches_all_that_it_matches(
        self, general: str, special: str, text: str
    ) -> None:
        if covers(general, special) and matches(special, text):
            self.assertTrue(matches(general, text))

    @given(TEXTS, TEXTS)
    def test_what_does_not_cover_a_pattern_misses_something(
        self, general: str, special: str
    ) -> None:
        if not covers(general, special):
            # No pattern has this character, so only a `*` matches it.
            self.assertFalse(matches(general, special.replace("*", "z")))

    @given(TEXTS, TEXTS)
    def test_all_matches_begin_with_the_literal_prefix(self, pattern: str, text: str) -> None:
        if matches(pattern, text):
            self.assertTrue(text.startswith(literal_prefix(pattern)))

    def test_a_hostile_text_takes_no_more_time_than_its_length(self) -> None:
        self.assertFalse(matches("*a" * 30 + "*b", "a" * 100_000))
