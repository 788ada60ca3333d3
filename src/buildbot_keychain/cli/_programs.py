"""`run_program`: runs a program in place of a command, with its output redacted if that is wanted.

The program has our standard input, and is in our process group: what a terminal sends it reaches
both. Other signals that would end us are passed on to it, and we end when it has. Its output goes
through pipes; where standard output and error are the same place, through one, so that lines stay
in their order. The redactor lets nothing pass that it has not looked at: if it fails, or our output
cannot be written, the program's output is closed.

What the program leaves running in the background when it ends is not waited for.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator, Mapping, Sequence

from buildbot_keychain.cli import _standard_streams
from buildbot_keychain.cli._exit import CommandError
from buildbot_keychain.redaction import Audience, RedactionStream

NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""Exit statuses of shells for programs that cannot be started."""

_SIGNALLED = 128
"""What shells add to the number of the signal that has ended a program."""

_PASSED_ON = (signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
_OF_TERMINALS = (signal.SIGINT, signal.SIGQUIT)
_READ_SIZE = 1 << 16
"""Bytes that are read at once: the capacity of a pipe, pipe(7)."""


class NotStartedError(CommandError):
    """A program that cannot be started.

    :ivar exit_status: what a shell would end with.
    """

    def __init__(self, message: str, exit_status: int) -> None:
        super().__init__(message)
        self.exit_status = exit_status


def run_program(
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    audience: Audience | None = None,
    sinks: tuple[int, int] = (1, 2),
) -> int:
    """Run a program until it ends.

    :param environment: its environment; by default ours.
    :param audience: redacts what it prints; by default, it has our output itself.
    :param sinks: the descriptors that its standard output and error are written to.
    :return: its exit status, or the negative number of the signal that has ended it.
    :raise NotStartedError: when it cannot be started.
    :raise CommandError: when its output cannot be written.
    """
    with contextlib.ExitStack() as stack:
        signals = stack.enter_context(_passing_on())
        outputs = [] if audience is None else _outputs(stack, audience, sinks)
        try:
            program = subprocess.Popen(  # noqa: S603 - what a person asks for
                arguments,
                env=environment,
                stdout=outputs[0].writing if outputs else None,
                stderr=outputs[-1].writing if outputs else None,
            )
        except OSError as error:
            status = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
            msg = f"cannot run {arguments[0]}: {error.strerror}"
            raise NotStartedError(msg, status) from error
        signals.program = program
        signals.pass_on()
        for output in outputs:
            output.close_writing()
        try:
            _copy(program, outputs, signals.woken)
            for output in outputs:
                output.close()
        finally:
            for output in outputs:
                output.discard()
            program.wait()
        for output in outputs:
            output.require_written()
        return program.returncode


def end_like(status: int) -> int:
    """End as a program has: by the same signal, or return its exit status.

    :param status: as `run_program` returns it.
    """
    if status >= 0:
        return status
    if -status != signal.SIGKILL:
        signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
    return _SIGNALLED - status


def forbid_core_dumps() -> None:
    """Have this process, and those that it starts, leave no image of their memory on a disk.

    A limit of 1 byte is less than a file needs, and forbids Linux to pipe the image to a program,
    such as systemd-coredump, which 0 does not (``do_coredump`` in ``fs/coredump.c``; core(5)).
    Where the hard limit is 0, that cannot be forbidden.
    """
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (1 if most else 0, most))


class _Output:
    """One output of a program: a pipe, and where it goes."""

    def __init__(self, stream: RedactionStream, sink: int) -> None:
        self.reading, self.writing = os.pipe()
        self._stream = stream
        self._sink = sink
        self._error: OSError | CommandError | None = None
        self.is_open = True

    def copy(self, most: int = _READ_SIZE) -> int:
        """Write what can be read, `most` bytes of it, and return how many it was."""
        data = os.read(self.reading, most)
        self._write(self._stream.feed_bytes(data))
        if not data:
            self.close()
        return len(data)

    def copy_rest(self) -> None:
        """Write what is in the pipe now, ioctl_tty(2), and nothing that is printed later."""
        (left,) = struct.unpack("i", fcntl.ioctl(self.reading, termios.FIONREAD, bytes(4)))
        while left and self.is_open:
            left -= self.copy(min(left, _READ_SIZE))

    def close_writing(self) -> None:
        """Close the end of the program, which has its own."""
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1

    def close(self) -> None:
        """Write what was held back, and close the pipe."""
        if self.is_open:
            self.discard()
            self._write(self._stream.close_bytes())

    def discard(self) -> None:
        """Close the pipe, and write nothing more."""
        self.close_writing()
        if self.is_open:
            self.is_open = False
            os.close(self.reading)

    def require_written(self) -> None:
        """Raise an error if something could not be written, unless nobody reads it any more."""
        if isinstance(self._error, CommandError):
            raise self._error

    def _write(self, data: bytes) -> None:
        if self._error is not None:
            return
        try:
            _standard_streams.write_all(self._sink, data)
        except (BrokenPipeError, CommandError) as error:
            self._error = error
            self.discard()


def _outputs(
    stack: contextlib.ExitStack, audience: Audience, sinks: tuple[int, int]
) -> list[_Output]:
    """Return one output for both descriptors if they are the same place, and otherwise two."""
    places = [(found.st_dev, found.st_ino) for found in map(os.fstat, sinks)]
    outputs = []
    for sink in sinks[: 1 if places[0] == places[1] else 2]:
        outputs.append(_Output(audience.stream(), sink))
        stack.callback(outputs[-1].discard)
    return outputs


def _copy(program: subprocess.Popen[bytes], outputs: Sequence[_Output], woken: int) -> None:
    """Copy outputs until all are closed, or the program has ended and all it wrote is copied."""
    while left := {output.reading: output for output in outputs if output.is_open}:
        if program.poll() is not None:
            for output in left.values():
                output.copy_rest()
            return
        ready, _, _ = select.select([*left, woken], [], [])
        if woken in ready:
            os.read(woken, _READ_SIZE)
        for descriptor in ready:
            if descriptor != woken:
                left[descriptor].copy()


class _Signals:
    """Signals, for a program that may not have been started yet.

    :ivar woken: a descriptor that can be read when one has arrived.
    """

    def __init__(self, woken: int) -> None:
        self.woken = woken
        self.program: subprocess.Popen[bytes] | None = None
        self._waiting: list[int] = []

    def receive(self, number: int, _frame: object) -> None:
        """Pass a signal on, unless the program has got it from the terminal."""
        if number == signal.SIGCHLD or (number in _OF_TERMINALS and _is_in_foreground()):
            return
        self._waiting.append(number)
        self.pass_on()

    def pass_on(self) -> None:
        """Send the program what has arrived, once it is there."""
        while self.program is not None and self._waiting:
            self.program.send_signal(self._waiting.pop(0))


@contextlib.contextmanager
def _passing_on() -> Iterator[_Signals]:
    """Receive signals, those excepted that we were started to ignore."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signals = _Signals(reading)
    numbers = (*_PASSED_ON, *_OF_TERMINALS, signal.SIGCHLD)
    before = {number: signal.getsignal(number) for number in numbers}
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        for number, handler in before.items():
            if handler != signal.SIG_IGN or number == signal.SIGCHLD:
                signal.signal(number, signals.receive)
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        os.close(reading)
        os.close(writing)


def _is_in_foreground() -> bool:
    """Return whether a terminal sends us, and with us the program, what is typed there."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
