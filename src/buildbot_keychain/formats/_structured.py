"""`structured`: a value that has fields, in one of the ways in which values are written. Pure."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.formats._dotenv import read_env
from buildbot_keychain.formats._entries import Malformed
from buildbot_keychain.formats._json import parse_json


def structured(text: str) -> dict[str, Any]:
    """Return the fields of a JSON object, or of lines of ``NAME=value``.

    :raise Malformed: when it is neither.
    """
    if text.lstrip().startswith("{"):
        found: dict[str, Any] = parse_json(text)
        return found
    try:
        entries = read_env(text)
    except Malformed:
        entries = {}
    if not entries:
        raise Malformed("it is neither a JSON object nor lines of NAME=value")
    return entries
