"""What is wrong with what a configuration says about secrets, before anything asks for one.

Buildbot accepts two providers of the same name and keeps one of them, a class in place of a
provider, and a name that no provider can have; each is noticed in a build at the earliest. Here a
configuration that has been loaded is checked for that, by ``buildbot checkconfig`` and at each
start and reconfiguration. A secret that is missing may come later, so that is a warning; only
providers that answer at once and without a network are asked.

=================  ================================================================
`_provider_list`   checks ``c["secretsProviders"]``
`_names`           checks the names of secrets
`_policy`          checks who is given which secret
`_hooks`           finds change sources that take what anybody sends
`_approvers`       finds roles of approvers that nobody can have
`_metrics`         finds builds that can read metrics
`_plain_texts`     finds what was meant to be a secret and is a text
=================  ================================================================
"""

from __future__ import annotations

from buildbot_keychain.inspection.checks._hooks import brings_from_outside, open_to_anybody
from buildbot_keychain.inspection.checks._metrics import metrics_for_builds
from buildbot_keychain.inspection.checks._names import (
    missing_names,
    name_problems,
    names_as_contents,
)
from buildbot_keychain.inspection.checks._plain_texts import plain_texts
from buildbot_keychain.inspection.checks._policy import (
    careless_senders,
    policy_problems,
    problems_of_rules,
    uncovered_secrets,
    unknown_approvers,
)
from buildbot_keychain.inspection.checks._provider_list import provider_problems

__all__ = [
    "brings_from_outside",
    "careless_senders",
    "metrics_for_builds",
    "missing_names",
    "name_problems",
    "names_as_contents",
    "open_to_anybody",
    "plain_texts",
    "policy_problems",
    "problems_of_rules",
    "provider_problems",
    "uncovered_secrets",
    "unknown_approvers",
]
