"""The entry point: parses the command line, runs the command and reports how it ended.

This is the boundary that errors cross: here, and nowhere else, an exception becomes a sentence on
standard error and an exit status. The text of an unexpected error is withheld, as it may hold a
value; its type and place are reported.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from twisted.python.failure import Failure

from buildbot_keychain.cli import _standard_streams
from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError
from buildbot_keychain.cli._parser import build_parser
from buildbot_keychain.cli._programs import forbid_core_dumps
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.errors import KeychainError, safe_summary


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: the arguments after the command's name; by default, those of the process.
    :return: the exit status, one of `ExitStatus`.
    """
    _standard_streams.occupy_closed()
    forbid_core_dumps()
    try:
        return _flushed(_run(argv))
    except KeyboardInterrupt:
        return _interrupt()


def _run(argv: Sequence[str] | None) -> int:
    """Parse the command line and run the command; return the exit status."""
    arguments = build_parser().parse(argv)
    try:
        return int(arguments.run(arguments))
    except UsageError as error:
        Terminal().message(f"{error}; see {arguments.command.prog} --help")
        return int(error.status)
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


def _interrupt() -> int:
    """End by SIGINT, as an interrupted program must, so that a shell's loop ends too."""
    _flushed(0)
    Terminal().message("interrupted")
    if os.name == "posix":
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return int(ExitStatus.INTERRUPTED)
