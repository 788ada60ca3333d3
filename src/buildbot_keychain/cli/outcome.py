"""How a command ends: its exit status, and the error that ends it early.

========  =====================================================================================
status    meaning
========  =====================================================================================
0         done: for ``scrub``, no secret is stored (any more)
1         ``scrub``: secrets are stored, and were not asked to be replaced or could not be
2         the command line makes no sense
3         ``scrub``: something could not be checked
4         it could not begin or had to stop: a file, a configuration, a database, a live master
130       interrupted
========  =====================================================================================
"""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """The exit statuses."""

    DONE = 0
    FOUND = 1
    USAGE = 2
    UNCHECKED = 3
    STOPPED = 4
    INTERRUPTED = 130


class Stop(Exception):
    """Ends the command with one line for whoever must act; the line never holds a value.

    :param message: what happened and what to do next, in lower case, with no full stop.
    """

    def __init__(self, message: str, status: Exit = Exit.STOPPED) -> None:
        super().__init__(message)
        self.status = status
