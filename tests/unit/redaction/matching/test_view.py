"""The way back from the folded text to the text, and from a view to the text itself."""

from __future__ import annotations

import random

import pytest

from buildbot_keychain.redaction.matching.normalisation import DROPPED, fold
from buildbot_keychain.redaction.matching.view import FoldedText, ScannedLines, views_of


@pytest.mark.parametrize("block", [1, 7, 1024])
@pytest.mark.parametrize("most", [1, 60])
def test_origin(block: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where there are long runs of what is kept, and of what is not."""
    monkeypatch.setattr(FoldedText, "BLOCK", block)
    source = random.Random(2)
    for _ in range(100):
        bytes_ = source.choices(b"aB \n\b-", k=source.randint(1, 60))
        data = b"".join(bytes((byte,)) * source.randint(1, most) for byte in bytes_)
        kept = [at for at, byte in enumerate(data) if byte not in DROPPED]
        text = FoldedText(data)
        assert text.folded == bytes(data[at] for at in kept).lower()
        order = list(range(len(kept)))
        source.shuffle(order)
        assert [text.origin(index) for index in order] == [kept[index] for index in order]
        assert text.origin(len(kept)) == len(data)


@pytest.mark.parametrize("repeated", [b"a b\n", b" Line 1\n\n", b"x" * 99 + b" "])
def test_origin_in_a_text_that_repeats_itself(repeated: bytes) -> None:
    """Whichever place is asked about first, from which others are counted."""
    data = b" \n" * 40 + repeated * 300 + b"once more" + repeated * 300 + b"\t" * 9000
    kept = [at for at, byte in enumerate(data) if byte not in DROPPED]
    for first in range(0, len(kept), 97):
        text = FoldedText(data)
        for index in (first, 0, len(kept) // 2, len(kept) - 1):
            assert text.origin(index) == kept[index]


def test_lines_that_were_scanned_behind_a_part_of_the_context() -> None:
    context, lines = b"Some context\n", b"a Secret here\n"
    folded = fold(context)[-3:] + fold(lines)
    text = ScannedLines(folded, 3, {"a": [(4, 10, 7)], "b": []}).text(context + lines, len(context))
    assert text.folded == fold(context + lines)
    assert text.released == len(fold(context))
    assert text.hits == {"a": [(12, 18, 7)], "b": []}
    assert text.folded[12:18] == folded[4:10] == b"secret"


def test_a_text_without_control_sequences_has_one_view() -> None:
    assert len(views_of(b"text")) == 1
    assert len(views_of(b"te\x1b[1mxt", through_escapes=False)) == 1


def test_places_without_control_sequences() -> None:
    stripped, itself = views_of(b"a\x1b[1mbc\x1b[0md")
    assert stripped.text.data == b"abcd"
    assert itself.text.data == b"a\x1b[1mbc\x1b[0md"
    assert [stripped.place(at) for at in range(5)] == [0, 5, 6, 11, 12]
    assert [stripped.place_after(at) for at in range(1, 5)] == [1, 6, 7, 12]
    assert stripped.outside(3) == 1
    assert stripped.context(7, 2) == b"bc"
