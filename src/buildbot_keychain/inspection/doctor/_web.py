"""What reaches the pages of a master, and its hooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from buildbot.www.auth import NoAuth, RemoteUserAuth
from buildbot.www.authz import endpointmatchers as matchers

from buildbot_keychain.inspection._findings import NOTE, PROBLEM, Finding
from buildbot_keychain.inspection.checks import open_to_anybody
from buildbot_keychain.inspection.doctor._addresses import is_encrypted, is_local, is_this_machine
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._installation import Installation

_CLOSED = (
    matchers.AnyEndpointMatcher,
    matchers.AnyControlEndpointMatcher,
    matchers.ForceBuildEndpointMatcher,
)
"""One of these must be there, or Buildbot lets anybody force builds."""

_WWW = 'c["www"]'


def open_pages(installation: Installation) -> Iterator[Finding]:
    """Yield what lets others read or change what goes to the pages, or log in there as nobody."""
    config = installation.config
    if config is None:
        return
    for sentence, remedy in open_to_anybody(config):
        yield found("open-hook", sentence, installation.file, remedy=remedy)
    port = config.www.get("port")
    if port is None:
        return
    yield from _transport(config, port, installation)
    yield from _logins(config, port, installation)
    yield from _origins(config, installation)


def _transport(config: Any, port: object, installation: Installation) -> Iterator[Finding]:
    url = urlsplit(str(config.buildbotURL))
    is_elsewhere = not is_this_machine(url.hostname)
    if url.scheme == "http" and is_elsewhere:
        sentence = "passwords, cookies and logs go over the network in plain: buildbotURL has http:"
        remedy = 'let a proxy speak TLS, and set c["buildbotURL"] = "https://..."'
        yield found("http", sentence, installation.file, remedy=remedy)
    if url.scheme == "https" and not (is_encrypted(port) or is_local(port)):
        sentence = "the port behind buildbotURL is open to other machines, and speaks no TLS"
        yield found("plain-port", sentence, installation.file, remedy=_behind(port))


def _behind(port: object) -> str:
    """Return how to have a proxy alone reach a port."""
    parts = str(port).split(":")
    number = next((part for part in parts if part.isdecimal()), "8010")
    return f'{_WWW}["port"] = "tcp:{number}:interface=127.0.0.1"'


def _logins(config: Any, port: object, installation: Installation) -> Iterator[Finding]:
    auth, authz = config.www.get("auth"), config.www.get("authz")
    rules = list(getattr(authz, "allowRules", ()) or ())
    is_open = not any(isinstance(rule, _CLOSED) for rule in rules)
    is_nobody = auth is None or isinstance(auth, NoAuth)
    if is_nobody:
        level = NOTE if is_local(port) or not is_open else None
        sentence = "nobody logs in: whoever reaches the pages reads all logs"
        remedy = f'set {_WWW}["auth"], such as util.UserPasswordAuth or util.RemoteUserAuth'
        yield found("no-login", sentence, installation.file, remedy=remedy, level=level)
    if isinstance(auth, RemoteUserAuth) and not is_local(port):
        sentence = "whoever reaches the port logs in as anybody: RemoteUserAuth believes a header"
        yield found("plain-port", sentence, installation.file, remedy=_behind(port), level=PROBLEM)
    if is_open:
        who = "whoever reaches the pages" if is_nobody else "everybody, logged in or not,"
        sentence = f"{who} may force, stop and rebuild builds"
        remedy = (
            f'set {_WWW}["authz"] = util.Authz(allowRules=[util.AnyControlEndpointMatcher('
            'role="admins")], roleMatchers=[...])'
        )
        yield found("no-authz", sentence, installation.file, remedy=remedy)


def _origins(config: Any, installation: Installation) -> Iterator[Finding]:
    origins = config.www.get("allowed_origins") or ()
    wide = [each for each in origins if _is_wide(str(each))]
    if wide:
        sentence = f"pages of anybody may act for whoever visits them: {', '.join(map(repr, wide))}"
        remedy = f'name the hosts in {_WWW}["allowed_origins"]'
        yield found("allowed-origins", sentence, installation.file, remedy=remedy)


def _is_wide(origin: str) -> bool:
    """Return whether anybody can have a host that a pattern of origins matches."""
    host = (origin.partition("://")[2] or origin).partition(":")[0]
    fixed = host.rpartition("*")[2].strip(".")
    return "*" in host and "." not in fixed
