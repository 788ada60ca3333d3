"""TOML 1.0, as the standard library reads it, or ``tomli`` before Python 3.11."""

from __future__ import annotations

import re
import sys

from buildbot_keychain.providers.formats._entries import Entries, Malformed, flattened

_LINE = re.compile(r"\(at line (\d+), column \d+\)$")


def read_toml(text: str) -> Entries:
    """Give the texts of a TOML document.

    :raise Malformed: when it is not TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib as library  # noqa: PLC0415 - beside what stands in for it
    else:
        import tomli as library  # noqa: PLC0415 - an optional dependency

    problem = "it is nested too deeply"
    try:
        return flattened(library.loads(text))
    except RecursionError:
        pass
    except Malformed:
        raise
    except ValueError as error:
        line = _LINE.search(str(error))
        problem = f"it is not TOML, {f'at line {line[1]}' if line else 'at its end'}"
    raise Malformed(problem)
