"""What a master that runs does otherwise than its configuration says: where it listens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Any

from buildbot_keychain.inspection._findings import Finding
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._files import ports_of
from buildbot_keychain.inspection.doctor._installation import Installation
from buildbot_keychain.inspection.doctor._services import arguments_of_services
from buildbot_keychain.inspection.doctor._sockets import listening

_PROC = Path("/proc")

_NUMBER = re.compile(r"(?<![\d.])\d{1,5}(?![\d.])")


def running_master(installation: Installation, proc: Path = _PROC) -> Iterator[Finding]:
    """Yield ports of a master that runs, open to other machines, of which its file says nothing.

    :param proc: where the kernel tells of processes.
    """
    if installation.config is None or installation.process is None:
        return
    known = set(_numbers(installation.config))
    if 0 in known:  # any that is free
        return
    sockets = [each for each in listening(installation.process, proc) if each.is_open]
    for port in sorted({each.port for each in sockets} - known):
        sentence = f"it listens on port {port}, which the configuration does not have"
        directory = quote(str(installation.basedir))
        remedy = f"buildbot reconfig {directory}, if that has changed; else see what opens the port"
        yield found("other-port", sentence, f"process {installation.process}", remedy=remedy)


def _numbers(config: Any) -> Iterator[int]:
    """Yield the numbers of ports in a configuration."""
    given = (a.get("port") for _, a in arguments_of_services(config))
    settings = (getattr(each, "keychain_settings", None) for each in config.secretsProviders)
    metrics = (getattr(each, "metrics_port", None) for each in settings)
    for port in (*ports_of(config), *given, *(getattr(each, "port", None) for each in metrics)):
        yield from map(int, _NUMBER.findall(str(port)))
