"""``buildbot-keychain redact``: a filter for pipes that hides secrets.

Output is written as soon as it is safe: it waits for no line end and no full buffer, only for the
bytes that decide whether a secret has begun. Bytes that are not UTF-8 pass unchanged. If redaction
fails, or the output cannot be written, the command ends and nothing more passes. At the end, it
says on standard error how often which secret was hidden.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import signal
from collections import Counter
from collections.abc import Iterator

from buildbot_keychain.cli import (
    _build_log,
    _known_secrets,
    _standard_streams,
    _terminal,
)
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, ExitStatus
from buildbot_keychain.cli._terminal import Terminal, format_size
from buildbot_keychain.redaction import RedactionPolicy, Redactor, explanation
from buildbot_keychain.redaction.audience import Label

_GZIP_MAGIC = b"\x1f\x8b"
"""RFC 1952, section 2.3.1."""

_READ_SIZE = 1 << 16
"""Bytes that are read at once: the capacity of a pipe, pipe(7)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    _known_secrets.add_arguments(parser)
    _terminal.add_arguments(parser)
    parser.add_argument(
        "--build-log",
        action="store_true",
        help="standard input is a log that was downloaded from Buildbot, as text or JSON: secrets "
        "are found across the places where it was cut; it is read to its end first",
    )
    parser.add_argument(
        "--explain",
        metavar="NAME",
        help="copy nothing; print how well the secret NAME can be hidden, and nothing of its value",
    )


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Copy standard input to standard output, redacted, until it ends; or explain a secret."""
    _known_secrets.check(arguments)
    if arguments.explain:
        return _explain(arguments)
    # End silently when nobody reads the output any more, as filters do.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    source, sink = _standard_streams.source(), _standard_streams.sink()
    # A status line in the middle of the output would garble it.
    quiet = arguments.quiet
    terminal = Terminal(show_status=False if os.isatty(sink) else None, quiet=quiet)
    configuration = _known_secrets.load_configuration(arguments)
    policy = RedactionPolicy.build_log() if arguments.build_log else RedactionPolicy.ansi()
    redactor = _known_secrets.load_redactor(arguments, configuration, policy, terminal.message)
    if os.isatty(source):
        terminal.message(
            "reading from this terminal until Ctrl-D: to filter a program, pipe its output here"
        )
    hidden: Counter[str] = Counter()
    if arguments.build_log:
        log = _read_all(source, terminal)
        _standard_streams.write_all(sink, _build_log.redact(log, redactor.seen_by(None), hidden))
    else:
        _filter(redactor, source, sink, terminal, hidden)
    if arguments.json:
        terminal.result(json.dumps({"hidden": dict(sorted(hidden.items()))}))
    else:
        terminal.message(_summary(hidden))
    return ExitStatus.SUCCESS


def _summary(hidden: Counter[str]) -> str:
    if not hidden:
        return "no secret was hidden"
    names = ", ".join(f"{name} {count}" for name, count in sorted(hidden.items()))
    count = hidden.total()
    return f"{count} {'occurrence' if count == 1 else 'occurrences'} hidden: {names}"


def _filter(
    redactor: Redactor, source: int, sink: int, terminal: Terminal, hidden: Counter[str]
) -> None:
    def count(label: Label) -> None:
        hidden[label.name] += 1

    stream = redactor.seen_by(None).stream(count)
    passed = 0
    try:
        with _signals() as signalled:
            while data := _read(source, signalled):
                _standard_streams.write_all(sink, stream.feed_bytes(data))
                passed += len(data)
                terminal.status(f"{format_size(passed)} passed")
        _standard_streams.write_all(sink, stream.close_bytes())
    except KeyboardInterrupt:
        _standard_streams.write_all(sink, stream.close_bytes())
        raise
    finally:
        terminal.clear_status()


def _explain(arguments: argparse.Namespace) -> ExitStatus:
    sink, name = _standard_streams.sink(), arguments.explain
    configuration = _known_secrets.load_configuration(arguments)
    warn = Terminal(quiet=arguments.quiet).message
    for value in _known_secrets.load_values(arguments, configuration, name, warn):
        facts = dict(explanation.explain(name, value))
        if arguments.json:
            lines = [json.dumps({"secret": name, **facts})]
        else:
            lines = [name, *(f"  {what}: {fact}" for what, fact in facts.items())]
        _standard_streams.write_all(sink, "".join(f"{line}\n" for line in lines).encode())
    return ExitStatus.SUCCESS


def _read_all(source: int, terminal: Terminal) -> bytes:
    """Return a whole log."""
    data = bytearray()
    try:
        with _signals() as signalled:
            while piece := _read(source, signalled):
                data += piece
                terminal.status(f"{format_size(len(data))} read")
    finally:
        terminal.clear_status()
    if data.startswith(_GZIP_MAGIC):
        raise CommandError("the log is compressed: pipe it through gunzip first")
    return bytes(data)


@contextlib.contextmanager
def _signals() -> Iterator[int]:
    """Yield a descriptor that can be read when a signal has arrived.

    One that arrives just before `os.read` begins to wait would not be noticed before more input.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


def _read(source: int, signalled: int) -> bytes:
    """Return what can be read, waiting for it if necessary, or nothing at the end."""
    while True:
        ready, _, _ = select.select([source, signalled], [], [])
        try:
            if source in ready:
                return os.read(source, _READ_SIZE)
            os.read(signalled, 1)
        except BlockingIOError:
            continue
        except OSError as error:
            raise CommandError(f"cannot read standard input: {error.strerror}") from error


COMMAND = Command(
    "redact",
    "copy standard input to standard output with secrets hidden",
    """\
examples:
  pytest 2>&1 | buildbot-keychain redact --file db=/run/secrets/db
  tail -f twistd.log | buildbot-keychain redact --config /srv/master
  curl -s https://ci.example.org/api/v2/logs/17/raw |
      buildbot-keychain redact --build-log --config /srv/master > build.log
  buildbot-keychain redact --config /srv/master --explain deploy/token""",
    add_arguments,
    run,
)
