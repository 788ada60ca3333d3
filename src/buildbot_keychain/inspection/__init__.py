"""Reads a configuration of Buildbot: which secrets it names, and where.

==============  ================================================================
`_references`   `references`: which secrets are named, and where
`_places`       where they may be
`_steps`        the steps of builders, and the arguments of anything
==============  ================================================================
"""

from __future__ import annotations

from buildbot_keychain.inspection._places import (
    BUILDER,
    PROVIDER,
    SERVICE,
    STEP,
    WEB,
    Place,
    arguments_of,
    is_ours,
    places_in,
)
from buildbot_keychain.inspection._references import Reference, references
from buildbot_keychain.inspection._steps import arguments_by_name, steps_of

__all__ = [
    "BUILDER",
    "PROVIDER",
    "SERVICE",
    "STEP",
    "WEB",
    "Place",
    "Reference",
    "arguments_by_name",
    "arguments_of",
    "is_ours",
    "places_in",
    "references",
    "steps_of",
]
