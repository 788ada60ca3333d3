"""Values of environment variables that must arrive as they are.

In the environment of a command, Buildbot replaces ``${NAME}`` by the variable ``NAME`` of the
surrounding environment (buildbot_worker, ``runprocess.py``; buildbot, ``steps/master.py``), once,
from left to right. For what a ``master.cfg`` says that is the purpose; for what a secret contains
it is damage. So where a secret has a part in it, ``${NAME}`` is sent as ``$${}{NAME}``: a variable
without a name is replaced by nothing, and what remains is not looked at again.
"""

from __future__ import annotations

import re
from typing import Any

from buildbot_keychain.redaction import Audience

_VARIABLE = re.compile(r"\$(?=\{[0-9a-zA-Z_]*\})")
_ESCAPED = "$${}"


def escape_variables(text: str) -> str:
    """Return what Buildbot turns into `text`."""
    return _VARIABLE.sub(lambda _: _ESCAPED, text)


def escape_secrets(audience: Audience, environment: dict[str, Any]) -> dict[str, Any]:
    """Return an environment in which Buildbot replaces nothing that comes from a secret."""
    return {name: _escape_value(audience, value) for name, value in environment.items()}


def _escape_value(audience: Audience, value: Any) -> Any:
    if isinstance(value, list):
        return [_escape_value(audience, element) for element in value]
    if not isinstance(value, str) or not _VARIABLE.search(value):
        return value
    secrets = audience.find(value)

    def escape(match: re.Match[str]) -> str:
        end = value.index("}", match.end()) + 1
        in_a_secret = any(found.start < end and match.start() < found.end for found in secrets)
        return _ESCAPED if in_a_secret else "$"

    return _VARIABLE.sub(escape, value)
