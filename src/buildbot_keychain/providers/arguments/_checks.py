"""Checks of plain arguments that several providers have: paths, time-outs, URLs. Pure."""

from __future__ import annotations

import ipaddress
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
    """Return the parts of a server's URL, or ``None`` for anything else.

    It begins with ``https`` or ``http`` and has a host; it has no user, query or fragment.
    """
    if not isinstance(given, str) or not given.isprintable() or " " in given:
        return None
    try:
        parts = urlsplit(given)
        usable = parts.scheme in {"https", "http"} and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return None if not usable or "@" in parts.netloc or parts.query or parts.fragment else parts


def require_server_url(provider: str, option: str, given: object, allow_http: object = None) -> str:
    """Return the URL of a server that gets a token and returns secrets, without a final slash.

    Plain ``http`` is for this machine alone, unless it is allowed.

    :param provider: the provider's name, for the error.
    :param option: the name of the argument that the URL was given in.
    :param allow_http: the provider's argument `allow_http`; ``None`` if it has none.
    :raise ConfigurationError: when it is not such a URL. It is not quoted: it may hold a password
        by mistake.
    """
    if allow_http is not None and not isinstance(allow_http, bool):
        msg = f"{provider}: allow_http must be True or False, not {quote(allow_http)}"
        raise ConfigurationError(msg)
    parts = server_url(given)
    if parts is None:
        msg = (
            f"{provider}: {option} must be a URL such as 'https://secrets.example.org:8443': "
            "https or http and a host, without a user, a query and a fragment"
        )
        raise ConfigurationError(msg)
    if parts.scheme != "https" and not allow_http and not _is_this_machine(parts.hostname):
        msg = (
            f"{provider}: {option} must begin with https://, since others can read what goes over "
            "http://"
        )
        hint = "; allow_http=True permits it all the same"
        raise ConfigurationError(msg if allow_http is None else msg + hint)
    return str(given).rstrip("/")


def _is_this_machine(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
