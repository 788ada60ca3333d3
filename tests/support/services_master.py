"""A master that has services, a clock and a configuration, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.util.service import MasterService
from twisted.internet.defer import DeferredLock
from twisted.internet.task import Clock


class ServicesMaster(MasterService):
    """It runs as soon as it is made."""

    name = "master"
    reconfig_active: Any = False

    def __init__(self) -> None:
        super().__init__()
        self.reactor = Clock()
        self.initLock = DeferredLock()
        self.config = SimpleNamespace(services=[])
        started: Any = self.startService()
        assert started.called
