"""Source stamps of new buildsets, without the secrets in them, as far as they may be altered."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.redaction import Audience
from buildbot_keychain.redaction.structures import redact_value

_CHECKED_OUT = frozenset({"branch", "revision", "codebase", "project", "patch_body"})
"""The keys of a source stamp that say what is checked out."""


def redact_stamps(audience: Audience, stamps: list[Any]) -> list[Any]:
    """Return source stamps, ids or dicts, redacted but for what is checked out."""
    return [_redacted(audience, stamp) for stamp in stamps]


def alterable(stamps: list[Any]) -> list[Any]:
    """Return what `redact_stamps` looks at."""
    return [_alterable(stamp) for stamp in stamps]


def _redacted(audience: Audience, stamp: Any) -> Any:
    if not isinstance(stamp, dict):
        return redact_value(audience, stamp)
    redacted = {key: redact_value(audience, each) for key, each in _alterable(stamp).items()}
    return {**stamp, **redacted}


def _alterable(stamp: Any) -> Any:
    if not isinstance(stamp, dict):
        return stamp
    return {key: value for key, value in stamp.items() if key not in _CHECKED_OUT}
