"""``buildbot-keychain redact``: a filter for pipes that hides secrets in whatever passes.

What can be released is written at once: nothing waits for a line end or a full buffer, only for
the bytes that decide whether a secret has begun. Bytes that are not UTF-8 pass as they are. If
redacting fails, nothing more passes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import sys
from collections.abc import Callable

from buildbot_keychain.cli import known_secrets, terminal
from buildbot_keychain.cli.outcome import Exit, Stop
from buildbot_keychain.cli.terminal import Terminal
from buildbot_keychain.redaction import RedactionPolicy, Redactor

_MOST = 1 << 16
"""Bytes that are read at once: what a pipe holds."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    known_secrets.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Filter standard input to standard output until it ends."""
    known_secrets.check(arguments)
    # A reader that has gone ends a filter without a word, as it ends every other.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    console = Terminal()
    configured = []
    if arguments.config:
        from buildbot_keychain.cli import master_config  # noqa: PLC0415 - Buildbot is large

        configured = master_config.load(arguments.config).secrets(arguments.name, console.say)
    redactor = known_secrets.redactor_for(
        arguments, RedactionPolicy.ansi(), configured, console.say
    )
    # Where the text itself goes to the terminal, a status among it would garble it.
    console.drawing = console.drawing and not os.isatty(sys.stdout.fileno())
    return _filter(redactor, sys.stdin.fileno(), sys.stdout.fileno(), console)


def _filter(redactor: Redactor, source: int, sink: int, console: Terminal) -> int:
    stream = redactor.stream()
    passed = 0
    try:
        while data := _read(source):
            released = _armed(stream.feed_bytes, data)
            _write(sink, released)
            passed += len(data)
            console.show(f"{terminal.size(passed)} passed")
        _write(sink, _armed(stream.close_bytes))
    except KeyboardInterrupt:
        _write(sink, _armed(stream.close_bytes))
        raise
    finally:
        console.clear()
    return Exit.DONE


def _armed(step: Callable[..., bytes], *data: bytes) -> bytes:
    """Do one step of the stream; what it raises could speak of the text, and is not passed on."""
    try:
        return step(*data)
    except Exception as error:  # noqa: BLE001 - whatever it is, the text must not pass
        failure = type(error).__name__
    raise Stop(f"redacting failed ({failure}), the rest of the text is withheld")


def _read(source: int) -> bytes:
    """Give what there is, waiting for it if there is nothing; nothing at the end."""
    while True:
        with contextlib.suppress(BlockingIOError):
            return os.read(source, _MOST)
        select.select([source], [], [])


def _write(sink: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        with contextlib.suppress(BlockingIOError):
            view = view[os.write(sink, view) :]
            continue
        select.select([], [sink], [])
