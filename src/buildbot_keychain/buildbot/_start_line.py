"""What says that the package is at work: a line in ``twistd.log``, and a row of a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from buildbot_keychain.configuration import Configuration
from buildbot_keychain.versions import DISTRIBUTION, engine, version_of

_MOST_SHOWN = 10
"""Sentences on the page "About"."""


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


def about_row(waiting: Sequence[str] = ()) -> list[str]:
    """Return the row of Buildbot's page "About" about this package: its name, and its version.

    :param waiting: who waits for which secret, a sentence each.
    """
    more = [f"and {len(waiting) - _MOST_SHOWN} more"] if len(waiting) > _MOST_SHOWN else []
    text = "; ".join([str(version_of(DISTRIBUTION)), *waiting[:_MOST_SHOWN], *more])
    # Buildbot writes it into a script.
    return [DISTRIBUTION, text.replace("<", "?")]


def _policy(configuration: Configuration) -> str:
    if configuration.policies is None:
        return "none, so every build may read every secret"
    if configuration.reports_only:
        return "only reported, so every build may read every secret"
    return "enforced"


def _state(provider: Any) -> str:
    state = "ready" if getattr(provider, "configured", True) else "not set up"
    return f"{provider.name!r} ({type(provider).__name__}, {state})"
