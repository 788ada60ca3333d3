"""Checks the policy of a configuration against its builders and providers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from buildbot.steps.source.base import Source

from buildbot_keychain.errors import KeychainError, quote
from buildbot_keychain.inspection._providers import policy_of, providers_of
from buildbot_keychain.inspection._references import Reference
from buildbot_keychain.inspection._steps import steps_of
from buildbot_keychain.inspection.checks._approvers import missing_approvers
from buildbot_keychain.inspection.checks._hooks import unchecked_senders
from buildbot_keychain.interfaces import IListsNames, IReadsNow
from buildbot_keychain.patterns import matcher
from buildbot_keychain.policy import Rule, rule_problems
from buildbot_keychain.uses import FORM


def policy_problems(config: Any, named: Sequence[Reference]) -> Iterator[str]:
    """Yield a sentence for each mistake in the policy of `config`; none if it has no policy.

    :param config: Buildbot's ``MasterConfig``, loaded; there is nothing wrong with its list of
        providers.
    :param named: its `references`.
    """
    policy = policy_of(config)
    if policy is None:
        return
    for provider in providers_of(config):
        if "name" not in vars(provider):
            kind = type(provider).__name__
            yield f"with a policy, every provider needs a name: write {kind}(name=..., ...)"
    names = _names_in(config)
    kinds = {getattr(provider, "kind", None) for provider in providers_of(config)} - {None}
    prefixed = ((each.place.words, each.name, each.provider) for each in named)
    for place, name, prefix in dict.fromkeys(prefixed):
        if prefix in kinds and prefix not in names:
            yield (
                f"{place}: the secret {quote(name)}: with a policy, the name of a provider must "
                "stand before the '!', not its kind"
            )
    yield from problems_of_rules(policy.rules, config)


def problems_of_rules(rules: Sequence[Rule], config: Any) -> Iterator[str]:
    """Yield a sentence for each mistake in the rules of a policy for `config`.

    What a rule names may belong to another one of several masters.
    """
    is_constant = partial(_has_constant_repository, config=config)
    yield from rule_problems(rules, _names_in(config), is_constant)
    for rule in () if config.multiMaster else rules:
        yield from _unmatched(rule, config)


def _names_in(config: Any) -> list[str]:
    return [*(provider.name for provider in providers_of(config)), FORM]


def uncovered_secrets(config: Any) -> Iterator[str]:
    """Yield a sentence for the secrets of each provider that no rule gives to anybody. May block.

    Only providers are asked that answer at once and can list their names.
    """
    policy = policy_of(config)
    for provider in [] if policy is None else providers_of(config):
        core: Any = getattr(provider, "checked", None)
        if not IListsNames.providedBy(core) or not IReadsNow.providedBy(core):
            continue
        try:
            names = list(core.names())
        except (KeychainError, OSError):  # a lookup will say what is wrong
            continue
        found = [n for n in names if not _is_covered(policy, provider.name, n)]
        if found:
            shown = ", ".join(map(quote, found[:_MOST_SHOWN]))
            more = f" and {len(found) - _MOST_SHOWN} others" if len(found) > _MOST_SHOWN else ""
            yield f"the policy gives nobody {shown}{more} of the provider {provider.name!r}"


def careless_senders(config: Any) -> Iterator[str]:
    """Yield a sentence for each change source that cannot tell who sends what the policy believes.

    None if `config` has no policy.
    """
    yield from unchecked_senders(config, policy_of(config))


def unknown_approvers(config: Any) -> Iterator[str]:
    """Yield a sentence for each role that the policy asks to approve, and that nobody can have.

    None if `config` has no policy.
    """
    yield from missing_approvers(config, policy_of(config))


_MOST_SHOWN = 5


def _is_covered(policy: Any, provider: str, name: str) -> bool:
    return any(not rule.denies for rule in policy.about(provider, name))


def _has_constant_repository(rule: Rule, config: Any) -> bool:
    """Return whether each builder of a rule has one source step, with an address that is a text."""
    patterns = rule.patterns_of("builders")
    is_meant = matcher(patterns)
    builders = [builder for builder in config.builders if is_meant(builder.name)]
    are_somewhere = bool(builders) or bool(config.multiMaster)
    return bool(patterns) and are_somewhere and all(map(_builds_one_repository, builders))


def _builds_one_repository(builder: Any) -> bool:
    sources = [step for cls, step in steps_of(builder) if issubclass(cls, Source)]
    if len(sources) != 1:
        return False
    (step,) = sources
    return isinstance(step.kwargs.get("repourl", next(iter(step.args), None)), str)


def _unmatched(rule: Rule, config: Any) -> Iterator[str]:
    """Yield a sentence for each pattern that nothing in `config` matches."""
    known = {
        "builders": [builder.name for builder in config.builders],
        "workers": [worker.name for worker in config.workers],
        "schedulers": [*config.schedulers, "rebuild"],
        "projects": [getattr(builder, "project", None) or "" for builder in config.builders],
        "tags": [tag for builder in config.builders for tag in builder.tags or ()],
    }
    for condition, names in known.items():
        patterns = rule.patterns_of(condition)
        if patterns and not any(map(matcher(patterns), names)):
            yield (
                f"{rule.location}: {rule!r}: it can never match: none of the {condition} is called "
                f"{' or '.join(map(repr, patterns))}"
            )
