"""Which lines are those of dumps, and what they show: of real programs and by example."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from buildbot_keychain.redaction.matching.dump_lines import (
    dump_line,
    may_be_dump_line,
    may_hold_dump,
)

DATA = "tok is Tr0ub4dor&3-correct-hörse-battery-staple!!  ye\\s\n\tabc".encode()
PROGRAMS = [
    "xxd",
    "xxd -u -c 8 -g1",
    "xxd -c 20 -g 4",
    "xxd -d",
    "xxd -e",
    "xxd -e -g 2 -c 20",
    "xxd -e -g 8",
    "hexdump",
    "hexdump -C",
    "hexdump -b",
    "hexdump -x",
    "od",
    "od -c",
    "od -b",
    "od -a",
    "od -x",
    "od -tx1z",
    "od -A d -tx1z",
    "od -A x -t x1z -v",
    "od -tx4",
    "od -tx8",
    "od -td1",
    "od -tu1",
    "od -td1z",
    "od -tu1z",
    "busybox xxd",
    "busybox hexdump",
    "busybox hexdump -C",
    "busybox od -c",
]


@pytest.mark.parametrize("command", PROGRAMS)
def test_what_programs_print(command: str, tmp_path: Path) -> None:
    program, *options = command.split()
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program} here")
    file = tmp_path / "file"
    file.write_bytes(DATA)
    printed = subprocess.run([program, *options, file], capture_output=True, check=True).stdout
    lines = [dump_line(line) for line in printed.splitlines()]
    shown = b"".join(line.data for line in lines if line)
    expected = bytes(byte & 0x7F for byte in DATA) if command == "od -a" else DATA
    assert shown.rstrip(b"\0") == expected
    with_text = "xxd" in command or "-C" in command or "1z" in command
    assert all(line.exact == with_text for line in lines if line)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("0000040   7", b"7"),
        ("0000000   1   2 303 244   9", b"12\xc3\xa49"),
        ("0000040 141 167", b"aw"),
        ("0000040   9  10", b"\t\n"),
        ("0000000 116 121 118 120", b"tyvx"),
        ("0000000 110 129", b"n\x81"),
        ("0000000   9 192", b"\t\xc0"),
    ],
)
def test_characters_octal_and_decimal_numbers_in_cells_of_four(line: str, shown: bytes) -> None:
    read = dump_line(line.encode())
    assert read is not None
    assert read.data == shown


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here")
def test_what_strace_prints(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(DATA)
    printed = subprocess.run(
        ["strace", "-P", file, "-e", "trace=read", "-e", "read=3", "cat", file],
        capture_output=True,
        check=True,
    ).stderr
    lines = [line for line in map(dump_line, printed.splitlines()) if line]
    assert b"".join(line.data for line in lines) == DATA
    assert all(line.exact for line in lines)


@pytest.mark.parametrize(
    ("line", "covered"),
    [
        ("00000010: 6162 6364 65  abcde", "00000010: 61#####64 65  a##de"),
        ("00000010: 6162 6364 65  ab<de", "00000010: 61#####64 65#######"),
        ("00000010: 6162 6364 65", "00000010: 61#####64 65"),
        ("00000010  61 62 63 64 65  |abcde|", "00000010  61 ##### 64 65  |a##de|"),
        ("0000020 61 62 63 64 65  >abcde<", "0000020 61 ##### 64 65  >a##de<"),
        ("0000020 61 62 63 64 65  >abXde<", "0000020 61 ##### 64 65  >#####<"),
        ("0000020 6261 6463 0065", "0000020 ######### 0065"),
        ("0000020   a  \\n 303   d", "0000020   a #######   d"),
        ("0000020   a  sp esc   d", "0000020   a #######   d"),
        ("00000010: 6261 6463   65           abcde", "00000010: #########   65           a##de"),
        ("00000010: 6261 3c63   65           abc<e", "00000010: #########   65           #####"),
        ("#6 0.1 00000010: 6162 6364  abcd", "#6 0.1 00000010: 61#####64  a##d"),
        (" 0000020 6261 6463 0065+", " 0000020 ######### 0065+"),
        ("| 00000010  61 62 63  |abc| +|", "| 00000010  61 #####  |a##| +|"),
        ("[2026-11-29T12:00:00.123Z] 0000: abcde", "[2026-11-29T12:00:00.123Z] 0000: a##de"),
        (
            f"{'+  | 00000  61 62 63 64 65':62}{'abcde':16} |",
            f"{'+  | 00000  61 ##### 64 65':62}{'a##de':16} |",
        ),
        (f"{'0000: 61 62 63 64 65':53} abcde", f"{'0000: 61 ##### 64 65':53} a##de"),
        ("0000: abcde", "0000: a##de"),
        (f"{'0000: 61 62 3c 64 65':53} ab<de", f"{'0000: 61 ##### 64 65':53} #####"),
        (
            f"{' | 00000  61 62 63 64 65':60}{'abcde':16} |",
            f"{' | 00000  61 ##### 64 65':60}{'a##de':16} |",
        ),
        (
            f"{' | 00000  61 62 63 64 65':60}{'ab<de':16} |",
            f"{' | 00000  61 ##### 64 65':60}################ |",
        ),
    ],
)
def test_what_is_covered(line: str, covered: str) -> None:
    shown = dump_line(line.encode())
    assert shown is not None
    result = line
    for start, end in shown.covered(1, 3):
        result = result[:start] + "#" * (end - start) + result[end:]
    assert result == covered


@pytest.mark.parametrize(
    "line",
    [
        "",
        "0000021",
        "00000: 6162",
        "00000010: 616",
        "00000010: 6162<tok>  ab<tok>",
        "00000010  61 62 63 <tok> |abc<tok>|",
        "00000010  61 62 6364",
        "00000010 999 100",
        "0000020   a  b",
        "00000010: " + "61" * 300,
        "1.00000010: 6162",
        "the 00000010: 6162",
    ],
)
def test_other_lines(line: str) -> None:
    assert dump_line(line.encode()) is None


def test_beginnings() -> None:
    assert may_be_dump_line(b"0")
    assert may_be_dump_line(b"00000010: 61")
    assert not may_be_dump_line(b"")
    assert not may_be_dump_line(b"configure: 61")
    assert may_be_dump_line(b"#6 0.1 0")
    assert not may_be_dump_line(b"make: 00000")
    assert not may_be_dump_line(b"00000010: " + b"6" * 600)


@pytest.mark.parametrize(
    "data",
    [
        b"00000000: 61\n",
        b"a line\n#6 0.1 00000010: 61\n00000000  61\n",
        b"0000: 61\n",
        b"0xa00000\n 0000: 61\n",
    ],
)
def test_a_text_may_hold_a_dump(data: bytes) -> None:
    assert may_hold_dump(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"a 00000000: 61\n", b"pci 0000:00:1f.2\n", b"x" * 48 + b"\n1.00000 s\n0000:61\n"],
)
def test_a_text_holds_no_dump(data: bytes) -> None:
    assert not may_hold_dump(data)
