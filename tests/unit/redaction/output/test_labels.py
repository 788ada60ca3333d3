"""Labels in a text, which are never taken for a part of a secret."""

from __future__ import annotations

from buildbot_keychain.redaction.matching.pattern import ANONYMOUS, Span
from buildbot_keychain.redaction.output.labels import Labels, fallback, plain

LABELS = Labels({0: b"<password>", 1: b"<b>"}, b"<secret>")


def kept(text: bytes, start: int, end: int, *, words: bool = False, final: bool = True) -> str:
    """Return what becomes of an occurrence: dropped, open or certain."""
    spans = [Span(start, end, 0, words, final=True)]
    found, _ = LABELS.judged(text, spans, final=final)
    return "dropped" if not found else "certain" if found[0].final else "open"


def test_names_that_have_no_place_in_a_label() -> None:
    assert plain("deploy/token") == "<deploy/token>"
    assert [plain(name) for name in ("a<b", "a>b", "a\nb", "", "a\x1b[1mb")] == [None] * 5


def test_a_label_for_what_has_no_name_stands_in_no_secret() -> None:
    assert fallback([]) == "<secret>"
    assert fallback([b"x <secret> y", b"<secret-2>"]) == "<secret-3>"


def test_what_was_not_given_has_no_name() -> None:
    assert LABELS[1] == b"<b>"
    assert LABELS[2] == LABELS[ANONYMOUS + 1] == b"<secret>"


def test_nothing_reaches_into_a_label() -> None:
    assert kept(b"x <b> y", 0, 4) == "dropped"
    assert kept(b"x <c> y", 0, 4) == "certain"
    assert kept(b"<b>abcd", 3, 7) == "certain"


def test_beside_a_label_there_is_no_word() -> None:
    assert kept(b"<b>pass.", 3, 7, words=True) == "dropped"
    assert kept(b"<b> pass.", 4, 8, words=True) == "certain"


def test_an_element_of_xml_is_no_label() -> None:
    text = b"<password>pass</password>"
    assert kept(text, 10, 14, words=True) == "certain"
    assert kept(text[:18], 10, 14, words=True, final=False) == "open"
    assert kept(text[:18], 10, 14, words=True) == "dropped"


def test_a_label_may_go_on() -> None:
    assert kept(b"x abcd<passw", 2, 12, final=False) == "open"
    assert kept(b"x abcd<passw", 2, 12) == "certain"
    assert kept(b"x abcd<other", 2, 12, final=False) == "certain"


def test_labels_that_end_like_a_pattern_begins() -> None:
    assert LABELS.may_end_in(b"Word>")
    assert not LABELS.may_end_in(b"pass>")
