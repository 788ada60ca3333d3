"""The lines around what is suspect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildbot_keychain.redaction.matching.normalisation import fold
from buildbot_keychain.redaction.suspect_lines import BEHIND, SomeLines, parts_of

LINE = f"{'Text' * BEHIND}\n".encode()


@pytest.mark.parametrize("context", [b"", b"context"])
def test_the_line_and_the_one_behind_it_are_suspect(context: bytes) -> None:
    before, hit, between, last = LINE * 2, b"a secret b\n" + LINE, LINE * 3, b"a secret\n"
    lines = before + hit + between + last
    folded_before, folded_between = context + fold(before), context + fold(before + hit + between)
    first, second = len(folded_before), len(folded_between)
    suspects = [(first + 1, first + 7), (second + 1, second + 7)]
    assert list(parts_of(suspects, lines, context + fold(lines), len(context))) == [
        SomeLines(before, folded_before),
        SomeLines(hit, None),
        SomeLines(between, folded_between),
        SomeLines(last, None),
    ]


def test_what_is_suspect_in_the_lines_behind_is_no_part_of_its_own() -> None:
    lines = b"a secret b\n" + LINE + b"another one\n" + LINE * 2
    second = len(fold(b"a secret b\n" + LINE))
    parts = list(parts_of([(1, 7), (second, second + 3)], lines, fold(lines), 0))
    assert [part.data for part in parts if part.folded is None] == [
        b"a secret b\n" + LINE,
        b"another one\n" + LINE,
    ]


@given(
    st.lists(st.sampled_from([b"a", b" ", b"\r", b"\n", b"bc\n", LINE])),
    st.binary(max_size=3).map(fold),
    st.data(),
)
def test_nothing_is_lost(pieces: list[bytes], context: bytes, data: st.DataObject) -> None:
    lines = b"".join(pieces) + b"\n"
    folded = context + fold(lines)
    places = st.integers(0, len(folded))
    pairs = data.draw(st.lists(st.tuples(places, places), min_size=1, max_size=3))
    suspects = sorted((min(pair), max(pair)) for pair in pairs)
    parts = list(parts_of(suspects, lines, folded, len(context)))
    assert b"".join(part.data for part in parts) == lines
    assert all(part.data.endswith(b"\n") for part in parts)
    inside: list[tuple[int, int]] = []
    seen = 0
    for part in parts:
        before, seen = seen, seen + len(part.data)
        if part.folded is None:
            inside.append((len(context + fold(lines[:before])), len(context + fold(lines[:seen]))))
        else:
            assert part.folded[-64:] == (context + fold(lines[:seen]))[-64:]
    # What is suspect stands in the context, or in such parts, which may be side by side.
    for start, end in suspects:
        for place in range(max(start, len(context)), end):
            assert any(first <= place < last for first, last in inside)
