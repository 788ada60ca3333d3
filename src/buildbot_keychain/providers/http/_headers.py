"""`HeaderArguments`: headers that are sent with each request, whose values may be secrets; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from buildbot_keychain.errors import ConfigurationError, quote
from buildbot_keychain.providers.arguments import SecretArgument

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?", re.ASCII)
_RESERVED = {
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "transfer-encoding",
}
"""Those that the client itself decides about."""


def header_arguments(provider: str, given: object, *, token: bool) -> dict[str, SecretArgument]:
    """Return the argument `headers` of a provider, checked.

    :param provider: the provider's name, for errors.
    :param given: a dict of names (RFC 9110) to values: a `str` or a renderable each.
    :param token: whether there is a token as well, which is sent in ``Authorization``.
    :raise ConfigurationError: when it is anything else. Values are not quoted.
    """
    if not isinstance(given, Mapping):
        msg = f"{provider}: headers must be a dict of names to values, not {type(given).__name__}"
        raise ConfigurationError(msg)
    found: dict[str, SecretArgument] = {}
    for name, value in given.items():
        problem = _name_problem(name, found, token=token)
        if problem:
            msg = f"{provider}: headers: {quote(name)} {problem}"
            raise ConfigurationError(msg)
        found[name] = SecretArgument(provider, f"the header {name}", value, header_problem)
    return found


def header_problem(text: str) -> str:
    """Return what is wrong with a header's value; nothing if it can be sent."""
    if _VALUE.fullmatch(text):
        return ""
    return "must be visible ASCII, with spaces only inside; correct it"


def _name_problem(name: Any, found: Mapping[str, object], *, token: bool) -> str:  # noqa: ANN401 - any object
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return "is not the name of a header"
    if name.lower() in _RESERVED:
        return "is decided by the client; leave it out"
    if name.lower() == "authorization" and token:
        return "is what token is sent in; give one of them"
    if name.lower() in {other.lower() for other in found}:
        return "is there twice"
    return ""
