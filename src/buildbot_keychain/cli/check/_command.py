"""The command. It shows no value, and has none: those stay in the process that looks them up."""

from __future__ import annotations

import argparse

from buildbot_keychain.cli import _findings, _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, ExitStatus
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli.check import _lines, _text


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "config",
        nargs="?",
        default=".",
        metavar="MASTER.CFG",
        help="the configuration, which is executed; a master's directory will do (default: the "
        "current one)",
    )
    parser.add_argument(
        "--offline", action="store_true", help="ask no provider: report what is named, and where"
    )
    _findings.add_timeout(
        parser, "executing the configuration may take, and then asking the providers"
    )
    _terminal.add_arguments(parser)


def _run(arguments: argparse.Namespace) -> ExitStatus:
    """Print what is found."""
    _findings.require_timeout(arguments)
    try:
        from buildbot_keychain.inspection.check import run_check  # noqa: PLC0415 - Buildbot is slow
    except ImportError as error:
        raise CommandError("check needs Buildbot: run this where the master runs") from error
    with _findings.progress_at(Terminal(quiet=arguments.quiet)) as progress:
        report = run_check(arguments.config, arguments.timeout, progress, offline=arguments.offline)
    for line in (_lines if arguments.json else _text).lines_of(report):
        _standard_streams.print_line(line)
    return _findings.status_of(report)


COMMAND = Command(
    "check",
    "check the secrets of a configuration before it is deployed",
    """\
examples:
  buildbot-keychain check /srv/master
  buildbot-keychain check master.cfg --offline
  buildbot-keychain check --json | jq 'select(.level == "problem")'""",
    _add_arguments,
    _run,
)
