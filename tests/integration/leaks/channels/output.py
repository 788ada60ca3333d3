"""Secrets that a command prints: to its streams, its log files, in pieces, cut and coloured.

The secret was read before; the command gets it from a file, so that it shows in its output alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildbot.plugins import steps

from tests.integration.leaks.canaries import key
from tests.integration.leaks.channels import PYTHON, ChannelTable

if TYPE_CHECKING:
    from tests.integration.leaks.channels import Kit

CHANNELS = channel = ChannelTable()

_IN_PIECES = """
import os, sys, time
data = open(sys.argv[1], "rb").read()
for start in range(0, len(data), 5):
    os.write(int(sys.argv[2]), data[start:start + 5])
    time.sleep(float(sys.argv[3]))
"""
_RED, _BOLD, _OFF = "\x1b[31m", "\x1b[1;38;5;196m", "\x1b[0m"
_LINE_CUT = 4096  # characters, where Buildbot cuts a line
_UPDATE = 64 * 1024  # bytes, after which a worker sends what it holds


def _print(kit: Kit, content: str, **more: Any) -> None:
    command = ["cat", kit.payload(content)]
    kit.add(steps.ShellCommand(command=command, doStepIf=kit.read, **more))


def _in_pieces(kit: Kit, stream: int, pause: float, **more: Any) -> None:
    command = [*PYTHON, _IN_PIECES, kit.payload(kit.canary.value), str(stream), str(pause)]
    kit.add(steps.ShellCommand(command=command, doStepIf=kit.read, **more))


@channel("key printed across a pause", key)
def key_across_a_pause(kit: Kit) -> None:
    middle = len(kit.canary.value) // 2 + 7
    first = kit.payload(kit.canary.value[:middle], "first")
    second = kit.payload(kit.canary.value[middle:], "second")
    # Longer than the worker waits before it sends what it has.
    command = ["sh", "-c", f"cat {first}; sleep 7; cat {second}"]
    kit.add(steps.ShellCommand(command=command, doStepIf=kit.read))


@channel("stdout")
def stdout(kit: Kit) -> None:
    _print(kit, f"before {kit.canary.value} after\n")


@channel("stderr")
def stderr(kit: Kit) -> None:
    command = f"cat {kit.payload(kit.canary.value)} >&2"
    kit.add(steps.ShellCommand(command=command, doStepIf=kit.read))


@channel("stdout and stderr in turn")
def both_streams(kit: Kit) -> None:
    path, half = kit.payload(kit.canary.value), len(kit.canary.value)
    command = f"head -c {half // 2} {path}; echo noise >&2; tail -c {half - half // 2} {path}"
    kit.add(steps.ShellCommand(command=command, doStepIf=kit.read))


@channel("stdout by 5 bytes")
def stdout_in_pieces(kit: Kit) -> None:
    _in_pieces(kit, 1, 0)


@channel("stdout by 5 slow bytes")
def stdout_in_slow_pieces(kit: Kit) -> None:
    _in_pieces(kit, 1, 0.02)


@channel("stderr by 5 bytes")
def stderr_in_pieces(kit: Kit) -> None:
    _in_pieces(kit, 2, 0.02)


@channel("terminal by 5 bytes")
def terminal_in_pieces(kit: Kit) -> None:
    _in_pieces(kit, 1, 0.02, usePTY=True)


_WRITTEN = {"files of the worker": "the command wrote this file"}


@channel("log file", inherent=_WRITTEN)
def log_file(kit: Kit) -> None:
    command = ["cp", kit.payload(f"a\n{kit.canary.value}\nb\n"), "out.log"]
    kit.add(steps.ShellCommand(command=command, logfiles={"out": "out.log"}, doStepIf=kit.read))


@channel("lazy log file, key", key, inherent=_WRITTEN)
def lazy_log_file(kit: Kit) -> None:
    command = ["cp", kit.payload(kit.canary.value), "out.log"]
    logs = {"out": {"filename": "out.log", "follow": True}}
    kit.add(
        steps.ShellCommand(command=command, logfiles=logs, lazylogfiles=True, doStepIf=kit.read)
    )


@channel("key whole", key)
def key_whole(kit: Kit) -> None:
    _print(kit, kit.canary.value)


@channel("key on a terminal", key)
def key_on_a_terminal(kit: Kit) -> None:
    _print(kit, kit.canary.value, usePTY=True)


@channel("key line by line", key)
def key_line_by_line(kit: Kit) -> None:
    _print(kit, "".join(f"line: {line} end\n" for line in kit.canary.value.splitlines()))


@channel("key lines out of order", key)
def key_out_of_order(kit: Kit) -> None:
    _print(kit, "\n".join(reversed(kit.canary.value.splitlines())))


@channel("key indented", key)
def key_indented(kit: Kit) -> None:
    _print(kit, "".join(f"    {line}\n" for line in kit.canary.value.splitlines()))


@channel("key with prompts between", key)
def key_with_line_numbers(kit: Kit) -> None:
    lines = enumerate(kit.canary.value.splitlines(), 1)
    _print(kit, "".join(f"{number:6}\t{line}\n" for number, line in lines))


@channel("key joined", key)
def key_joined(kit: Kit) -> None:
    _print(kit, kit.canary.value.replace("\n", ""))


@channel("key joined by blanks", key)
def key_joined_by_blanks(kit: Kit) -> None:
    _print(kit, kit.canary.value.replace("\n", " "))


@channel("key joined by escapes", key)
def key_joined_by_escapes(kit: Kit) -> None:
    _print(kit, kit.canary.value.replace("\n", "\\n"))


@channel("key wrapped at 40", key)
def key_wrapped(kit: Kit) -> None:
    text = kit.canary.value.replace("\n", " ")
    _print(kit, "\n".join(text[start : start + 40] for start in range(0, len(text), 40)))


@channel("key with crlf", key)
def key_crlf(kit: Kit) -> None:
    _print(kit, kit.canary.value.replace("\n", "\r\n"))


@channel("key with cr", key)
def key_cr(kit: Kit) -> None:
    _print(kit, kit.canary.value.replace("\n", "\r"))


@channel("key across two updates", key)
def key_across_updates(kit: Kit) -> None:
    filler = "a line that is of no matter to anyone\n"
    start = _UPDATE - len(kit.canary.value) // 2
    _print(kit, filler * (start // len(filler)) + kit.canary.value + filler * 100)


@channel("key across the line cut", key)
def key_across_the_cut(kit: Kit) -> None:
    filler = "x" * (_LINE_CUT - 800)
    _print(kit, f"{filler} {kit.canary.value.replace(chr(10), ' ')} tail")


@channel("text across the line cut")
def text_across_the_cut(kit: Kit) -> None:
    # Several lengths, as the cut is not everywhere at the same character.
    starts = range(_LINE_CUT - 33, _LINE_CUT + 3, 5)
    _print(kit, "".join("y" * start + kit.canary.value + "\n" for start in starts))


@channel("text across the second line cut")
def text_across_the_second_cut(kit: Kit) -> None:
    starts = range(2 * _LINE_CUT - 33, 2 * _LINE_CUT + 3, 5)
    _print(kit, "".join("y" * start + kit.canary.value + "\n" for start in starts))


@channel("text in colour")
def text_in_colour(kit: Kit) -> None:
    value = kit.canary.value
    _print(kit, f"{_RED}{value[:9]}{_OFF}{_BOLD}{value[9:20]}{_OFF}{value[20:]}\n")


@channel("text coloured as a whole")
def text_coloured(kit: Kit) -> None:
    _print(kit, f"{_RED}{kit.canary.value}{_OFF}\n")


@channel("text with every letter coloured")
def text_letter_by_letter(kit: Kit) -> None:
    _print(kit, "".join(f"{_RED}{letter}{_OFF}" for letter in kit.canary.value))


@channel("key in colour", key)
def key_in_colour(kit: Kit) -> None:
    lines = kit.canary.value.splitlines()
    _print(kit, "".join(f"{_RED}{line[:30]}{_BOLD}{line[30:]}{_OFF}\n" for line in lines))


@channel("text with backspaces")
def text_with_backspaces(kit: Kit) -> None:
    # Buildbot makes a line end of each run of them.
    value = kit.canary.value
    _print(kit, f"{value[:9]}\b{value[9:20]}\b\b{value[20:]}\n")


# What stays is not the secret's text: the erased letters are in it. Buildbot has no place at which
# they can be distinguished from letters that were meant.
_OVERTYPED = "the erased letters stay, so this is no spelling of the secret"


@channel(
    "text with erased letters",
    inherent=dict.fromkeys(
        # The master's own log has what it sends to the reporter.
        ["REST", "HTTP reporter", "mail", "db logchunks.content", "master's twistd.log"],
        _OVERTYPED,
    ),
)
def text_with_erased_letters(kit: Kit) -> None:
    value = kit.canary.value
    _print(kit, f"{value[:9]}x\b{value[9:20]}yz\b\b{value[20:]}\n")


@channel("text after a carriage return")
def text_after_carriage_return(kit: Kit) -> None:
    _print(kit, f"50%\r100%\r{kit.canary.value}\rdone\n")


@channel("text with cursor moves")
def text_with_cursor_moves(kit: Kit) -> None:
    value = kit.canary.value
    _print(kit, f"\x1b[2K\x1b[1G{value[:16]}\x1b[K{value[16:]}\x1b[1A\n")


@channel("key with backspaces", key)
def key_with_backspaces(kit: Kit) -> None:
    lines = kit.canary.value.splitlines()
    _print(kit, "".join(f"{line[:30]}\b{line[30:]}\n" for line in lines))


@channel("beginning of a key at the end", key)
def key_begun(kit: Kit) -> None:
    # More than half of it, and no line end after the last one.
    _print(kit, kit.canary.value[: len(kit.canary.value) * 3 // 4])
