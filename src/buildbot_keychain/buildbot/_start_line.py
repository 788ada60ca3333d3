"""The line in ``twistd.log`` that says what protects a master: at its start and after changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from buildbot_keychain.configuration import Configuration
from buildbot_keychain.versions import DISTRIBUTION, engine, version_of


def start_line(configuration: Configuration, gaps: Iterable[str]) -> str:
    """Return the line.

    :param configuration: what lookups depend on.
    :param gaps: names of patches that do not fit the installed Buildbot, which was accepted.
    """
    asked = ", ".join(map(_state, configuration.providers)) or "none"
    accepted = ", ".join(gaps)
    exception = f", except what the patch {accepted} would protect" if accepted else ""
    return (
        f"{DISTRIBUTION} {version_of(DISTRIBUTION)}: providers: {asked}; redacted: everything that "
        f"this master stores, shows, sends and logs{exception}; engine: {engine()}; "
        f"policy: {_policy(configuration)}"
    )


def _policy(configuration: Configuration) -> str:
    if configuration.policies is None:
        return "none, so every build may read every secret"
    if configuration.reports_only:
        return "only reported, so every build may read every secret"
    return "enforced"


def _state(provider: Any) -> str:
    state = "ready" if getattr(provider, "configured", True) else "not set up"
    return f"{provider.name!r} ({type(provider).__name__}, {state})"
