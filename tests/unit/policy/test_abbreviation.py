"""Few patterns for many names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.patterns import matches
from buildbot_keychain.policy._abbreviation import abbreviated

_NAMES = st.sets(st.text("ab-/", min_size=1, max_size=6), max_size=12)


class AbbreviatedTests(SynchronousTestCase):
    """`abbreviated`."""

    def test_examples(self) -> None:
        for names, others, patterns in (
            ({"deploy/a", "deploy/b"}, {"ci/x"}, ["deploy/*"]),
            ({"deploy/a", "deploy/b"}, {"deploy/c"}, ["deploy/a", "deploy/b"]),
            ({"team-1-a", "team-1-b", "team-2-a"}, {"team-2-b"}, ["team-1-*", "team-2-a"]),
            ({"release1", "release2"}, set(), ["release1", "release2"]),
            ({"a/b/1", "a/b/2", "a/c/1"}, {"a/d"}, ["a/b/*", "a/c/1"]),
            ({"a/b/1", "a/b/2"}, set(), ["a/b/*"]),
            ({"only"}, set(), ["only"]),
            (set(), {"x"}, []),
        ):
            self.assertEqual(abbreviated(names, others), patterns)

    @given(_NAMES, _NAMES)
    def test_all_of_them_and_none_of_the_others(self, names: set[str], others: set[str]) -> None:
        patterns = abbreviated(names, others)
        self.assertLessEqual(len(patterns), len(names))
        for name in names | others:
            found = any(matches(pattern, name) for pattern in patterns)
            self.assertEqual(found, name in names)
