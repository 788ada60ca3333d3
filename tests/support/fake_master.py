"""As much of a master as a keychain needs, without a database, a network or a reactor that runs."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.task import Clock

from buildbot_keychain.buildbot import MasterKeychain
from tests.support.database_pool import DatabasePool
from tests.support.object_state import MemoryState


class FakeSecretManager:
    """Buildbot's own secrets manager, which sets up the providers of a configuration.

    As when it is patched, the keychain of its master has it do so once for each configuration.
    """

    def __init__(self, master: FakeMaster) -> None:
        self.namedServices: dict[str, Any] = {}
        self.setting_up: Deferred[None] | None = None
        self.set_up = 0
        self._master = master

    def reconfigServiceWithBuildbotConfig(self, config: Any) -> Deferred[None]:
        """Have the keychain set them up."""
        providers = MasterKeychain.of(self._master).providers
        return providers.reconfigure(config, lambda: self._set_up(config))

    def _set_up(self, config: Any) -> Any:
        self.set_up += 1
        # In any order but that of the configuration.
        providers = reversed(config.secretsProviders)
        self.namedServices = {provider.name: provider for provider in providers}
        return self.setting_up


class ThreadsClock(Clock):
    """A clock that other threads may have something done by."""

    def __init__(self) -> None:
        super().__init__()
        self._asked = threading.Semaphore(0)
        self._from_threads: deque[Callable[[], object]] = deque()
        """What is to be called; the clock's own list is of one thread alone."""

    def callFromThread(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call `function` when the clock advances."""
        self._from_threads.append(partial(function, *arguments))
        self._asked.release()

    def advance(self, amount: float) -> None:
        """Do what other threads have asked for, and what is due by then."""
        while self._from_threads:
            self.callLater(0, self._from_threads.popleft())
        super().advance(amount)

    def finish(self, awaited: Deferred[Any]) -> None:
        """Do what is due now, and what other threads have done here, until it has its result."""
        self.advance(0)
        while not awaited.called:
            if not self._asked.acquire(timeout=60):
                msg = "no thread has anything done any more"
                raise RuntimeError(msg)
            self.advance(0)


class FakeMaster:
    """A master with these providers in its configuration; they are set up at the first lookup."""

    name = "master"
    running = True
    reconfig_active = False

    def __init__(self, *providers: Any) -> None:
        self.reactor = ThreadsClock()
        self.mq = SimpleNamespace(impl=None)
        self.data = SimpleNamespace(updates=SimpleNamespace(), get=lambda _path: succeed(None))
        self.botmaster = SimpleNamespace(builders={})
        self.db = SimpleNamespace(state=MemoryState(), pool=DatabasePool())
        self.www: Any = SimpleNamespace(getUserInfos=lambda _request: {}, auth=None)
        self.host = FakeSecretManager(self)
        self.namedServices = {"secrets": self.host}
        self.configure(*providers)

    def allSchedulers(self) -> list[Any]:
        """Return the schedulers that run: none."""
        return []

    def addService(self, _service: object) -> None:
        """Have one more service, which does not run."""

    def configure(self, *providers: Any) -> None:
        """Load another configuration."""
        self.config = SimpleNamespace(
            secretsProviders=list(providers), www={"auth": SimpleNamespace()}
        )

    def reconfigure(self) -> Deferred[None]:
        """Do what Buildbot does when it has loaded a configuration."""
        return maybeDeferred(self.host.reconfigServiceWithBuildbotConfig, self.config)
