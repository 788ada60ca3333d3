"""How services talk to other servers: in plain, or without a look at certificates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from buildbot_keychain.inspection._findings import NOTE, Finding
from buildbot_keychain.inspection._places import (
    PROVIDER,
    SERVICE,
    WEB,
    Place,
    avatars_of,
    places_in,
)
from buildbot_keychain.inspection.doctor._addresses import is_this_machine
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._installation import Installation
from buildbot_keychain.redaction.fields import Role, role_of

_PLAIN = frozenset({"http", "git", "svn", "ftp"})

_ADDRESS = re.compile(
    r"(?i)(?:(?:base|http|server|repo|svn|resource|auth|token)_?)?ur[il]|endpoint|vault_?server"
)
"""Arguments that say whom a service talks to; ``gitBaseURL`` and others only name something."""

_VERIFIES = ("verify", "ssl_verify")

_ABOUT_VERIFICATION = (
    "the certificate of the server is not looked at: who is on the way gets the tokens that it is "
    "sent"
)


def services(installation: Installation) -> Iterator[Finding]:
    """Yield which services send secrets in plain, or to whoever answers."""
    config = installation.config
    if config is None:
        return
    sources = {type(each) for each in config.change_sources}
    in_plain: dict[str, list[str]] = defaultdict(list)
    for place, arguments in arguments_of_services(config):
        for name, value in arguments.items():
            if name in _VERIFIES and value is False:
                remedy = f"remove {name}=False, or name the file of your own authority there"
                yield found("unverified", _ABOUT_VERIFICATION, place.words, remedy=remedy)
        url = next(filter(None, (_plain(n, v) for n, v in arguments.items())), None)
        if url is not None and _has_secret(arguments, url):
            in_plain["secrets"].append(place.words)
        elif url is not None and place.owner in sources:
            in_plain["changes"].append(place.words)
    if places := in_plain["secrets"]:
        sentence = "a password or token goes over the network in plain"
        remedy = "give it an address with https: (or svn+ssh:), and make a new password or token"
        yield found("plain-service", sentence, *places, remedy=remedy)
    if places := in_plain["changes"]:
        sentence = "who is on the way to the repository chooses what is built: it is asked in plain"
        remedy = "give it an address with https: or ssh:"
        yield found("plain-service", sentence, *places, remedy=remedy, level=NOTE)


def arguments_of_services(config: Any) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Yield the places of a configuration that are no builds', with what each was given.

    :param config: Buildbot's ``MasterConfig``.
    """
    for place in places_in(config):
        if place.kind in {SERVICE, PROVIDER}:
            yield place, place.arguments
        elif place.kind == WEB and place.name == "auth":
            yield replace(place, words=f"{place.words}, auth="), place.arguments
        elif place.kind == WEB and place.name is not None:
            ((dialect, options),) = place.arguments.items()
            given = options if isinstance(options, Mapping) else {}
            yield replace(place, words=f"{place.words}, {dialect}="), given
    for avatar in avatars_of(config.www):
        given = dict(getattr(avatar, "__dict__", {}))
        yield Place(WEB, f'c["www"], {type(avatar).__name__}', given, type(avatar)), given


def _plain(name: str, value: object) -> str | None:
    """Return an address of another machine that is talked to in plain."""
    if not (isinstance(value, str) and _ADDRESS.fullmatch(name)):
        return None
    try:
        url = urlsplit(value)
    except ValueError:
        return None
    is_elsewhere = url.hostname is not None and not is_this_machine(url.hostname)
    return value if url.scheme in _PLAIN and is_elsewhere else None


def _has_secret(arguments: Mapping[str, Any], url: str) -> bool:
    named = (value for name, value in arguments.items() if _is_secret(name))
    return urlsplit(url).password is not None or any(named)


def _is_secret(name: str) -> bool:
    if name.startswith("_"):  # what Buildbot has made of the others
        return False
    return role_of(name) is Role.SECRET or name.lower().endswith("passwd")
