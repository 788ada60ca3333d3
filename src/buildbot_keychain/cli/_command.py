"""`Command`: one command, as the parser and its help know it; and an option that several have."""

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


def add_config_argument(parser: argparse.ArgumentParser, which: str = "the configuration") -> None:
    """Add ``--config``, which is the current directory by default.

    :param which: what its help begins with.
    """
    parser.add_argument(
        "--config",
        default=".",
        metavar="MASTER.CFG",
        help=f"{which}, which is executed; a master's directory will do (default: the current one)",
    )
