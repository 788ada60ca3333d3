"""`Command`: one command, as the parser and its help know it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple


class Command(NamedTuple):
    """A command.

    :ivar summary: what it does, as a line of the help.
    :ivar examples: lines of its help, the first of which is ``examples:``.
    :ivar add_arguments: adds its arguments to its parser.
    :ivar run: runs it with them, and returns how it ended: one of `ExitStatus`, but for a command
        that runs another program.
    """

    name: str
    summary: str
    examples: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
