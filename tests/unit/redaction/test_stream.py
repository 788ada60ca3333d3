"""What a stream holds back, and when."""

from __future__ import annotations

import hashlib
import random
import re
import sys
from types import FrameType

import pytest

from buildbot_keychain.redaction import RedactionPolicy, RedactionStream, Redactor
from buildbot_keychain.redaction.matching import later, view
from buildbot_keychain.redaction.matching.normalisation import fold
from buildbot_keychain.redaction.matching.scanner import TIERS
from buildbot_keychain.redaction.pending import LINE

VALUE = "s3cr3t-value-0123"
KEY = "first line of it\nan\nlast line of it"


def stream(policy: RedactionPolicy | None = None, **secrets: str) -> RedactionStream:
    redactor = Redactor(policy)
    for name, value in (secrets or {"tok": VALUE}).items():
        redactor.add(name, value)
    return redactor.stream()


def test_holds_only_what_may_become_a_match() -> None:
    redacted = stream()
    assert redacted.feed("text s3cr") == "text "
    assert redacted.held == 4
    assert redacted.feed("3d s") == "s3cr3d "
    assert redacted.feed("3cr3t-value-0123") == "<tok>"
    assert redacted.feed(" Password: ") == " Password: "
    assert redacted.close() == ""


def test_many_lines_at_once_behind_others_that_have_passed() -> None:
    redacted, lines = stream(RedactionPolicy.build_log()), "a line of text\n" * 600
    for _ in range(2):
        assert redacted.feed(lines) == lines
        assert redacted.feed(f"{lines}{VALUE}\n{lines}") == f"{lines}<tok>\n{lines}"
        assert redacted.feed(f"{lines}{VALUE[:9]}\n") == lines
        assert redacted.feed(f"{VALUE[9:]}\n{lines}") == f"<tok>\n<tok>\n{lines}"


@pytest.mark.parametrize("tier", TIERS)
def test_many_lines_at_once_are_what_each_of_them_is(
    tier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later, "WORTH", 0)
    source = random.Random(8)
    key = "\n".join(hashlib.sha256(bytes((line,))).hexdigest() for line in range(3))
    other = "pQ8vB3xN6mK1tR9w"
    late = "estate-sale-notes-zqxj81"  # of which the end is looked for
    values = {"tok": VALUE, "key": key, "pin": "482913", "late": late, "other": other}
    redactor = Redactor(RedactionPolicy.build_log(), tier=tier)
    for name, value in values.items():
        redactor.add(name, value)
    special = [VALUE, "482913", other, VALUE[:9], f"{VALUE[:9]}...", "...", VALUE[9:], VALUE[:5]]
    special += [*key.splitlines(), key, key[:90], "00000000: 6162 6364", "4829", "\x1b[1mx\x1b[m"]
    special += [f"{late[:size]}\n{late[size:]}" for size in range(1, 20)]
    audience = redactor.seen_by(frozenset({"tok", "key", "pin", "late"}))

    def of(pieces: list[str]) -> tuple[str, list[tuple[str, int]]]:
        notes: list[tuple[str, int]] = []
        text = ""
        fed = audience.stream(lambda it: notes.append((it.name, text.count("\n") + it.line)))
        for piece in pieces:
            text += fed.feed(piece)
        return text + fed.close(), notes

    for _ in range(60):
        pieces = []
        for _ in range(4):
            lines = ["gcc -c a.c"] * source.randint(1, 30)
            for _ in range(source.choice([0, 1, 1, 2, 4])):
                lines[source.randrange(len(lines))] = source.choice(special)
                lines[source.randrange(len(lines))] += f" {source.choice(special)}"
            pieces.append("\n".join(lines) + "\n")
        whole = "".join(pieces)
        assert of(pieces) == of(whole.splitlines(keepends=True)), pieces
        assert of(pieces)[0] == audience.redact(whole), pieces


def test_a_short_value_waits_for_the_end_of_its_word() -> None:
    redacted = stream(pin="hunter2")
    assert redacted.feed("a hunter2") == "a "
    assert redacted.feed("x hunter2") == "hunter2x "
    assert redacted.close() == "<pin>"


def test_the_end() -> None:
    assert stream().feed("x s3cr3t-v") == "x "
    for kept, shown in ((7, "x s3cr3t-"), (8, "x s3cr3t-v"), (9, "x <tok>"), (16, "x <tok>")):
        redacted = stream()
        output = redacted.feed("x " + VALUE[:kept])
        assert output + redacted.close() == shown
        assert redacted.close() == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"\x1b[{VALUE}.", "<tok>."),
        (f"\x1b[1;{VALUE}.", "<tok>."),
        (f"\x1b({VALUE}.", "<tok>."),
        (f"\x1b[31m{VALUE}\x1b[0m.", "\x1b[31m<tok>\x1b[0m."),
        ("s3cr3t-\x1b[1mvalue\x1b[0m-0123.", "<tok>."),
        (f"s3cr3t-\x1b[1m\x1b[{VALUE[7:]}.", "s3cr3t-\x1b[1m\x1b[value-0123."),
        ("x s3cr3t-value\x1b[1;3", "x <tok>\x1b[1;3"),
        ("x s3cr3t-value\x1b", "x <tok>\x1b"),
        ("x \x1b[s3cr3t-value", "x <tok>"),
    ],
)
def test_control_sequences_hide_nothing(text: str, expected: str) -> None:
    for size in range(1, len(text) + 1):
        redacted = stream(RedactionPolicy.ansi())
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert "".join(map(redacted.feed, pieces)) + redacted.close() == expected


@pytest.mark.parametrize("policy", [RedactionPolicy(), RedactionPolicy.raw()])
@pytest.mark.parametrize("text", ["text", "a line\n", "s3cr", VALUE, ""])
def test_nothing_after_the_end(policy: RedactionPolicy, text: str) -> None:
    redacted = stream(policy)
    redacted.feed("text")
    redacted.close()
    with pytest.raises(ValueError, match="closed"):
        redacted.feed(text)
    assert redacted.close() == ""


def test_released_text_is_remembered_as_it_was() -> None:
    # What is looked at for open ends is not all that was released.
    long = ">" + "".join(f"{chr(65 + n % 26)}{n}" for n in range(60))
    redacted = stream(RedactionPolicy.raw(), kkkk="abcdefgh", m="zz1234", l=long, w="q<q")
    pieces = ["x", "..<zz", f"-gap-kkkk{long[:-4]}", f"{long[-4:]}nope zz1234."]
    shown = "".join(map(redacted.feed, pieces)) + redacted.close()
    assert shown == "x..<zz-gap-kkkk<l>nope <m>."


@pytest.mark.parametrize("policy", [RedactionPolicy.raw(), RedactionPolicy.build_log()])
def test_what_begins_inside_of_a_long_label_is_left_alone(policy: RedactionPolicy) -> None:
    # The last character of the value may be its first as well, and so is held.
    name, value = "n" * 70, f">{'a' * 60}>"
    redacted = stream(policy, **{name: value, "other": "hunter22"})
    text = f"<{name}{value}"
    assert "".join(map(redacted.feed, text)) + redacted.close() == text


def test_bytes_that_cut_a_character_decide_nothing() -> None:
    redacted = stream(pin="hunter2")
    pieces = [b"x hunter2\xc3", b"\xa9 y hunter2", b" "]
    shown = b"".join(map(redacted.feed_bytes, pieces)) + redacted.close_bytes()
    assert shown == "x hunter2é y <pin> ".encode()


def test_bytes_that_are_no_text_lose_nothing_of_a_text_behind_them() -> None:
    redacted = stream(tok="éabcdefgh")
    assert redacted.feed_bytes(b"!\xc3") == b"!"
    assert redacted.feed("y rest") + redacted.close() == "\ufffdy rest"


def test_a_secret_added_later_counts_for_what_is_held() -> None:
    redactor = Redactor()
    redactor.add("one", "alpha-beta-gamma")
    redacted = redactor.stream()
    assert redacted.feed("x alpha-beta") == "x "
    redactor.add("two", "alpha-beta-delta")
    assert redacted.feed("-delta y") == "<two> y"


def test_one_long_match_is_one_label_however_it_arrives() -> None:
    redacted = stream(RedactionPolicy.raw(), a="abab")
    output = "".join(redacted.feed("ab") for _ in range(50))
    assert output.startswith("<a>") or output == ""
    assert output + redacted.feed("x") + redacted.close() == "<a>x"


class TestBuildLog:
    """Whole lines, into which the host has put line ends."""

    def lines(self, *lines: str, **secrets: str) -> list[str]:
        redacted = stream(RedactionPolicy.build_log(), **secrets)
        output = [redacted.feed(line) for line in lines]
        return [*output, redacted.close()] if redacted.held else output

    def test_cut_anywhere(self) -> None:
        assert self.lines(f"a {VALUE[:6]}\n", f"{VALUE[6:]} b\n") == ["", "a <tok>\n<tok> b\n"]

    def test_a_line_is_not_held_for_its_last_three_characters(self) -> None:
        assert self.lines("a s3c\n", "r3t-value-0123 b\n") == ["a s3c\n", "<tok> b\n"]
        assert self.lines("a s\n", "3c\n", "r3t-value-0123 b\n") == ["a s\n", "3c\n", "<tok> b\n"]

    def test_cut_in_many_places(self) -> None:
        assert self.lines("\n".join(VALUE) + "\n") == ["s\n3\nc\n" + "<tok>\n" * 14]

    def test_backspaces_and_colours(self) -> None:
        assert self.lines("s3cr\b\b3t-\x1b[1mvalue-0123\x1b[0m\n") == ["<tok>\x1b[0m\n"]

    def test_a_value_of_several_lines_is_held_as_it_is(self) -> None:
        assert self.lines("a first line of it\n", "an\n", "last line of it b\n", key=KEY) == [
            "",
            "",
            "a <key>\n<key>\n<key> b\n",
        ]

    def test_released_are_whole_lines(self) -> None:
        redacted = stream(RedactionPolicy.build_log())
        assert redacted.feed("one\ntwo s3cr3t\n") == "one\n"
        assert redacted.feed("three\n") == "two s3cr3t\nthree\n"

    def test_lines_do_not_wait_for_the_end_of_one_that_shows_how_they_go_on(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("tok", VALUE)
        redacted = redactor.seen_by({"tok"}).stream()
        assert redacted.feed("two s3cr3t\n") == ""
        assert redacted.feed("chars: ") == "two s3cr3t\n"
        dump = "00000000: 7333 6372  s3cr\n"
        assert redacted.feed(f"\n{dump}") == "chars: \n"
        assert redacted.feed("?") == dump
        assert redacted.feed("!") == ""

    def test_where_nothing_of_a_value_is_hidden_there_is_no_label(self) -> None:
        assert self.lines("1 b\nab 2\n", key="b\na\n \n  b") == ["1 b\nab 2\n"]

    def test_of_a_value_that_is_white_space_nearly_all_the_rest_is_shown(self) -> None:
        assert self.lines("aa<\n", key="a     \na") == ["aa<\n"]

    def test_of_a_value_nothing_but_its_line_ends_stays(self) -> None:
        value = "b\na\n \n  b"
        assert self.lines(f"1 {value} 2\n", key=value) == ["1 <key>\n<key>\n<key>\n<key> 2\n"]

    @pytest.mark.parametrize("size", [1, 2, 3, 99])
    def test_a_line_end_of_two_characters_may_be_cut(self, size: int) -> None:
        text = "abcdefgh\n\rabcdefgh\n"
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert "".join(self.lines(*pieces, key=text[:-1])) == "<key>\n\r<key>\n"

    def test_what_begins_in_a_label_is_left_alone(self) -> None:
        for value in (">secretx", "k>secretx"):
            assert self.lines("a <k>\nsecretx\n", k=value) == ["a <k>\nsecretx\n"]

    def test_a_long_line_end_is_an_end(self) -> None:
        text = f"{VALUE[:6]}\n\n\n\n\n{VALUE[6:]}\n"
        assert "".join(self.lines(text)) == text


class TestMuchPending:
    """What a long key leaves pending is put aside, and comes out as it would have otherwise."""

    KEY = "-----BEGIN KEY-----\n" + "".join(f"{number:032x}\n" for number in range(2000))

    def through(self, text: str) -> list[str]:
        redacted = stream(RedactionPolicy.build_log(), key=self.KEY, tok=VALUE)
        output = [redacted.feed(line) for line in text.splitlines(keepends=True)]
        return [*output, redacted.close()]

    def test_a_long_key_comes_out_with_its_last_line(self) -> None:
        output = self.through(f"before\n{self.KEY}after\n")
        assert output[0] == "before\n"
        assert set(output[1:2001]) == {""}
        assert "".join(output) == "before\n" + "<key>\n" * 2001 + "after\n"
        assert "".join(output[:2003]) == "".join(output)

    def test_a_key_with_colours_is_not_looked_at_again_for_each_line(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked_at = 0

        def counting(data: bytes) -> bytes:
            nonlocal looked_at
            looked_at += len(data)
            return fold(data)

        monkeypatch.setattr(view, "fold", counting)
        text = self.KEY.replace("\n", "\x1b[0m\n")
        output = "".join(self.through(f"{text}after\n"))
        assert re.sub("(<key>|\x1b\\[0m)+\n", "", output) == "after\n"
        assert looked_at < 40 * len(text)

    def test_a_line_that_comes_byte_by_byte_is_looked_at_a_few_times(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked_at = 0

        def counting(data: bytes) -> bytes:
            nonlocal looked_at
            looked_at += len(data)
            return fold(data)

        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("tok", VALUE)
        text = f"{'a line ' * 400}{VALUE}\n"
        for given in ({"tok"}, set[str]()):
            redacted = redactor.seen_by(given).stream()
            redacted.feed("warm up\n")
            monkeypatch.setattr(view, "fold", counting)
            assert "".join(map(redacted.feed, text)) == redactor.redact(text, given)
            monkeypatch.undo()
        assert looked_at < 20 * len(text)

    @pytest.mark.parametrize("given", [None, {"tok"}, set()])
    @pytest.mark.parametrize("policy", [RedactionPolicy.ansi(), RedactionPolicy.build_log()])
    def test_control_sequences_alone_do_not_wait_for_others(
        self, policy: RedactionPolicy, given: set[str] | None
    ) -> None:
        redactor = Redactor(policy)
        redactor.add("tok", VALUE)
        redacted = redactor.seen_by(given).stream()
        text = "\x1b[1m\x1b[0m" * 400
        output = []
        for _ in range(9):
            output.append(redacted.feed(text))
            assert redacted.held <= 2 * LINE  # nothing else ends the line
        assert "".join([*output, redacted.close()]) == text * 9

    def test_the_rest_of_a_key_is_not_copied_for_each_line(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("key", self.KEY)
        redacted = redactor.stream()
        lines = self.KEY.splitlines(keepends=True)
        assert redacted.feed("".join(lines[:200])) == ""
        expected = redacted._pending.patience.expected
        assert len(expected) > 10 * len(lines[0])
        assert "".join(map(redacted.feed, lines[200:300])) == ""
        assert redacted._pending.patience.expected is expected

    def test_a_key_that_goes_on_otherwise(self) -> None:
        lines = self.KEY.splitlines(keepends=True)
        half = "".join(lines[:1000])
        output = self.through(f"{half}something else {VALUE}\nthe end\n")
        assert output[1000].endswith("something else <tok>\n")
        assert "".join(output) == (
            f"{lines[0]}" + "<key>\n" * 999 + "something else <tok>\nthe end\n"
        )

    def test_a_secret_added_while_much_is_pending(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("key", self.KEY)
        redacted = redactor.stream()
        lines = [f"x {VALUE}\n", *self.KEY.splitlines(keepends=True)]
        output = [redacted.feed(line) for line in lines[1:500]]
        assert redacted.held > 0
        redactor.add("late", f"{499:032x}"[-12:])
        output += [redacted.feed(line) for line in lines[500:]]
        assert "".join([*output, redacted.close()]) == "<key>\n" * 2001

    def test_the_same_line_over_and_over(self) -> None:
        line = "abcdefgh12345678\n"
        redacted = stream(RedactionPolicy.build_log(), key=line * 300 + "end")
        output = "".join(redacted.feed(line) for _ in range(2000))
        assert redacted.held <= 2 * 300 * len(line)
        assert output + redacted.close() == "<key>\n" * 2000


def test_a_clean_line_passes_through_few_functions() -> None:
    redacted = stream(RedactionPolicy.build_log(), tok=VALUE, key=KEY)
    redacted.feed("starting\n")
    entered: list[str] = []

    def profile(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            entered.append(frame.f_code.co_name)

    sys.setprofile(profile)
    try:
        redacted.feed("gcc -O2 -c main.c -o main.o\n")
    finally:
        sys.setprofile(None)
    assert len(entered) <= 8, entered
