"""Writing a text with its runs covered, in one piece and in many."""

from __future__ import annotations

from buildbot_keychain.redaction.output.labels import Labels
from buildbot_keychain.redaction.output.writer import Run, Writer, unite

LABELS = Labels({0: b"<a>", 1: b"<b>"}, b"<secret>")


def written(data: bytes, *runs: Run) -> bytes:
    """Return what is written, and check that it is the same in pieces."""
    whole = Writer().write(data, 0, len(data), runs, LABELS)
    for size in (1, 2, 3):
        writer, pieces = Writer(), []
        for at in range(0, len(data), size):
            stop = min(len(data), at + size)
            left = [(max(at, start), end, secret) for start, end, secret in runs if end > at]
            pieces.append(writer.write(data, at, stop, left, LABELS))
        assert b"".join(pieces) == whole
    return whole


def test_overlapping_spans_are_one_run_of_the_leftmost_then_the_longest() -> None:
    assert unite([]) == []
    assert unite([(4, 9, 1), (0, 5, 0)]) == [(0, 9, 0)]
    assert unite([(0, 5, 0), (0, 6, 1)]) == [(0, 6, 1)]


def test_touching_spans_are_one_run_only_of_one_secret() -> None:
    assert unite([(0, 3, 0), (3, 6, 0)]) == [(0, 6, 0)]
    assert unite([(0, 3, 0), (3, 6, 1)]) == [(0, 3, 0), (3, 6, 1)]


def test_one_label_a_line() -> None:
    assert written(b"x secret y", (2, 8, 0)) == b"x <a> y"
    assert written(b"x sec\n\r\nret y", (2, 11, 0)) == b"x <a>\n\r\n<a> y"
    assert written(b"onetwo", (0, 3, 0), (3, 6, 1)) == b"<a><b>"


def test_a_line_end_at_the_edge_of_a_run_has_no_label_of_its_own() -> None:
    assert written(b"sec\n", (0, 4, 0)) == b"<a>\n"
    assert written(b"\nsec", (0, 4, 0)) == b"\n<a>"


def test_it_is_idle_outside_of_runs() -> None:
    writer = Writer()
    writer.write(b"ab", 0, 2, [(1, 2, 0)], LABELS)
    assert not writer.idle
    writer.write(b"c", 0, 1, [], LABELS)
    assert writer.idle
