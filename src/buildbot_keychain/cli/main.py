"""The way in: parses the command line, runs the command, and says how it ended.

No traceback reaches the terminal: an error that was not foreseen is told by its type and place, as
its text may hold anything. `outcome` has the exit statuses.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from buildbot_keychain.cli import redact
from buildbot_keychain.cli.outcome import Exit, Stop
from buildbot_keychain.cli.scrub import command_line as scrub
from buildbot_keychain.errors import KeychainError

_ENDINGS = """\
exit status: 0 done; 1 secrets are stored and were left; 2 wrong command line;
3 something could not be checked; 4 could not begin, or had to stop; 130 interrupted"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: the arguments behind the command's name; those of the process by default.
    :return: the exit status, one of `outcome.Exit`.
    """
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except Stop as stop:
        _complain(str(stop))
        return int(stop.status)
    except KeychainError as error:
        _complain(str(error))
        return int(Exit.STOPPED)
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        # Whoever read what we print has gone; Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.STOPPED)
    except Exception as error:  # noqa: BLE001 - its text may hold a value, and must not be shown
        _complain(f"stopped by an error that was not foreseen: {_place(error)}")
        return int(Exit.STOPPED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="buildbot-keychain",
        description="keep secrets out of what is read and stored",
        epilog=_ENDINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module, name, line in (
        (redact, "redact", "hide secrets in what passes through a pipe"),
        (scrub, "scrub", "find, and replace, secrets that a database and log files hold already"),
    ):
        command = commands.add_parser(
            name,
            help=line,
            description=line,
            epilog=_ENDINGS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def _version() -> str:
    try:
        return version("buildbot-keychain")
    except PackageNotFoundError:
        return "(not installed)"


def _complain(message: str) -> None:
    print(f"buildbot-keychain: {message}", file=sys.stderr)


def _interrupted() -> int:
    """End as a program ends that was interrupted, so that a shell's loop ends too."""
    if os.name == "posix":
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGINT)
    return int(Exit.INTERRUPTED)


def _place(error: Exception) -> str:
    place = "unknown place"
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{Path(code.co_filename).name}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}, its text is withheld as it may hold a secret"
