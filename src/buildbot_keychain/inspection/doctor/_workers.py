"""How workers connect, and which."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from buildbot.worker.local import LocalWorker

from buildbot_keychain.errors import ConfigurationError, message_of
from buildbot_keychain.inspection._findings import Finding
from buildbot_keychain.inspection.doctor._addresses import is_encrypted, is_local
from buildbot_keychain.inspection.doctor._attached import MSGPACK, protocols_of
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._database import database_url, seen_workers
from buildbot_keychain.inspection.doctor._installation import Installation

_LEAST = (4, 3)
"""The version from which on a worker logs no more of a command than it is told to."""

_NUMBERS = re.compile(r"(\d+)\.(\d+)")


def workers(installation: Installation) -> Iterator[Finding]:
    """Yield what is wrong with how workers connect, and with the versions seen last."""
    config = installation.config
    if config is None:
        return
    local = {each.name for each in config.workers if isinstance(each, LocalWorker)}
    remote = {each.name for each in config.workers} - local
    yield from _protocols(config, installation, remote)
    url = database_url(config)
    if not remote:
        return
    if not isinstance(url, str):
        sentence = "the versions of workers: the URL of the database is a secret"
        yield found("unread", sentence, installation.file, remedy="see them on Buildbot's page")
        return
    try:
        is_at_rest = installation.process is None
        seen = seen_workers(url, installation.basedir, is_at_rest=is_at_rest)
    except ConfigurationError as error:
        sentence = f"the versions of workers: {message_of(error)}"
        remedy = "start the master once, which makes it, or see whether it can be reached"
        yield found("unread", sentence, installation.basedir, remedy=remedy)
        return
    old: dict[str, list[str]] = defaultdict(list)
    for name, (version, is_connected) in seen.items():
        # One that is connected may be in the configuration that the master still has.
        if (name in remote or (is_connected and name not in local)) and _is_old(version):
            words = "is connected with" if is_connected else "was last seen with"
            which = f"buildbot-worker {version}" if version else "an unknown buildbot-worker"
            old[f"it {words} {which}"].append(f"worker {name!r}")
    for sentence, names in old.items():
        remedy = "on the worker: pip install --upgrade 'buildbot-worker>=4.3', and restart it"
        yield found("worker-version", sentence, *names, remedy=remedy)


def _protocols(config: Any, installation: Installation, names: set[str]) -> Iterator[Finding]:
    seen = protocols_of(names, installation.basedir / "twistd.log")
    for protocol, options in config.protocols.items():
        port = options.get("port") if isinstance(options, dict) else None
        if protocol == "null" or port is None:
            continue
        is_msgpack = protocol.startswith(MSGPACK)
        users = [name for name, how in sorted(seen.items()) if (how == MSGPACK) == is_msgpack]
        places = installation.file, *(f"worker {name!r}" for name in users)
        if is_msgpack:
            sentence = "the msgpack protocol logs every command, on both sides"
            remedy = 'let workers use PB: c["protocols"] = {"pb": {...}}'
            yield found("msgpack", sentence, *places, remedy=remedy)
        if not (is_encrypted(port) or is_local(port)):
            sentence = f"workers connect by {protocol} without TLS, from other machines too"
            remedy = (
                f'c["protocols"] = {{"pb": {{"port": "ssl:port={_number(port)}:privateKey=...'
                ':certKey=..."}}, or "tcp:...:interface=127.0.0.1" where all are on this machine'
            )
            yield found("plain-worker-port", sentence, *places, remedy=remedy)


def _number(port: object) -> str:
    numbers = re.findall(r"\d+", str(port))
    return numbers[0] if numbers else "9989"


def _is_old(version: str | None) -> bool:
    numbers = _NUMBERS.match(version or "")
    return numbers is None or (int(numbers[1]), int(numbers[2])) < _LEAST
