"""Switches by which more is logged than elsewhere, for those who look for faults."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Iterator
from typing import Any

from buildbot.process.remotecommand import RemoteCommand

from buildbot_keychain.inspection._findings import Finding
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._installation import Installation
from buildbot_keychain.inspection.doctor._services import arguments_of_services

_SQL = "sqlalchemy.engine"
"""The logger of statements, which come with what is written."""


def debug_switches(installation: Installation) -> Iterator[Finding]:
    """Yield those that are on."""
    config = installation.config
    if config is None:
        return
    for section in ("www", "mq"):
        if getattr(config, section).get("debug"):
            sentence = f'more is logged than elsewhere: c["{section}"]["debug"] is set'
            remedy = f'remove "debug" from c["{section}"]'
            yield found("debug", sentence, installation.file, remedy=remedy)
    places = [place.words for place, given in arguments_of_services(config) if _is_on(given)]
    if places:
        sentence = "what is sent and answered is logged, with the tokens in it"
        yield found("debug", sentence, *dict.fromkeys(places), remedy="remove debug=True there")
    for sentence, remedy in _of_the_process():
        yield found("debug", sentence, installation.file, remedy=remedy)


def _is_on(arguments: Any) -> bool:
    return arguments.get("debug") is True


def _of_the_process() -> Iterator[tuple[str, str]]:
    """Yield what the configuration has switched on in the process that has executed it."""
    if http.client.HTTPConnection.debuglevel:
        yield "requests are logged with their headers", "remove http.client's debuglevel"
    if RemoteCommand.debug:
        yield "what workers send is logged as it is", "remove RemoteCommand.debug"
    if logging.getLogger(_SQL).isEnabledFor(logging.INFO):
        yield (
            "statements of SQL are logged, with logs and properties",
            f"remove the level of {_SQL}",
        )
