"""The providers of a configuration, before any has joined a master, and its policy."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.policy import Policy


def providers_of(config: Any) -> list[Any]:
    """Return the providers of a configuration: of a manager, those that it owns.

    :param config: Buildbot's ``MasterConfig``.
    """
    return [
        provider
        for entry in config.secretsProviders
        for provider in getattr(entry, "wanted_providers", (entry,))
    ]


def policy_of(config: Any) -> Policy | None:
    """Return the policy of a configuration; ``None`` if it has none."""
    found = (getattr(entry, "policies", None) for entry in config.secretsProviders)
    return next((each.policy for each in found if each is not None), None)
