"""Reads TOML 1.0 with the standard library, or with ``tomli`` before Python 3.11."""

from __future__ import annotations

import re
import sys

from buildbot_keychain.providers.formats._entries import Entries, Malformed, flattened

_LINE = re.compile(r"\(at line (\d+), column \d+\)$")


def read_toml(text: str) -> Entries:
    """Return the entries of a TOML document.

    :raise Malformed: when it is not TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib as library  # noqa: PLC0415 - the alternative is optional
    else:
        import tomli as library  # noqa: PLC0415 - an optional dependency

    try:
        document = library.loads(text)
    except RecursionError as error:
        raise Malformed("it is nested too deeply") from error
    except ValueError as error:
        line = _LINE.search(str(error))
        msg = f"it is not TOML, {f'at line {line[1]}' if line else 'at its end'}"
        raise Malformed(msg) from error
    return flattened(document)
