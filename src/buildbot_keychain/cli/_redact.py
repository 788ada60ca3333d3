"""``buildbot-keychain redact``: a filter for pipes that hides secrets.

Output is written as soon as it is safe: it waits for no line end and no full buffer, only for the
bytes that decide whether a secret has begun. Bytes that are not UTF-8 pass unchanged. If redaction
fails, the command ends and nothing more passes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import sys

from buildbot_keychain.cli import _known_secrets
from buildbot_keychain.cli._exit import ExitStatus
from buildbot_keychain.cli._terminal import Terminal, format_size
from buildbot_keychain.redaction import RedactionPolicy, Redactor

_READ_SIZE = 1 << 16
"""Bytes that are read at once: the capacity of a pipe, pipe(7)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    _known_secrets.add_arguments(parser)


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Copy standard input to standard output, redacted, until it ends."""
    _known_secrets.check(arguments)
    # End silently when nobody reads the output any more, as filters do.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    source, sink = sys.stdin.fileno(), sys.stdout.fileno()
    # A status line in the middle of the output would garble it.
    terminal = Terminal(show_status=False) if os.isatty(sink) else Terminal()
    configuration = _known_secrets.load_configuration(arguments)
    redactor = _known_secrets.load_redactor(
        arguments, configuration, RedactionPolicy.ansi(), terminal.message
    )
    _filter(redactor, source, sink, terminal)
    return ExitStatus.SUCCESS


def _filter(redactor: Redactor, source: int, sink: int, terminal: Terminal) -> None:
    stream = redactor.stream()
    passed = 0
    try:
        while data := _read(source):
            _write(sink, stream.feed_bytes(data))
            passed += len(data)
            terminal.status(f"{format_size(passed)} passed")
        _write(sink, stream.close_bytes())
    except KeyboardInterrupt:
        _write(sink, stream.close_bytes())
        raise
    finally:
        terminal.clear_status()


def _read(source: int) -> bytes:
    """Return what can be read, waiting for it if necessary, or nothing at the end."""
    while True:
        with contextlib.suppress(BlockingIOError):
            return os.read(source, _READ_SIZE)
        select.select([source], [], [])


def _write(sink: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(sink, view) :]
        except BlockingIOError:  # noqa: PERF203 - it has to wait then
            select.select([], [sink], [])
