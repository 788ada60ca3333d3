"""`ended_inspection`: waits for what the page of a real master has begun."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed

from buildbot_keychain.buildbot.www._inspections import BuildbotInspections


def ended_inspection(master: Any) -> Deferred[Any]:
    """Wait until no ``check`` or ``doctor`` of a master (Buildbot's) goes on."""
    return BuildbotInspections.of(master)._ending or succeed(None)
