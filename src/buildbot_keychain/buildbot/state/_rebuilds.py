"""Buildsets that repeat another one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REBUILD = "rebuild"
"""The reason and the scheduler that Buildbot gives to such a buildset."""


def is_rebuild(buildset: Mapping[str, Any]) -> bool:
    """Return whether a buildset repeats another one, as far as can be told.

    What repeats a request that had no build has the reason alone, which a person can type, too.

    :param buildset: its ``reason`` and its ``rebuilt_buildid``.
    """
    return buildset.get("rebuilt_buildid") is not None or buildset.get("reason") == REBUILD
