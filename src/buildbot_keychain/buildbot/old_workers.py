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

from buildbot_keychain.buildbot.environment import literal

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
            name = _VARIABLE.format(number)
            variables[name] = literal(
                real.decode("utf-8", "surrogateescape") if isinstance(real, bytes) else real
            )
            words.append(f'"${{{name}}}"')
            shown.append(fake)
        else:
            words.append(f'"${{{number}}}"')
            shown.append(element)
    script = f'set -- {" ".join(words)}; unset {" ".join(variables)}; exec "$@"'
    return ["/bin/sh", "-c", script, "sh", *shown], variables
