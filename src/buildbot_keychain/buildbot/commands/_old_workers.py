"""Commands for workers that log arguments despite their marks: buildbot-worker before 4.3.

Those put the whole command, as it was sent, before each line that they log about it
(buildbot_worker 4.0 to 4.2, ``RunProcess.command_id``). So an argument that contains a secret is
sent in the environment, which a worker can be told not to log. A shell puts it into its place among
the arguments, removes it from the environment, and becomes the program. In its place among the
arguments that are sent stands what is displayed for it.
"""

from __future__ import annotations

import re
from typing import Any

from buildbot_keychain.buildbot.commands._variables import escape_variables

FIXED_IN = (4, 3)
"""The first version whose workers leave marked arguments out of everything they log."""

_VARIABLE = "KEYCHAIN_ARGUMENT_{}"


def logs_marked_arguments(version: object) -> bool:
    """Return whether workers of `version` log arguments despite their marks.

    A worker that reports no version may be of any.
    """
    match = re.match(r"(\d+)\.(\d+)", str(version))
    return match is None or (int(match[1]), int(match[2])) < FIXED_IN


def move_to_environment(marked: list[Any]) -> tuple[list[Any], dict[str, str]]:
    """Return a command without secrets in its arguments, and the environment that it needs.

    :param marked: the arguments, where ``("obfuscated", real, displayed)`` marks a secret.
    """
    variables: dict[str, str] = {}
    words, displayed = [], []
    for number, element in enumerate(marked, 1):
        if isinstance(element, tuple):
            _, real, fake = element
            name = _VARIABLE.format(number)
            variables[name] = escape_variables(
                real.decode("utf-8", "surrogateescape") if isinstance(real, bytes) else real
            )
            words.append(f'"${{{name}}}"')
            displayed.append(fake)
        else:
            words.append(f'"${{{number}}}"')
            displayed.append(element)
    script = f'set -- {" ".join(words)}; unset {" ".join(variables)}; exec "$@"'
    return ["/bin/sh", "-c", script, "sh", *displayed], variables
