"""Compares the clock of this machine with those of the servers that a master depends on."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.inspection._findings import Finding
from buildbot_keychain.inspection._places import arguments_of
from buildbot_keychain.inspection._providers import providers_of
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._database import database_url, seconds_at
from buildbot_keychain.inspection.doctor._installation import Installation
from buildbot_keychain.times import http_date

_MOST = 30.0
"""Seconds by which clocks may differ: leases are shorter than that nowhere."""

_SECONDS = 5.0
"""For which an answer is waited for."""


def clocks(installation: Installation) -> Iterator[Finding]:
    """Yield a finding for each server whose clock is another.

    Nothing is sent to a server but a question that anybody may ask; what does not answer is left
    out.
    """
    config = installation.config
    if config is None:
        return
    for name, when in _times(installation, config):
        difference = when - time.time()
        if abs(difference) > _MOST:
            order = "behind" if difference > 0 else "ahead of"
            seconds = f"{abs(difference):.0f} seconds"
            sentence = f"the clock of this machine is {seconds} {order} that of {name}"
            remedy = "timedatectl set-ntp true, on both machines"
            yield found("clock", sentence, name, remedy=remedy)


def _times(installation: Installation, config: Any) -> Iterator[tuple[str, float]]:
    url = database_url(config)
    if isinstance(url, str):
        try:
            when = seconds_at(url, installation.basedir)
        except ConfigurationError:
            when = None
        if when is not None:
            yield "the master's database", when
    for provider in providers_of(config):
        given = arguments_of(provider)
        server = given.get("vault_server") or given.get("vaultServer")
        when = date_of(str(server), given.get("ca_bundle")) if isinstance(server, str) else None
        if when is not None:
            yield f"the server of the provider {provider.name!r}", when


def date_of(address: str, authorities: object = None) -> float | None:
    """Return the time at a web server, in seconds since the epoch; ``None`` if it does not say it.

    :param authorities: the file of those that certify it; by default, the system's.
    """
    connection: HTTPConnection
    try:
        url = urlsplit(address)
        if url.scheme == "https":
            file = None if authorities is None else str(authorities)
            context = ssl.create_default_context(cafile=file)
            connection = HTTPSConnection(url.netloc, timeout=_SECONDS, context=context)
        else:
            connection = HTTPConnection(url.netloc, timeout=_SECONDS)
        try:
            connection.request("HEAD", "/v1/sys/health")
            return http_date(connection.getresponse().headers["Date"])
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError):
        return None
