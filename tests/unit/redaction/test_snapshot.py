"""What is known at one moment: layers for what was given, open layers for all else."""

from __future__ import annotations

import hashlib
from functools import partial

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.matching import later
from buildbot_keychain.redaction.matching.normalisation import fold
from buildbot_keychain.redaction.matching.pattern import ANONYMOUS
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.matching.view import FoldedText
from buildbot_keychain.redaction.snapshot import CONTEXT, Snapshot
from tests.support.oracle.work import calls

TOKEN = "gT5wZk8Rq2MvXn7LcJ4p"
PIN = "482913"
VALUES = [
    "\n".join(hashlib.sha256(f"{value} {line}".encode()).hexdigest() for line in range(40))
    for value in range(2)
]
"""So long that each has a layer of its own."""


def snapshot(*given: str, **more: str) -> Snapshot:
    redactor = Redactor(RedactionPolicy.build_log())
    for name, value in {"token": TOKEN, "pin": PIN, **more}.items():
        redactor.add(name, value)
    return redactor.seen_by(frozenset(given)).snapshot()


def found(known: Snapshot, text: str) -> set[tuple[int, int, bool]]:
    """Return where something is found, and whether it is named."""
    spans = known.find(FoldedText(text.encode()))
    return {(span.start, span.end, span.secret < ANONYMOUS) for span in spans}


def test_what_was_given_is_named_and_what_was_not_is_found_if_nobody_could_guess_it() -> None:
    text = f"{PIN} {TOKEN} ."
    assert found(snapshot("pin"), text) == {(0, 6, True), (7, 27, False)}
    assert found(snapshot("token"), text) == {(7, 27, True)}
    assert found(snapshot(), text) == {(7, 27, False)}


def test_nothing_is_found_in_a_label() -> None:
    assert found(snapshot("pin", x=PIN), f"<token> {PIN}") == {(8, 14, True)}
    assert found(snapshot("token", "x", x="<token> and more"), "<token> and more.") == {
        (0, 16, True)
    }


def test_only_what_was_given_is_open_at_the_end() -> None:
    text = FoldedText(f"x {TOKEN[:12]}".encode())
    assert snapshot("token").opening(text, 0).start == 2
    assert snapshot("pin").opening(text, 0).start == len(text.data)
    assert snapshot().opening(text, 0).start == len(text.data)
    assert len(snapshot("token").find_at_end(text, 0)) > 0
    assert snapshot("pin").find_at_end(text, 0) == []


def test_a_text_passes_only_if_no_layer_needs_a_look() -> None:
    for text, passing in ((PIN, False), (TOKEN, False), ("a line", True)):
        data = text.encode()
        assert snapshot("pin").passes_whole(data) is passing
        lines = data + b"\n"
        assert (snapshot("pin").hits(lines, fold(lines)) is None) is passing
        assert snapshot("pin").passes_text(FoldedText(lines)) is passing
    assert snapshot().passes_whole(PIN.encode())


def test_lines_do_not_pass_if_something_is_open_or_marked_that_was_given() -> None:
    for end in (TOKEN[:12], TOKEN[:5], f"{TOKEN[:12]}...", f"{TOKEN[:12]}... and more"):
        text = FoldedText(f"x {end}\n".encode())
        assert not snapshot("token").passes_text(text)
        assert snapshot("pin").passes_text(text)
    assert snapshot("token").passes_text(FoldedText(b"a line ... and more\n"))


@pytest.mark.skipif(TIERS[0] == "stdlib", reason="layers are scanned apart there")
@pytest.mark.parametrize(("most", "scans"), [(later.MOST, 1), (2000, 2)])
@pytest.mark.parametrize(
    "text",
    ["a line", "a line ...", PIN, TOKEN, VALUES[0], VALUES[1][:90], f"{PIN} {TOKEN} ..."],
    ids=["nothing", "an ellipsis", "a short one", "another", "a long one", "a part of it", "some"],
)
def test_layers_that_are_scanned_together_find_what_each_finds(
    text: str, most: int, scans: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was given, with what was not unless that has very many words."""
    apart = snapshot("pin", "one", "two", one=VALUES[0], two=VALUES[1])
    monkeypatch.setattr(later, "WORTH", 0)
    monkeypatch.setattr(later, "MOST", most)
    known = snapshot("pin", "one", "two", one=VALUES[0], two=VALUES[1])
    assert len(known.layers) > 1
    assert known.hits(b"a line\n", b"aline") is None
    assert len(known.together.asked) == scans
    lines = f"{text}\n".encode()
    once, each = FoldedText(lines), FoldedText(lines)
    known.scan(once)
    apart.scan(each)
    assert each.places == {}
    assert (known.hits(lines, once.folded) is None) is (apart.hits(lines, each.folded) is None)
    assert known.passes_text(once) is apart.passes_text(each) is text.startswith("a line")
    for one, other in zip(known.layers, apart.layers, strict=True):
        assert one.is_marked(once) or not other.is_marked(each)
    assert known.find(once) == apart.find(each)
    assert known.opening(once, 0) == apart.opening(each, 0)


@pytest.mark.skipif(TIERS[0] == "stdlib", reason="layers are scanned apart there")
def test_what_one_layer_has_found_is_not_taken_for_what_all_of_them_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another thread may compile what scans for all while a text is looked at."""
    known = snapshot("pin", "token")
    lines = f"{PIN}\n{'a line' * 100}\n{TOKEN}\n".encode()
    together = known.together
    asked = together.asked[0]
    first = asked.any

    def compiling(folded: bytes) -> object:
        found = first(folded)
        together.compile()
        return found

    monkeypatch.setattr(asked, "any", compiling)
    assert known.hits(lines, fold(lines)) is not None
    assert known.hits(lines, fold(lines)) is not None


def test_readers_with_a_set_get_whole_lines() -> None:
    redactor = Redactor(RedactionPolicy.build_log())
    assert redactor.seen_by(frozenset()).snapshot().by_line
    assert not redactor.seen_by(None).snapshot().by_line


def test_more_is_looked_at_again_where_a_secret_begins_inside_of_a_label() -> None:
    assert snapshot("pin").context == CONTEXT
    assert snapshot("pin", "x", x="pin> " + "y" * 200).context > CONTEXT + 100


@pytest.mark.parametrize("head", ["<tok>a1b2 ", "<a1b2> <tok>a1b2\n"])
def test_a_word_beside_a_label_has_nothing_else_looked_for_again(head: str) -> None:
    steps = []
    for size in (300, 600):
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("tok", "a1b2")
        redactor.add("key", "ab" * size)
        text = head + "ab" * 2 * size
        redactor.redact(text)  # what it takes to know is compiled
        steps.append(sum(calls(partial(redactor.redact, text)).values()))
    assert steps[1] < 1.2 * steps[0]


def test_what_reaches_into_a_label_has_little_else_looked_for_again() -> None:
    steps = []
    for size in (300, 600):
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("tok", "abcd1234<to")
        redactor.add("inside", "bcd1234<t")
        redactor.add("other", "abcd1234")
        redactor.add("key", "ab" * size)
        text = "abcd1234<tok> " + "ab" * 2 * size
        assert redactor.redact(text) == "<other><tok> <key>"
        steps.append(sum(calls(partial(redactor.redact, text)).values()))
    assert steps[1] < 1.2 * steps[0]
