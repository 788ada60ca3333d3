"""What is meant for a beginning, or for those who look for faults: known passwords, a manhole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildbot.schedulers.trysched import Try_Userpass

from buildbot_keychain.inspection._findings import NOTE, PROBLEM, Finding
from buildbot_keychain.inspection._places import arguments_of
from buildbot_keychain.inspection.doctor._addresses import is_local
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._installation import Installation

_KNOWN = frozenset(
    {
        "",
        "admin",
        "bot",
        "buildbot",
        "changeme",
        "changepw",
        "pass",
        "passwd",
        "password",
        "secret",
        "sekrit",
        "test",
        "worker",
    }
)
"""Passwords of Buildbot's sample, manual and tutorial, and the first that anybody tries."""


def entrances(installation: Installation) -> Iterator[Finding]:
    """Yield what lets others in who need not know much."""
    config = installation.config
    if config is None:
        return
    places = [place for place, name, password in _passwords(config) if _is_known(name, password)]
    if places:
        remedy = (
            "make another, such as by: buildbot-keychain generate NAME, or openssl rand -hex 24, "
            "and give it as util.Secret(...)"
        )
        yield found("known-password", "everybody knows the password", *places, remedy=remedy)
    if config.manhole is not None:
        yield _manhole(config.manhole, installation)


def _passwords(config: Any) -> Iterator[tuple[str, str, object]]:
    """Yield where a password is, the name of who has it, and the password."""
    for worker in config.workers:
        # A local worker, and a latent one, makes a password for itself.
        if "password" in arguments_of(worker):
            yield f"worker {worker.name!r}", worker.name, arguments_of(worker)["password"]
    for source in config.change_sources:
        if hasattr(source, "passwd") and hasattr(source, "user"):
            yield f"{type(source).__name__} {source.name!r}", str(source.user), source.passwd
    for scheduler in config.schedulers.values():
        if isinstance(scheduler, Try_Userpass):
            for name, password in arguments_of(scheduler).get("userpass") or ():
                yield f"Try_Userpass {scheduler.name!r}", name, password
    manhole = config.manhole
    if hasattr(manhole, "password"):
        yield 'c["manhole"]', str(manhole.username), manhole.password


def _is_known(name: str, password: object) -> bool:
    if isinstance(password, bytes):
        password = password.decode("utf-8", "replace")
    return isinstance(password, str) and password.lower() in {*_KNOWN, name.lower()}


def _manhole(manhole: Any, installation: Installation) -> Finding:
    kind = type(manhole).__name__
    has_keys = hasattr(manhole, "keyfile")
    level = NOTE if has_keys or is_local(manhole.port) else PROBLEM
    how = "" if getattr(manhole, "using_ssh", False) else ", which speaks in plain"
    sentence = f"who logs in at the {kind}{how} reads all secrets, and executes code in the master"
    remedy = (
        'remove c["manhole"], or let util.AuthorizedKeysManhole listen on '
        '"tcp:1234:interface=127.0.0.1"'
    )
    return found("manhole", sentence, installation.file, remedy=remedy, level=level)
