"""How a command ends: the exit statuses, and the errors that end it early.

========  =====================================================================================
status    meaning
========  =====================================================================================
0         success; for ``scrub``, no secret is stored (any more); for ``diff``, both are the same
1         ``scrub``: secrets are still stored: ``--write`` was not given, or some were kept,
          left or shown; ``diff``: they are different; ``verify``: something does not open;
          ``explain``: it is denied; ``audit verify``: lines were changed; ``check``: some of the
          configuration will not work; ``doctor``: something is wrong
2         the command line is wrong
3         ``scrub``, ``check``, ``doctor``: some of it could not be checked; ``import``,
          ``rotate``, ``rekey``: some of it was left as it was; ``restore``: some of it does not
          open
4         failed: a file, a configuration, a database or a store cannot be used, there is no such
          secret, or a master is running
130       interrupted
N         ``run``: that of the program
========  =====================================================================================
"""

from __future__ import annotations

import enum


class ExitStatus(enum.IntEnum):
    """The exit statuses."""

    SUCCESS = 0
    FOUND = DIFFERENT = 1
    USAGE = 2
    UNCHECKED = 3
    FAILED = 4
    INTERRUPTED = 130


class CommandError(Exception):
    """Ends the command with a message for the person at the terminal; it never holds a value.

    :param message: what happened and what to do next, in lower case and without a full stop.
    """

    status = ExitStatus.FAILED


class UsageError(CommandError):
    """The command line is wrong."""

    status = ExitStatus.USAGE
