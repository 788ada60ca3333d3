"""The standard streams, any of which may be closed or full.

A stream that was closed before the command began is ``None`` in `sys`, and its descriptor is free:
the next file that is opened would get it, and receive what others print there. A full disk shows
when a stream is written to, and again when Python flushes it at its end.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
from typing import TextIO

from buildbot_keychain.cli._exit import CommandError

_DESCRIPTORS = (0, 1, 2)


def occupy_closed() -> None:
    """Open the null device in place of each standard descriptor that is closed."""
    for descriptor in _DESCRIPTORS:
        try:
            os.fstat(descriptor)
        except OSError:  # noqa: PERF203 - it is closed
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free descriptor, which is this one


def source() -> int:
    """Return the descriptor of standard input.

    :raise CommandError: if it is closed.
    """
    if sys.stdin is None:
        raise CommandError("standard input is closed: pipe a text into the command")
    return sys.stdin.fileno()


def sink() -> int:
    """Return the descriptor of standard output.

    :raise CommandError: if it is closed.
    """
    return output().fileno()


def output() -> TextIO:
    """Return standard output.

    :raise CommandError: if it is closed.
    """
    if sys.stdout is None:
        raise CommandError("standard output is closed: redirect it to a file or a pipe")
    return sys.stdout


def print_line(line: str) -> None:
    """Print a line to standard output.

    :raise CommandError: if it is closed, or cannot be written.
    :raise BrokenPipeError: if nobody reads it any more.
    """
    try:
        print(line, file=output())
    except BrokenPipeError:
        raise
    except OSError as error:
        raise write_failed(error) from error


def write_all(sink: int, data: bytes) -> None:
    """Write all of `data` to a descriptor, waiting for whoever reads it.

    :raise CommandError: if it cannot be written.
    :raise BrokenPipeError: if nobody reads it any more.
    """
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(sink, view) :]
        except BlockingIOError:  # noqa: PERF203 - it has to wait then
            select.select([], [sink], [])
        except BrokenPipeError:
            raise
        except OSError as error:
            raise write_failed(error) from error


def write_failed(error: OSError) -> CommandError:
    """Return what ends a command whose output cannot be written, such as to a full disk.

    Nobody reading any more is not that: let `BrokenPipeError` pass.
    """
    abandon(sys.stdout)
    return CommandError(f"cannot write standard output: {error.strerror or type(error).__name__}")


def abandon(stream: TextIO | None) -> None:
    """Send what `stream` still holds to the null device: Python would fail with it at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())  # type: ignore[union-attr]
        os.close(null)
