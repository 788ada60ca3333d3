"""Finds change sources that take what anybody sends, where a policy believes what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from inspect import signature
from typing import Any

from buildbot.changes.bitbucket import BitbucketPullrequestPoller
from buildbot.changes.gerritchangesource import GerritChangeSourceBase
from buildbot.changes.github import GitHubPullrequestPoller
from buildbot.changes.mail import MaildirSource
from buildbot.changes.pb import PBChangeSource

from buildbot_keychain.policy import Policy

_WITHOUT_CHECKS = frozenset({"base", "bitbucket", "bitbucketcloud", "bitbucketserver", "gitorious"})
_WITH_SECRET = frozenset({"gitea", "github", "gitlab"})

_HANDLED = signature(GerritChangeSourceBase.checkConfig).parameters["handled_events"].default
_PROPOSALS = frozenset({"patchset-created", "comment-added"})
"""Events of Gerrit that come with the revision of a change that is not submitted."""

_KNOWN_PASSWORD = signature(PBChangeSource).parameters["passwd"].default


def unchecked_senders(config: Any, policy: Policy | None) -> Iterator[str]:
    """Yield a sentence for each change source of `config` that cannot tell who sends a change.

    There is none where no rule of `policy` gives anything by what a change says.

    :param config: Buildbot's ``MasterConfig``, loaded.
    """
    rules = () if policy is None else policy.rules
    if not any(not rule.denies and not rule.outside and "build" in rule.kinds for rule in rules):
        return
    believed = "the policy believes its repositories, branches and revisions"
    for sentence, remedy in open_to_anybody(config):
        yield f"{sentence}, and {believed}: {remedy}"


def open_to_anybody(config: Any) -> Iterator[tuple[str, str]]:
    """Yield a sentence and a remedy for each change source that cannot tell who sends a change.

    :param config: Buildbot's ``MasterConfig``, loaded.
    """
    hooks = config.www.get("change_hook_dialects") or {}
    if config.www.get("change_hook_auth") is None:
        for dialect, options in hooks.items():
            remedy = _remedy(dialect, options if isinstance(options, Mapping) else {})
            if remedy:
                yield f"the hook {dialect!r} takes what anybody sends", remedy
    for source in config.change_sources:
        if isinstance(source, MaildirSource):
            yield (
                f"a {type(source).__name__} takes what anybody sends by mail",
                "let only the host of the repository write to its maildir",
            )
        if isinstance(source, PBChangeSource) and source.passwd == _KNOWN_PASSWORD:
            yield (
                "a PBChangeSource takes what anybody sends who knows Buildbot's manual",
                "set its passwd",
            )


def brings_from_outside(source: Any) -> bool:
    """Return whether a change source brings what was proposed and nobody has accepted yet."""
    if isinstance(source, GerritChangeSourceBase):
        given = source._config_kwargs.get("handled_events", _HANDLED)  # noqa: SLF001 - Buildbot's
        return not _PROPOSALS.isdisjoint(given)
    return isinstance(source, (GitHubPullrequestPoller, BitbucketPullrequestPoller))


def _remedy(dialect: str, options: Mapping[str, Any]) -> str:
    """Return what makes a hook check who sends; an empty text if it does, or if nobody knows."""
    if "custom_class" in options:
        return ""
    if dialect in _WITHOUT_CHECKS:
        return 'set c["www"]["change_hook_auth"]'
    if dialect == "github" and not (options.get("secret") and options.get("strict")):
        return "set its secret, and strict to True"
    return "set its secret" if dialect in _WITH_SECRET and not options.get("secret") else ""
