"""Secrets in dumps, whose values run over several lines."""

from __future__ import annotations

import re

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from tests.support.dump_lines import xxd_lines
from tests.support.oracle.work import calls

VALUE = "Tr0ub4dor&3-correct-horse"
DUMP = """\
0000 first
00000000: 746f 6b20 6973 2054 7230 7562 3464 6f72  tok is Tr0ub4dor
00000010: 2633 2d63 6f72 7265 6374 2d68 6f72 7365  &3-correct-horse
00000020: 2079 6573 0a                              yes.
and more
"""
HIDDEN = """\
0000 first
00000000: 746f 6b20 6973 20<tok>  tok is <tok>
00000010: <tok>  <tok>
00000020: 2079 6573 0a                              yes.
and more
"""


def redactor_of(**secrets: str) -> Redactor:
    redactor = Redactor(RedactionPolicy.build_log())
    for name, value in secrets.items():
        redactor.add(name, value)
    return redactor


@pytest.mark.parametrize("pieces", [".", ".{7}|.+", ".*\n?", ".*"])
def test_both_columns_of_all_lines(pieces: str) -> None:
    readers = redactor_of(tok=VALUE).seen_by({"tok"})
    stream = readers.stream()
    chunks = re.findall(pieces, DUMP, re.DOTALL if pieces != ".*\n?" else 0)
    assert "".join(map(stream.feed, chunks)) + stream.close() == HIDDEN
    assert readers.redact(HIDDEN) == HIDDEN
    shown = DUMP
    for match in reversed(readers.find(DUMP)):
        shown = shown[: match.start] + f"<{match.name}>" + shown[match.end :]
    assert shown == HIDDEN


@pytest.mark.parametrize(
    "before", ["#6 0.123 ", "2026-11-29T12:00:00.123456Z ", "[12:00:00] ", "+ ", " 1 | ", "[tag] "]
)
def test_lines_with_something_before_and_behind_them(before: str) -> None:
    for behind in ("", "   +", " +|"):
        dump = re.sub("(?m)^(.+)$", rf"{before}\1{behind}", DUMP)
        hidden = re.sub("(?m)^(.+)$", rf"{before}\1{behind}", HIDDEN)
        readers = redactor_of(tok=VALUE).seen_by({"tok"})
        for pieces in ("(?s).", "(?s).{7}|.+", ".*\n?", "(?s).*"):
            stream = readers.stream()
            chunks = re.findall(pieces, dump)
            assert "".join(map(stream.feed, chunks)) + stream.close() == hidden


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf16(encoding: str) -> None:
    data = f"password: {VALUE}, {VALUE}\r\n".encode(encoding)
    redacted = redactor_of(tok=VALUE).redact("".join(f"{line}\n" for line in xxd_lines(data)))
    assert not re.search(r"h\.o\.r\.s\.e|T\.r\.0|6800|0068", redacted)
    assert "p.a.s.s.w" in redacted


TRACED = f"""\
=> Send data
0000: token is {VALUE[:10]}
0014: {VALUE[10:]} yes
<= Recv data
{"0000: 6f 6b 20 54 72 30 75 62 34 64 6f 72":53} ok Tr0ub4dor
{"000c: 26 33 2d 63 6f 72 72 65 63 74 2d 68 6f 72 73 65":53} &3-correct-horse
 | 00000  6f 6b 20 54 72 30 75 62  34 64 6f 72 26 33 2d 63  ok Tr0ub4dor&3-c |
{" | 00010  6f 72 72 65 63 74 2d 68  6f 72 73 65":60}orrect-horse     |
ok
"""
TRACED_HIDDEN = f"""\
=> Send data
0000: token is <tok>
0014: <tok> yes
<= Recv data
{"0000: 6f 6b 20 <tok>":32} ok <tok>
000c: <tok> <tok>
 | 00000  6f 6b 20 <tok>  ok <tok> |
 | 00010  <tok>{"":14}<tok>     |
ok
"""


def test_what_curl_and_strace_send_and_receive() -> None:
    readers = redactor_of(tok=VALUE).seen_by({"tok"})
    for pieces in ("(?s).", "(?s).{7}|.+", ".*\n?", "(?s).*"):
        stream = readers.stream()
        chunks = re.findall(pieces, TRACED)
        hidden = "".join(map(stream.feed, chunks)) + stream.close()
        assert hidden == TRACED_HIDDEN


STAR = """\
00000000: 0000 0000 0000 0000 0000 0000 0000 0000  ................
*
00000400: 746f 6b20 6973 2054 7230 7562 3464 6f72  tok is Tr0ub4dor
00000410: 2633 2d63 6f72 7265 6374 2d68 6f72 7365  &3-correct-horse
00000420: 2079 6573 0a                              yes.
and more
"""
STAR_HIDDEN = """\
00000000: 0000 0000 0000 0000 0000 0000 0000 0000  ................
*
00000400: 746f 6b20 6973 20<tok>  tok is <tok>
00000410: <tok>  <tok>
00000420: 2079 6573 0a                              yes.
and more
"""


@pytest.mark.parametrize("before", ["", "#6 0.123 ", "[12:00:00] "])
@pytest.mark.parametrize("pieces", ["(?s).", "(?s).{7}|.+", ".*\n?", "(?s).*"])
def test_behind_lines_that_are_not_repeated(before: str, pieces: str) -> None:
    dump = re.sub("(?m)^(.+)$", rf"{before}\1", STAR)
    stream = redactor_of(tok=VALUE).seen_by({"tok"}).stream()
    shown = "".join(map(stream.feed, re.findall(pieces, dump))) + stream.close()
    assert shown == re.sub("(?m)^(.+)$", rf"{before}\1", STAR_HIDDEN)


def test_a_star_waits_with_the_line_before_it_and_two_are_none() -> None:
    stream = redactor_of(tok="abcdefgh").stream()
    line = "00000000: 7879 6162  xyab\n"
    assert stream.feed(line) == ""
    assert stream.feed("*\n") == ""
    assert stream.feed("*\n") == f"{line}*\n*\n"


def test_not_for_readers_to_whom_it_was_not_given() -> None:
    redactor = redactor_of(tok=VALUE * 3)
    dump = "".join(
        f"{at:08x}: {part.encode().hex()}  {part}\n"
        for at in range(0, 75, 15)
        for part in ((VALUE * 3)[at : at + 15],)
    )
    assert redactor.redact(dump, set()) == dump
    assert redactor.redact(dump, {"tok"}).count("<tok>") == 10


def test_a_line_waits_only_for_what_may_go_on() -> None:
    stream = redactor_of(tok="abcdefgh").stream()
    assert stream.feed("00000000: 7879 7a61  xyza\n") == ""
    assert stream.feed("00000004: 7879 2121") == ""
    assert stream.feed("  xy!!\n") == ("00000000: 7879 7a61  xyza\n00000004: 7879 2121  xy!!\n")
    assert stream.feed("00000008: 7879") == ""
    assert stream.held == 14
    assert stream.close() == "00000008: 7879"


def test_a_long_value_whose_first_lines_were_released() -> None:
    value = "".join(map(str, range(100, 180)))
    redactor = redactor_of(tok=value, other=value[-10:] + "-and-more")
    lines = [
        f"{at:08x}: {part.encode().hex()}  {part}\n"
        for at in range(0, 240, 16)
        for part in (value[at : at + 16],)
    ]
    lines.append("000000f0: 7878  xx\n")
    hidden = [f"{line[:10]}<tok>  <tok>\n" for line in lines[:-1]]
    stream = redactor.stream()
    assert "".join(map(stream.feed, lines[:-1])) == "".join(hidden[:-1])
    assert stream.feed(lines[-1]) + stream.close() == hidden[-1] + lines[-1]


def test_what_begins_before_a_cut_in_a_released_line() -> None:
    redactor = redactor_of(tok="abcdefghij")
    lines = [
        "00000000: 7878 6162 630a  xxabc.\n",
        "00000006: 6465 6667 6869  defghi\n",
        "0000000c: 6a6b            jk\n",
    ]
    stream = redactor.stream()
    expected = lines[0] + "00000006: <tok>  <tok>\n0000000c: <tok>6b            <tok>k\n"
    assert "".join(map(stream.feed, lines)) + stream.close() == expected
    assert redactor.redact("".join(lines)) == expected


def test_a_value_that_the_end_cuts_off() -> None:
    redactor = redactor_of(tok=VALUE)
    dump = "00000000: 5472 3075 6234 646f  Tr0ub4do\n00000008: 7226 332d 636f 7272  r&3-corr"
    hidden = "00000000: <tok>  <tok>\n00000008: <tok>  <tok>"
    assert redactor.redact(dump) == hidden
    assert redactor.redact(dump + "\nmore") == dump + "\nmore"


def test_long_dumps_take_time_by_their_length() -> None:
    value = "".join(f"{number:05d}" for number in range(1000, 5000))
    lines = [
        f"{at:08x}: {part.encode().hex()}  {part}\n"
        for at in range(0, len(value), 16)
        for part in (value[at : at + 16],)
    ]
    stream = redactor_of(tok=value).stream()
    output = "".join(map(stream.feed, lines)) + stream.close()
    assert output == "".join(f"{line[:10]}<tok>  <tok>\n" for line in lines)


@pytest.mark.parametrize("lead", range(16))
def test_a_short_value_beside_a_long_one(lead: int) -> None:
    redactor = redactor_of(tok=VALUE, pw="hunter2")
    for between in ("\n", "="):
        data = f"{'x' * lead}{VALUE}{between}hunter2\n".encode()
        dump = "".join(f"{line}\n" for line in xxd_lines(data))
        redacted = redactor.redact(dump)
        assert "<pw>" in redacted
        assert not re.search("68 ?75|75 ?6e|6e ?74|74 ?65|65 ?72|72 ?32|hu|nt|r2", redacted)
        assert redactor.redact(redacted) == redacted
        stream = redactor.stream()
        assert "".join(map(stream.feed, dump)) + stream.close() == redacted


def test_a_short_value_at_the_start_of_another_dump() -> None:
    redactor = redactor_of(pw="<<<a")
    dump = "00000000: 3c3c 3c61  <<<a\n" * 2
    assert redactor.redact(dump) == "00000000: <pw>  <pw>\n" * 2
    stream = redactor.stream()
    assert "".join(map(stream.feed, dump)) + stream.close() == "00000000: <pw>  <pw>\n" * 2


def test_a_dump_does_not_begin_in_the_middle() -> None:
    redactor = Redactor(RedactionPolicy(forms=()))
    redactor.add("pw", "<<<a")
    dump = "00000000: 3c3c 3c61  <<<a\n00000004: 3c3c 3c61  <<<a\n"
    hidden = "00000000: <pw>  <pw>\n00000004: 3c3c 3c61  <pw>\n"
    assert redactor.redact(dump) == hidden
    assert redactor.redact(hidden) == hidden


def test_a_short_value_that_goes_on_behind_a_released_line() -> None:
    redactor = redactor_of(pw="<<<>")
    dump = "00000000: 3c3c 3c3c  <<<<\n00000004: 3e3c       ><\n"
    stream = redactor.stream()
    lines = dump.splitlines(keepends=True)
    assert "".join(map(stream.feed, lines)) + stream.close() == redactor.redact(dump)


def test_a_short_value_on_two_lines() -> None:
    redactor = redactor_of(pw="hunter2")
    dump = "00000000: 783a 6875 6e74  x:hunt\n00000006: 6572 320a       er2.\n"
    hidden = "00000000: 783a <pw>  x:<pw>\n00000006: <pw>0a       <pw>.\n"
    assert redactor.redact(dump) == hidden
    assert redactor.redact(hidden) == hidden
    part = dump.replace("320a", "3233").replace("er2.", "er23")
    assert redactor.redact(part) == part


def test_a_column_that_is_not_exact_keeps_what_is_beside_a_short_value() -> None:
    redactor = redactor_of(pw="hunter2")
    dump = "00000000: 3c68 756e 7465 7232 3e0a  <hunter2>.\n"
    assert redactor.redact(dump) == "00000000: 3c<pw> 3e0a  <<pw>>.\n"


def test_a_value_before_a_number_is_no_offset() -> None:
    redactor = redactor_of(pw="kqzx", tok="abababab")
    for number in ("abababab0000006", "abababab"):
        dump = f"0000000 2020 716b 787a\n{number} 6363\nend\n"
        hidden = dump.replace("716b 787a", "<pw>").replace("abababab", "<tok>")
        assert redactor.redact(dump) == hidden
        assert redactor.redact(hidden) == hidden
        stream = redactor.stream()
        assert "".join(map(stream.feed, dump)) + stream.close() == hidden


@pytest.mark.parametrize("base", ["x", "o", "d"])
def test_offsets_in_each_base(base: str) -> None:
    lines = "".join(
        f"{at:07{base}}{''.join(f'   {each}' for each in VALUE[at : at + 4])}\n"
        for at in range(0, len(VALUE), 4)
    )
    assert redactor_of(tok=VALUE).redact(lines).count("<tok>") == 7


def test_a_line_of_a_dump_is_read_twice_and_a_long_value_looked_at_a_few_times() -> None:
    key = "".join(f"{number:031x}\n" for number in range(60))
    stream = redactor_of(key=key).seen_by({"key"}).stream()
    lines = [f"{line}\n" for line in xxd_lines(f"before {key} behind".encode())]
    shown: list[str] = []
    counted = calls(lambda: shown.extend(map(stream.feed, lines)))
    assert len(lines) == 121
    assert counted["matching/dump_lines.py:dump_line"] <= 2 * len(lines)
    assert counted["dumps.py:_cover"] < 10
    assert "".join(shown).count("<key>  <key>\n") == 119
