"""Reads a configuration of Buildbot: which secrets it names, where, and what is wrong.

Nothing here starts a build or any service but a provider, and no value of a secret is kept.

==============  ================================================================
`_references`   `references`: which secrets are named, and where
`_places`       where they may be
`_functions`    what functions name
`_steps`        the steps of builders, and the arguments of anything
`_providers`    the providers, and the policy
`_loading`      executes a configuration
`_hosting`      starts its providers
`_asking`       runs the reactor while they are asked
`_process`      does such work in a process of its own, in which `_child` runs
`_limits`       `Limits`: ends it where nobody sits in front of it
`_findings`     `Findings`: what is found
`_problems`     `problems_of`: what is wrong
`checks`        what is wrong with names, providers, texts and the policy
`unrendered`    what Buildbot never renders
`check`         checks a configuration before it is deployed
`doctor`        examines an installation
==============  ================================================================
"""

from __future__ import annotations

from buildbot_keychain.inspection._findings import (
    NOTE,
    PROBLEM,
    UNCHECKED,
    Finding,
    Findings,
)
from buildbot_keychain.inspection._hosting import hosted_by, started_providers
from buildbot_keychain.inspection._limits import Limits
from buildbot_keychain.inspection._loading import (
    Loaded,
    drop_logs,
    execute,
    find,
    load,
    working_directory,
)
from buildbot_keychain.inspection._now import keep_values, names_read, note_read
from buildbot_keychain.inspection._places import (
    BUILDER,
    PROVIDER,
    SERVICE,
    STEP,
    WEB,
    Place,
    places_in,
)
from buildbot_keychain.inspection._problems import PROVIDER_LIST, Problem, problems_of
from buildbot_keychain.inspection._process import Progress, as_owner, begun
from buildbot_keychain.inspection._references import Reference, references, references_at
from buildbot_keychain.inspection._steps import steps_of
from buildbot_keychain.inspection.checks import problems_of_rules
from buildbot_keychain.inspection.unrendered import (
    NUMBERS,
    is_rendered_later,
    remedy,
    renderables_in,
    subject,
)

__all__ = [
    "BUILDER",
    "NOTE",
    "NUMBERS",
    "PROBLEM",
    "PROVIDER",
    "PROVIDER_LIST",
    "SERVICE",
    "STEP",
    "UNCHECKED",
    "WEB",
    "Finding",
    "Findings",
    "Limits",
    "Loaded",
    "Place",
    "Problem",
    "Progress",
    "Reference",
    "as_owner",
    "begun",
    "drop_logs",
    "execute",
    "find",
    "hosted_by",
    "is_rendered_later",
    "keep_values",
    "load",
    "names_read",
    "note_read",
    "places_in",
    "problems_of",
    "problems_of_rules",
    "references",
    "references_at",
    "remedy",
    "renderables_in",
    "started_providers",
    "steps_of",
    "subject",
    "working_directory",
]
