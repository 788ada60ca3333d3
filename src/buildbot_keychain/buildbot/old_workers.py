"""Commands for workers that log arguments although they are marked: buildbot-worker before 4.3.

Those put the whole command, as it was sent, before each line that they log of it
(buildbot_worker 4.0 to 4.2, ``RunProcess.command_id``). So what holds a secret is sent in the
environment, which they can be told not to log, and a shell puts it into its place among the
arguments, takes it out of the environment, and becomes the program. In its place in the arguments
that are sent stands what is shown for it.
"""

from __future__ import annotations

import re
from typing import Any

FIXED = (4, 3)
"""The first version whose workers leave marked arguments out of all they log."""

_VARIABLE = "KEYCHAIN_ARGUMENT_{}"


def logs_marked_arguments(version: object) -> bool:
    """Tell by the version that a worker says it has; one that says none may be of any."""
    match = re.match(r"(\d+)\.(\d+)", str(version))
    return match is None or (int(match[1]), int(match[2])) < FIXED


def by_environment(marked: list[Any]) -> tuple[list[Any], dict[str, str]]:
    """Give a command without secrets in its arguments, and the environment that it needs.

    :param marked: the arguments, where ``("obfuscated", real, shown)`` marks what holds a secret.
    """
    variables: dict[str, str] = {}
    words, shown = [], []
    for number, element in enumerate(marked, 1):
        if isinstance(element, tuple):
            _, real, fake = element
            words.append(f'"{_stored(real, variables)}"')
            shown.append(fake)
        else:
            words.append(f'"${{{number}}}"')
            shown.append(element)
    script = f'set -- {" ".join(words)}; unset {" ".join(variables)}; exec "$@"'
    return ["/bin/sh", "-c", script, "sh", *shown], variables


def _stored(value: str | bytes, variables: dict[str, str]) -> str:
    """Store `value` in new variables, and give what a shell puts together again.

    A worker replaces ``${NAME}`` in an environment, so no variable holds the whole of such a text.
    """
    text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
    names = []
    for piece in re.split(r"(?<=\$)(?=\{)", text):
        name = _VARIABLE.format(len(variables) + 1)
        variables[name] = piece
        names.append(f"${{{name}}}")
    return "".join(names)
