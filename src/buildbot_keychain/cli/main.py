"""The entry point: parses the command line, runs the command and reports how it ended.

This is the boundary that errors cross: here, and nowhere else, an exception becomes a sentence on
standard error and an exit status. The text of an unexpected error is withheld, as it may hold a
value; its type and place are reported.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from twisted.python.failure import Failure

from buildbot_keychain import versions
from buildbot_keychain.cli import _redact, _standard_streams, scrub
from buildbot_keychain.cli._exit import CommandError, ExitStatus
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.errors import KeychainError, safe_summary

_EXIT_STATUSES = """\
exit status: 0 success; 1 secrets are still stored; 2 wrong command line;
3 some data could not be checked; 4 failed; 130 interrupted"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: the arguments after the command's name; by default, those of the process.
    :return: the exit status, one of `ExitStatus`.
    """
    _standard_streams.occupy_closed()
    try:
        return _flushed(_run(argv))
    except KeyboardInterrupt:
        return _interrupt()


def _run(argv: Sequence[str] | None) -> int:
    """Parse the command line and run the command; return the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except CommandError as error:
        Terminal().message(str(error))
        return int(error.status)
    except KeychainError as error:
        Terminal().message(str(error))
        return int(ExitStatus.FAILED)
    except BrokenPipeError:
        _standard_streams.abandon(sys.stdout)
        return int(ExitStatus.FAILED)
    except Exception:  # noqa: BLE001 - its text may hold a value, and must not be shown
        Terminal().message(f"unexpected error: {safe_summary(Failure())}")
        return int(ExitStatus.FAILED)


def _flushed(status: int) -> int:
    """Write what standard output still holds; return `status`, or that this has failed."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _standard_streams.abandon(sys.stdout)
    except OSError as error:
        failed = _standard_streams.write_failed(error)
        Terminal().message(str(failed))
    else:
        return status
    return int(ExitStatus.FAILED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="buildbot-keychain",
        description="hide secrets in text, and replace those that Buildbot has already stored",
        epilog=_EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_ShowVersions, help="show what is installed")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module, name, summary in (
        (_redact, "redact", "copy standard input to standard output with secrets hidden"),
        (scrub, "scrub", "find and replace secrets in Buildbot's database and in log files"),
    ):
        command = commands.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=_EXIT_STATUSES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


class _ShowVersions(argparse.Action):
    """Prints the versions of what is at work, and ends the command."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_others: object) -> None:
        print("\n".join(versions.describe()))
        parser.exit()


def _interrupt() -> int:
    """End by SIGINT, as an interrupted program must, so that a shell's loop ends too."""
    _flushed(0)
    Terminal().message("interrupted")
    if os.name == "posix":
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return int(ExitStatus.INTERRUPTED)
