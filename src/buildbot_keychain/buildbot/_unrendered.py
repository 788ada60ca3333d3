"""`refuse_unrendered`: the last place on the master that sees a command."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.errors import RenderingError
from buildbot_keychain.inspection import NUMBERS, remedy, renderables_in, subject

_NOT_TEXTS = (
    *((argument, "a number", "util.Transform(int, ...)") for argument in NUMBERS),
    ("usePTY", "true or false", "True or False"),
)
_WORDS = frozenset(("slave-config",))
"""Texts that Buildbot itself sends to an old worker."""


def refuse_unrendered(command: Any) -> None:
    """Check that Buildbot's ``RemoteCommand`` has no renderable left in it.

    :raise RenderingError: when it has one: what the worker would get stands for the renderable,
        and is not its value. Also when a number was rendered to a text, as a secret is: the worker
        would raise an error.
    """
    for argument, value in command.args.items():
        for renderable in renderables_in(value):
            msg = (
                f"{subject(renderable)}: Buildbot has not rendered it in {argument!r} of the "
                f"command {command.remote_command!r}, so the command is not sent; "
                f"{remedy(renderable)}"
            )
            raise RenderingError(msg)
    if command.remote_command == "shell":
        for argument, kind, advice in _NOT_TEXTS:
            value = command.args.get(argument)
            if value and isinstance(value, str) and value not in _WORDS:
                raise RenderingError(
                    f"{argument} of the command 'shell' is a text, and must be {kind}, so the "
                    f"command is not sent; write {argument}={advice}"
                )
