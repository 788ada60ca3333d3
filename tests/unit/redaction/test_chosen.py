from __future__ import annotations

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.chosen import Unknown
from buildbot_keychain.redaction.matching.pattern import ANONYMOUS

KEYS = ("secret", "known", "value\0001", None)
SECRET, KNOWN, VALUE, FORGOTTEN = range(4)
GIVEN = {"known", "value\0001"}
END = 100


def runs(*covers: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    return Unknown(KEYS, GIVEN).runs(covers, END)


def test_what_the_chooser_was_given_is_known() -> None:
    unknown = Unknown(KEYS, GIVEN)
    assert [index in unknown for index in range(4)] == [True, False, False, True]
    assert SECRET + ANONYMOUS in unknown
    assert KNOWN + ANONYMOUS not in unknown


def test_what_is_given_later_is_known_from_then_on() -> None:
    given: set[str] = set()
    unknown = Unknown(KEYS, given)
    assert SECRET in unknown
    given.add("secret")
    assert SECRET not in unknown


def test_what_is_known_is_left_for_later() -> None:
    assert runs((10, 20, KNOWN), (30, 40, SECRET)) == [(30, 40, SECRET)]


@pytest.mark.parametrize(("start", "end"), [(5, 15), (15, 25), (12, 15), (5, 25)])
def test_what_is_known_and_overlaps_what_is_not_is_hidden_with_it(start: int, end: int) -> None:
    ((first, last, _),) = runs((10, 20, SECRET), (start, end, KNOWN))
    assert (first, last) == (min(10, start), max(20, end))


@pytest.mark.parametrize(("start", "end"), [(5, 10), (20, 25)])
def test_what_is_known_and_only_touches_it_is_not(start: int, end: int) -> None:
    assert runs((10, 20, SECRET), (start, end, KNOWN)) == [(10, 20, SECRET)]


def test_what_is_known_may_overlap_what_comes() -> None:
    assert runs((90, END + 1, KNOWN)) == [(90, END + 1, KNOWN)]
    assert runs((90, END, KNOWN)) == []


TOKEN = "k9QmT2vXzR7pLw4N8HsJ3dFg"


def test_the_values_of_one_who_knows_more_are_hidden_before_others() -> None:
    redactor = Redactor(RedactionPolicy.build_log(), apart=True)
    redactor.add("token", TOKEN)
    its: set[str] = set()
    its.add(redactor.add_passing("lent", f"{TOKEN[-4:]} and more", its))
    own = {"token", *its}
    own.add(redactor.add_passing("own", f"{TOKEN} and", own))
    readers = redactor.seen_by(own)
    assert readers.redact(f"it is {TOKEN} and more") == "it is <own> more"
    assert readers.redact(f"it is {TOKEN[-4:]} and more") == "it is <lent>"


def test_labels_are_noted_with_the_lines_on_which_they_are() -> None:
    redactor = Redactor(RedactionPolicy.build_log(), apart=True)
    redactor.add("token", TOKEN)
    lent = redactor.add_passing("lent", "the first line\nand the second\nand a third", set())
    readers = redactor.seen_by({"token", lent})
    noted: list[tuple[str, int]] = []
    stream = readers.stream(lambda label: noted.append((label.name, label.line)))
    text = f"{TOKEN}\nthe first line\nand the second\n{TOKEN}\nthe first line\n{TOKEN}\n"
    lines = text.splitlines(keepends=True)
    released, found = 0, []
    for line in lines:
        noted.clear()
        shown = stream.feed(line)
        found += [(name, released + at) for name, at in noted]
        released += shown.count("\n")
    assert sorted(found, key=lambda each: each[1]) == [
        ("token", 0),
        ("lent", 1),
        ("lent", 2),
        ("token", 3),
        ("lent", 4),
        ("token", 5),
    ]
    assert stream.close() == ""
