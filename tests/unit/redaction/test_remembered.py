"""What a stream remembers of the pieces that came before."""

from __future__ import annotations

import itertools
import random
from unittest import mock

import pytest

from buildbot_keychain.redaction import (
    RedactionPolicy,
    RedactionStream,
    Redactor,
    remembered,
)
from buildbot_keychain.redaction import stream as redaction_stream
from buildbot_keychain.redaction.audience import Audience, Label
from tests.support.dump_lines import xxd_lines
from tests.support.oracle.work import calls

TOKEN = "k9QmT2vXzR7p4WcL8HsJ3dFgA6eU"
KEY = "first-line-of-it\nsecond-line-of-it\nthird-line-of-it"
PIN = "hunter2"
DUMP = [f"{line}\n" for line in xxd_lines(f"x {TOKEN} x {KEY}".encode())]
PIECES = [
    "a line\n",
    f"a {TOKEN} b\n",
    f"{TOKEN[:12]}\n",
    f"{TOKEN[12:]}\n",
    f"\x1b[1m{TOKEN[:9]}\x1b[0m{TOKEN[9:]}\n",
    "\x1b[3",
    "1m",
    *KEY.splitlines(keepends=True),
    f"{KEY}\n",
    "...",
    f"{KEY[-12:]}\n",
    f"pin {PIN}",
    " ",
    "\n",
    "\r",
    "<token>",
    *DUMP,
    "*\n",
]
POLICIES = [RedactionPolicy(), RedactionPolicy.ansi(), RedactionPolicy.build_log()]


def audience_of(policy: RedactionPolicy, given: set[str] | None) -> Audience:
    redactor = Redactor(policy)
    for name, value in (("token", TOKEN), ("key", KEY), ("pin", PIN)):
        redactor.add(name, value)
    return redactor.seen_by(given)


def shown(audience: Audience, pieces: list[str]) -> tuple[list[str], list[tuple[int, Label]]]:
    """Return what a stream makes of each piece, and what it notes with which."""
    labels: list[tuple[int, Label]] = []
    output: list[str] = []
    stream = audience.stream(lambda label: labels.append((len(output), label)))
    output.extend(map(stream.feed, pieces))
    return [*output, stream.close()], labels


def placed(output: list[str], labels: list[tuple[int, Label]]) -> list[tuple[str, int]]:
    """Return the name and line of labels in all that was returned."""
    before = [0, *itertools.accumulate(text.count("\n") for text in output)]
    return [(label.name, before[number] + label.line) for number, label in labels]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("given", [None, {"token", "key", "pin"}, {"token"}])
def test_what_is_remembered_changes_nothing(policy: RedactionPolicy, given: set[str]) -> None:
    audience, source = audience_of(policy, given), random.Random(7)
    for _ in range(20):
        few = source.choices(PIECES, k=source.randint(1, 6))
        pieces = [*few * 3, *source.choices([*few, *PIECES], k=12), *few]
        with mock.patch("buildbot_keychain.redaction.remembered.LONGEST", -1):
            expected = shown(audience, pieces)
        assert shown(audience, pieces) == expected


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("given", [None, {"token", "key", "pin"}, {"token"}])
def test_nor_does_looking_at_blocks_of_much_text(policy: RedactionPolicy, given: set[str]) -> None:
    audience, source = audience_of(policy, given), random.Random(11)
    for size in (1, 5, 30, 200):
        with mock.patch.multiple(remembered, BLOCK=size, LINES=1, LONGEST=4 * size):
            for _ in range(10):
                few = source.choices(PIECES, k=source.randint(1, 12))
                pieces = ["".join(source.choices([*few, *PIECES], k=6) + few * 4), "".join(few)]
                with mock.patch(f"{redaction_stream.__name__}.repeats_itself", return_value=True):
                    output, labels = shown(audience, pieces)
                with mock.patch(f"{redaction_stream.__name__}.repeats_itself", return_value=False):
                    whole, whole_labels = shown(audience, pieces)
                assert "".join(output) == "".join(whole)
                assert placed(output, labels) == placed(whole, whole_labels)


@pytest.mark.parametrize("before", ["", "x\n", f"a {TOKEN} b\n"])
def test_much_text_that_repeats_itself_is_looked_at_in_part(before: str) -> None:
    unit = "".join(f"{number} {TOKEN} {TOKEN[:-1]}!\n" for number in range(150))
    stream = audience_of(RedactionPolicy.build_log(), {"token"}).stream()
    stream.feed(before + 20 * unit)
    looked = calls(lambda: stream.feed(before + 20 * unit))["pending.py:take_in"]
    assert looked < len(unit) / remembered.BLOCK


def test_much_text_that_shows_nothing_is_looked_at_as_a_whole() -> None:
    stream = audience_of(RedactionPolicy.build_log(), {"token"}).stream()
    assert calls(lambda: stream.feed("a line\n" * 5000 + "b"))["pending.py:take_in"] == 1


def test_blocks_of_lines_are_not_sought_for_long() -> None:
    blocks = list(remembered.blocks_of(b"<a>\n" * 10_000))
    assert {len(block) for block in blocks[:-1]} == {remembered.BLOCK + 4 * remembered.TRIED}


@pytest.mark.parametrize(
    "lines",
    [[f"a {TOKEN} b\n"], [f"{TOKEN[:-1]}!\n"], KEY.splitlines(keepends=True), [*DUMP, "x\n"]],
    ids=["hit", "near miss", "lines of a key", "dump"],
)
def test_equal_lines_are_looked_at_once(lines: list[str]) -> None:
    stream = audience_of(RedactionPolicy.build_log(), {"token", "key"}).stream()

    def feed(times: int) -> None:
        for line in itertools.chain.from_iterable(itertools.repeat(lines, times)):
            stream.feed(line)

    feed(10)
    assert calls(lambda: feed(10))["pending.py:take_in"] == 0


def test_another_secret_is_found_in_what_is_remembered() -> None:
    redactor = Redactor(RedactionPolicy.build_log())
    redactor.add("token", TOKEN)
    line, stream = f"{TOKEN} another-secret\n", redactor.stream()
    assert {stream.feed(line) for _ in range(5)} == {"<token> another-secret\n"}
    redactor.add("other", "another-secret")
    assert {stream.feed(line) for _ in range(5)} == {"<token> <other>\n"}


def test_no_more_than_so_much_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 40_000)
    stream = audience_of(RedactionPolicy.build_log(), {"token"}).stream()
    for number in range(200):
        feed(stream, f"{number} {TOKEN}\n")
        assert len(stream._remembered._done) < 40


def test_nor_of_the_rest_of_a_long_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 200_000)
    redactor = Redactor(RedactionPolicy.build_log())
    redactor.add("key", KEY + "".join(f"\nline-{number}" for number in range(2000)))
    stream, dump = redactor.stream(), xxd_lines(KEY[:16].encode())
    for number in range(50):
        stream.feed(f"{number} {KEY[:12]}")
        stream.feed(f" {number}\n")
        assert len(stream._remembered._done) < 20
        stream.feed(f"{dump[0]}\n")
        stream.feed(f"{number}\n")
        assert len(stream._remembered._done) < 20


def feed(stream: RedactionStream, line: str) -> None:
    assert stream.feed(line).endswith(" <token>\n")


def test_hundreds_of_lines_are_remembered() -> None:
    stream = audience_of(RedactionPolicy.build_log(), {"token"}).stream()
    lines = [f"{number} {TOKEN}\n" for number in range(300)]

    def flood() -> None:
        for line in lines:
            feed(stream, line)

    flood()
    flood()
    assert calls(flood)["pending.py:take_in"] == 0


def test_lines_stay_in_order_where_chosen_values_were_looked_for_behind_them() -> None:
    redactor = Redactor(RedactionPolicy.build_log())
    # A label looks like the beginning of another secret.
    for name, value in (("tok", TOKEN), ("next", "ok>\nsecond-line"), ("pin", PIN)):
        redactor.add(name, value)
    given = {"tok", "next", "pin"}
    value = redactor.add_passing("value", "chosen-value-9876", frozenset({"pin"}))
    given.add(value)
    stream = redactor.seen_by(given).stream()
    assert stream.feed("chosen-value-9876\n") == "<value>\n"
    redactor.forget(value)
    count = 200
    output = [stream.feed(line) for _ in range(count) for line in (f"{TOKEN}\n", f"x{PIN}x\n")]
    assert "".join(output) + stream.close() == f"<tok>\nx{PIN}x\n" * count
