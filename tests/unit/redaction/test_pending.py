"""What is pending of a text, under one snapshot after another."""

from __future__ import annotations

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.pending import LINE, Pending
from buildbot_keychain.redaction.snapshot import Snapshot
from tests.support.dump_lines import xxd_lines

VALUE = b"s3cr3t-value-0123"


def snapshot_of(
    policy: RedactionPolicy | None = None, given: set[str] | None = None, **secrets: bytes
) -> Snapshot:
    redactor = Redactor(policy)
    for name, value in (secrets or {"tok": VALUE}).items():
        redactor.add(name, value.decode())
    return redactor.seen_by(given).snapshot()


def test_what_may_become_an_occurrence_is_pending_until_it_is_one() -> None:
    pending, snapshot = Pending(), snapshot_of()
    assert pending.take_in(b"line\ntext s3cr", snapshot) == b"line\ntext "
    assert (pending.text, pending.held, pending.idle) == (b"s3cr", 4, False)
    assert pending.told == []
    assert pending.take_in(b"3t-value-0123\n", snapshot) == b"<tok>\n"
    assert (pending.held, pending.idle) == (0, True)
    assert pending.told == [(0, 0)]


def test_the_end_shows_little_of_a_beginning_and_masks_the_greater_part_of_one() -> None:
    snapshot = snapshot_of()
    for size, shown in ((4, VALUE[:4]), (12, b"<tok>")):
        pending = Pending()
        assert pending.take_in(VALUE[:size], snapshot) == b""
        assert pending.end(b"", snapshot) == shown
        assert pending.held == 0


def test_a_secret_that_comes_in_between_is_looked_for_in_what_is_pending() -> None:
    pending = Pending()
    assert pending.take_in(b"s3cr", snapshot_of()) == b""
    both = snapshot_of(tok=VALUE, other=b"cr-and-more-of-it")
    assert pending.take_in(b"-and-more-of-it\n", both) == b"s3<other>\n"
    assert pending.snapshot is both


def test_whole_lines_with_control_sequences_pass_only_if_nothing_is_behind_these() -> None:
    snapshot = snapshot_of(RedactionPolicy.build_log())
    coloured = b"\x1b[1ms3cr\x1b[0m3t-value-0123\n"
    for line, passes in ((b"\x1b[1ma line\x1b[0m\n", True), (coloured, False)):
        pending = Pending()
        assert pending.passes_stripped(line, snapshot) is passes
        assert pending.idle
    assert b"<tok>" in pending.take_in(coloured, snapshot)


@pytest.mark.parametrize("line", [b"x" * (LINE + 100), "é".encode() * LINE])
def test_of_a_long_line_that_waits_for_its_end_only_so_much_is_pending(line: bytes) -> None:
    pending, snapshot = Pending(), snapshot_of(given={"tok"})
    assert snapshot.by_line
    released = pending.take_in(line, snapshot)
    assert line.startswith(released)
    assert released + pending.text == line
    assert LINE - 4 <= pending.held <= LINE
    released.decode()


def test_whole_lines_that_are_pending_are_counted() -> None:
    pending, snapshot = Pending(), snapshot_of(key=b"first line of it\nan\nlast line of it")
    assert pending.take_in(b"first line of it\nan\n", snapshot) == b""
    assert (pending.holds_lines, pending.held_lines) == (True, 2)
    assert pending.end(b"", snapshot) == b"<key>\n<key>\n"


def test_what_has_the_same_state_releases_the_same() -> None:
    value = VALUE * 3
    dump = "".join(f"{line}\n" for line in xxd_lines(b"x " + value)).encode()
    texts = [b"a line\n", b"\x1b[1ms3c\x1b[0mr3t", b"-value-", value + b"\n", dump[:99], dump[99:]]
    snapshot = snapshot_of(RedactionPolicy.build_log(), tok=value)
    pending = Pending()
    for text in texts:
        other = Pending()
        other.know(snapshot)
        other.state = pending.state
        assert other.take_in(text, snapshot) == pending.take_in(text, snapshot)
        assert (other.state, other.told) == (pending.state, pending.told)
