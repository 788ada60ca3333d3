r"""Questions to the person at the terminal: hidden answers, and confirmations.

They are asked at the terminal itself, whatever standard input and output are, so that a pipe is
never taken for a person. What is typed hidden goes nowhere else. The terminal is as it was when the
function ends, whatever ends it; it cannot be stopped meanwhile (Ctrl-Z), as the shell would turn
its echo on again, and Ctrl-\ is a character.
"""

from __future__ import annotations

import contextlib
import copy
import os
import signal
import termios
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from buildbot_keychain.cli._exit import CommandError, UsageError

TERMINAL = Path("/dev/tty")
"""The terminal of this process, tty(4)."""

_LONGEST = 4095
"""Bytes of a line that a terminal takes, termios(3): the rest of a longer one is lost."""

_LOCAL_FLAGS, _CHARACTERS = 3, 6
"""Where `termios.tcgetattr` has them."""


_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Signals that end a process without what it does at its end."""


class NoTerminalError(CommandError):
    """There is nobody to ask."""


def is_possible() -> bool:
    """Return whether there is a terminal to ask at."""
    try:
        with _terminal():
            return True
    except NoTerminalError:
        return False


def ask_hidden(question: str) -> str:
    """Ask for a text that is not shown.

    :raise NoTerminalError: when there is no terminal.
    :raise CommandError: when nothing can be read, or what is not a text.
    :raise KeyboardInterrupt: when the person or a signal ends it.
    """
    with _terminal() as terminal, _hidden(terminal):
        answer = _ask(terminal, f"{question}: ")
    if len(answer) >= _LONGEST:
        raise CommandError("it is longer than a line at a terminal can be; give it with --file")
    try:
        return answer.decode("utf-8")
    except UnicodeDecodeError:
        raise CommandError("what was typed is not UTF-8; give it with --file") from None


def ask_hidden_twice(what: str) -> str:
    """Ask for a new text that is not shown, and again, until both are the same.

    :raise CommandError: as `ask_hidden`, and when they are different three times.
    """
    for _ in range(3):
        answer = ask_hidden(what)
        if ask_hidden(f"{what}, again") == answer:
            return answer
        say("they are different")
    raise CommandError("the two were different each time; nothing was changed")


def require_confirmed(question: str, *, yes: bool) -> None:
    """Ask whether something is meant that cannot be undone.

    :param yes: whether the command line says so already.
    :raise UsageError: when there is no terminal to ask at.
    :raise CommandError: when it is not meant.
    """
    if yes:
        return
    try:
        with _terminal() as terminal:
            answer = _ask(terminal, f"{question} [y/N] ")
    except NoTerminalError as error:
        raise UsageError("without a terminal to confirm it at, this needs --yes") from error
    if answer.strip().lower() not in {b"y", b"yes"}:
        raise CommandError("nothing was changed")


def say(text: str) -> None:
    """Write a line to the terminal."""
    with _terminal() as terminal:
        os.write(terminal, f"{text}\n".encode())


@contextlib.contextmanager
def _terminal() -> Iterator[int]:
    try:
        descriptor = os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise NoTerminalError("there is no terminal to ask at") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _ask(terminal: int, question: str) -> bytes:
    """Return the line that is typed, without its end."""
    os.write(terminal, question.encode())
    answer = b""
    while not answer.endswith(b"\n"):
        try:
            more = os.read(terminal, _LONGEST + 1)
        except OSError as error:
            msg = f"cannot read the terminal: {error.strerror}; nothing was changed"
            raise CommandError(msg) from error
        if not more:
            os.write(terminal, b"\n")
            raise CommandError("no answer was given; nothing was changed")
        answer += more
    return answer[:-1]


@contextlib.contextmanager
def _hidden(terminal: int) -> Iterator[None]:
    """Turn the echo of a terminal off, and then back as it was, even if a signal ends this."""
    before = termios.tcgetattr(terminal)
    after = copy.deepcopy(before)
    after[_LOCAL_FLAGS] &= ~termios.ECHO
    after[_LOCAL_FLAGS] |= termios.ICANON | termios.ISIG
    for character in (termios.VSUSP, termios.VQUIT):
        after[_CHARACTERS][character] = b"\0"  # no character, _POSIX_VDISABLE
    handlers = {number: signal.getsignal(number) for number in _ENDING}
    try:
        for number in handlers:
            signal.signal(number, _interrupt)
        termios.tcsetattr(terminal, termios.TCSAFLUSH, after)
        yield
    finally:
        with contextlib.suppress(termios.error, OSError):  # it was closed
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)
            os.write(terminal, b"\n")
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt
