from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports import (
    MAX_VALUE,
    Entry,
    ImportedSecret,
    ImportProblem,
    prepared,
)
from buildbot_keychain.store.imports._prepared import MAX_DESCRIPTION
from buildbot_keychain.store.names import MAX_LENGTH

CANARY = "s3cr3t-canary"


def secret(name: str, value: str | bytes = CANARY, where: str = "there") -> ImportedSecret:
    return ImportedSecret(name, value, where)


class PreparedTests(SynchronousTestCase):
    def why(self, *entries: Entry) -> str:
        """Why the last of `entries` is not accepted."""
        *_, last = prepared(entries)
        assert isinstance(last, ImportProblem)
        self.assertNotIn(CANARY, repr(last))
        return last.why

    def test_what_is_right_passes_in_its_order(self) -> None:
        entries: list[Entry] = [secret("a"), ImportProblem("x", "y", "z"), secret("b", b"\xff")]
        self.assertEqual(list(prepared(entries)), entries)

    def test_names_can_be_others_and_entries_left_out(self) -> None:
        names = {"a": "new/a", "b": None}
        found = list(prepared([secret("a"), secret("b")], lambda entry: names[entry.name]))
        self.assertEqual(found, [secret("new/a")])

    def test_a_second_of_a_name_is_a_problem_that_says_where_the_first_is(self) -> None:
        first, second = secret("a", where="one.xml"), secret("a", "other", where="two.xml")
        self.assertEqual(self.why(first, second), "the name 'a' is also that of one.xml")
        self.assertEqual(next(iter(prepared([first, second]))), first)

    def test_it_goes_on_after_a_problem(self) -> None:
        found = [type(e) for e in prepared([secret(""), secret("a", ""), secret("a"), secret("b")])]
        problem = ImportProblem
        self.assertEqual(found, [problem, problem, ImportedSecret, ImportedSecret])

    def test_it_does_not_look_ahead(self) -> None:
        def entries() -> Iterator[Entry]:
            yield secret("a")
            raise AssertionError

        self.assertEqual(next(prepared(entries())), secret("a"))

    def test_names_that_no_secret_can_have(self) -> None:
        for name in ("", " a", "a|b", "a!b", "a@2", "a\nb", "a\ud800", "a" * (MAX_LENGTH + 1)):
            self.assertIn("a name must", self.why(secret(name)))
        for name in ("a", "a/b c", "a@b", "a@2x", "ä", "a" * MAX_LENGTH):
            self.assertEqual(list(prepared([secret(name)])), [secret(name)])

    def test_values_that_no_store_accepts(self) -> None:
        too_large = "is larger than 1 MiB"
        for value, why in (
            ("", "is empty"),
            (b"", "is empty"),
            ("\ud800", "is not valid Unicode"),
            ("ä" * (MAX_VALUE // 2 + 1), too_large),
            (b"a" * (MAX_VALUE + 1), too_large),
        ):
            self.assertIn(why, self.why(secret("a", value)))
        largest = secret("a", "ä" * (MAX_VALUE // 2))
        self.assertEqual(list(prepared([largest])), [largest])

    def test_descriptions_and_tags_that_are_not_unicode(self) -> None:
        for entry in (
            replace(secret("a"), description="\ud800"),
            replace(secret("a"), tags=("a", "\ud800")),
        ):
            self.assertIn("not valid Unicode", self.why(entry))

    def test_a_long_description_is_cut(self) -> None:
        entry = ImportedSecret("a", "x", "there", description="d" * (MAX_DESCRIPTION + 5))
        (found,) = prepared([entry])
        assert isinstance(found, ImportedSecret)
        self.assertEqual(len(found.description), MAX_DESCRIPTION)

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3))))
    def test_each_entry_has_one_result_and_no_name_comes_twice(
        self, pairs: list[tuple[str, str]]
    ) -> None:
        found = list(prepared([secret(name, value) for name, value in pairs]))
        self.assertEqual(len(found), len(pairs))
        names = [entry.name for entry in found if isinstance(entry, ImportedSecret)]
        self.assertEqual(len(set(names)), len(names))
