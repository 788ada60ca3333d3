"""The lines around what is suspect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildbot_keychain.redaction.matching.normalisation import fold
from buildbot_keychain.redaction.suspect_lines import BEHIND, lines_around

LINE = f"{'Text' * BEHIND}\n".encode()


@pytest.mark.parametrize("context", [b"", b"context"])
def test_the_line_and_the_one_behind_it_are_suspect(context: bytes) -> None:
    before, hit, after = LINE * 2, b"a secret b\n" + LINE, LINE * 2
    folded_before, lines = context + fold(before), before + hit + after
    folded, start = context + fold(lines), len(folded_before)
    around = lines_around((start + 1, start + 7), lines, folded, len(context))
    assert around == (before, folded_before, hit, after)


@given(
    st.lists(st.sampled_from([b"a", b" ", b"\r", b"\n", b"bc\n", LINE])),
    st.binary(max_size=3).map(fold),
    st.data(),
)
def test_nothing_is_lost(pieces: list[bytes], context: bytes, data: st.DataObject) -> None:
    lines = b"".join(pieces) + b"\n"
    folded = context + fold(lines)
    start = data.draw(st.integers(0, max(0, len(folded) - 1)))
    end = data.draw(st.integers(start, len(folded)))
    before, folded_before, suspect, after = lines_around((start, end), lines, folded, len(context))
    assert before + suspect + after == lines
    assert folded_before == context + fold(before)
    assert {part[-1:] for part in (before, suspect, after)} <= {b"", b"\n"}
    # What is suspect stands in the context, or here.
    assert len(folded_before) <= max(start, len(context))
    assert end <= len(folded_before) + len(fold(suspect))
