"""Checks of plain arguments that several providers have: paths, time-outs, URLs. Pure."""

from __future__ import annotations

import os
from urllib.parse import SplitResult, urlsplit

from buildbot_keychain.errors import ConfigurationError, quote

LONGEST_TIMEOUT = 60.0
"""Seconds that a manager waits for one provider by default; a longer time-out has no effect."""


def is_path(given: object) -> bool:
    """Return whether it can be the path of a file or directory."""
    path = os.fspath(given) if isinstance(given, (str, os.PathLike)) else None
    return isinstance(path, str) and bool(path) and "\0" not in path


def require_timeout(provider: str, timeout: object) -> float:
    """Return the argument `timeout` of a provider, checked: how long one lookup may take.

    :param provider: the provider's name, for the error.
    :return: seconds.
    :raise ConfigurationError: when it is not a number of seconds that can have an effect.
    """
    is_bool = isinstance(timeout, bool)
    if isinstance(timeout, (int, float)) and not is_bool and 0 < timeout <= LONGEST_TIMEOUT:
        return float(timeout)
    msg = (
        f"{provider}: timeout must be a number of seconds, more than 0 and at most "
        f"{LONGEST_TIMEOUT:g}, not {quote(timeout)}"
    )
    raise ConfigurationError(msg)


def server_url(given: object) -> SplitResult | None:
    """Return the parts of a server's URL, or ``None``: it has a host, and no user or query."""
    try:
        parts = urlsplit(given) if isinstance(given, str) else None
        usable = parts is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    if parts is None or not usable or parts.username or parts.query or parts.fragment:
        return None
    return parts
