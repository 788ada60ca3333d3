"""Values of environment variables that arrive as they are.

In the environment that it is given, Buildbot puts the variable ``NAME`` of the surrounding one in
the place of ``${NAME}`` (buildbot_worker, ``runprocess.py``; buildbot, ``steps/master.py``), once,
from left to right. For what a ``master.cfg`` says that is the purpose; for what a secret holds it
is damage. So where a secret has a part in it, ``${NAME}`` is given as ``$${}{NAME}``: a variable
without a name is replaced by nothing, and what is left is not looked at again.
"""

from __future__ import annotations

import re
from typing import Any

from buildbot_keychain.redaction import Redactor

_VARIABLE = re.compile(r"\$(?=\{[0-9a-zA-Z_]*\})")
_EMPTY = "$${}"


def literal(text: str) -> str:
    """Give what Buildbot makes `text` of."""
    return _VARIABLE.sub(lambda _: _EMPTY, text)


def with_literal_secrets(redactor: Redactor, environment: dict[str, Any]) -> dict[str, Any]:
    """Give an environment in which Buildbot replaces nothing that comes from a secret."""
    return {name: _with_literal_secrets(redactor, value) for name, value in environment.items()}


def _with_literal_secrets(redactor: Redactor, value: Any) -> Any:
    if isinstance(value, list):
        return [_with_literal_secrets(redactor, element) for element in value]
    if not isinstance(value, str) or not _VARIABLE.search(value):
        return value
    secrets = redactor.find(value)

    def replaced(match: re.Match[str]) -> str:
        end = value.index("}", match.end()) + 1
        held = any(found.start < end and match.start() < found.end for found in secrets)
        return _EMPTY if held else "$"

    return _VARIABLE.sub(replaced, value)
