"""`ShellCommand`: Buildbot's, whose command may be the first argument.

Buildbot's manual has long shown it like that; since 4.0 its own class demands ``command=``.
"""

from __future__ import annotations

from typing import Any

from buildbot import config
from buildbot.steps import shell


class ShellCommand(shell.ShellCommand):
    """Runs a command on the worker; the arguments are those of Buildbot's step.

    :param command: a renderable, a `str` for a shell, or a list.
    """

    def __init__(self, command: object = None, **kwargs: Any) -> None:
        if command is not None:
            kwargs["command"] = command
        elif self.is_exact_step_class(ShellCommand):
            config.error(
                "ShellCommand has no command: write ShellCommand(command=[...]), "
                "or ShellCommand(util.Interpolate(...))"
            )
        super().__init__(**kwargs)
