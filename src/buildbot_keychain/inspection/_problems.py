"""`problems_of`: everything that is wrong with what a configuration says about secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from buildbot_keychain.inspection._references import references
from buildbot_keychain.inspection.checks import (
    careless_senders,
    metrics_for_builds,
    missing_names,
    name_problems,
    names_as_contents,
    plain_texts,
    policy_problems,
    provider_problems,
    uncovered_secrets,
    unknown_approvers,
)
from buildbot_keychain.inspection.unrendered import unrendered_arguments

PROVIDER_LIST, NAME, POLICY, TEXT, UNRENDERED = (
    "provider list",
    "name",
    "policy",
    "text",
    "unrendered",
)
MISSING, UNCOVERED, SENDER, APPROVER = "missing", "uncovered", "sender", "approver"
METRICS = "metrics"

_KEPT = "keychain_problems"


class Problem(NamedTuple):
    """Something that is wrong.

    :param kind: what it is about: one of the constants of this module.
    :param sentence: what is wrong, and what to do.
    :param is_error: whether Buildbot is to refuse the configuration.
    """

    kind: str
    sentence: str
    is_error: bool = True


def problems_of(config: Any) -> tuple[Problem, ...]:
    """Return what is wrong with a configuration; it is looked for once. May block.

    :param config: Buildbot's ``MasterConfig``, loaded.
    """
    found: tuple[Problem, ...] | None = getattr(config, _KEPT, None)
    if found is None:
        found = tuple(_find(config))
        setattr(config, _KEPT, found)
    return found


def _find(config: Any) -> Iterator[Problem]:
    wrong = [Problem(PROVIDER_LIST, each) for each in provider_problems(config.secretsProviders)]
    if not wrong:
        # A function that names a secret may never be called.
        named = [each for each in references(config) if not each.in_code]
        wrong = [
            *(Problem(NAME, each) for each in name_problems(config, named)),
            *(Problem(POLICY, each) for each in policy_problems(config, named)),
            *(Problem(NAME, each) for each in names_as_contents(config)),
        ]
        for text in plain_texts(config):
            yield Problem(TEXT, text.problem, text.is_certain)
        if not wrong:
            yield from (Problem(MISSING, s, is_error=False) for s in missing_names(config, named))
        yield from (Problem(UNCOVERED, s, is_error=False) for s in uncovered_secrets(config))
        yield from (Problem(SENDER, s, is_error=False) for s in careless_senders(config))
        yield from (Problem(APPROVER, s, is_error=False) for s in unknown_approvers(config))
        yield from (Problem(METRICS, s, is_error=False) for s in metrics_for_builds(config))
    yield from wrong
    yield from (Problem(UNRENDERED, each) for each in unrendered_arguments(config))
