"""What the tests of `SecretInVault` share: a server, providers that are stopped, what was logged.

Every test ends with two checks: that no thread of a provider is left, and that nothing hidden was
logged by anyone, at debug level.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from buildbot_keychain.manager import SecretManager
from buildbot_keychain.providers.vault import SecretInVault
from tests.support.openbao import engines, logins
from tests.support.openbao.api import Api
from tests.support.openbao.proxy import Proxy
from tests.support.openbao.server import OpenBao
from tests.support.openbao.shared_server import SharedServer
from tests.support.reachable import reachable_text

_DEADLINE = 30.0  # seconds, until a thread must have ended
# Shorter ones stand in texts by chance.
_SHORTEST = 6


class ClockReactor(Clock):
    """A clock that is put forward by hand, with everything else of the real reactor."""

    def __getattr__(self, name: str) -> Any:
        return getattr(global_reactor, name)

    async def planned(self, least: float, most: float) -> None:
        """Wait until a call is planned for so many seconds from now."""
        while not any(
            least <= call.getTime() - self.seconds() <= most for call in self.getDelayedCalls()
        ):
            await deferLater(global_reactor, 0)


class VaultTestCase(TestCase):
    """Tests with providers of real servers."""

    timeout: float = 60.0

    def setUp(self) -> None:
        self.hidden: set[str] = set()
        self._logged: list[str] = []
        self._threads = set(threading.enumerate())
        self.addCleanup(self._check_logs)
        self.addCleanup(self._check_threads)
        self._listen()

    def directory(self) -> Path:
        directory = Path(self.mktemp()).resolve()
        directory.mkdir(mode=0o700)
        return directory

    def hide(self, value: str) -> str:
        """Let `value` be one that must not be logged."""
        self.hidden.add(value)
        return value

    def provider(
        self, vault_server: Any, authenticator: Any = None, **arguments: Any
    ) -> SecretInVault:
        """Return a provider that runs until the test ends."""
        if isinstance(authenticator, str):
            self.hide(authenticator)
        provider = SecretInVault(vault_server, authenticator, **arguments)
        self.run_until_the_end(provider)
        return provider

    def run_until_the_end(self, provider: SecretInVault) -> None:
        self.addCleanup(provider.stopService)
        provider.startService()

    def managed(self, *providers: Any) -> SecretManager:
        """Return a manager of providers that runs until the test ends."""
        manager = SecretManager(providers=providers)
        self.addCleanup(manager.stopService)
        manager.startService()
        return manager

    def proxy(self, server: OpenBao) -> Proxy:
        """Return a proxy before `server`."""
        proxy = Proxy(server.port, server.address.partition(":")[0])
        self.addCleanup(lambda: Deferred.fromCoroutine(proxy.stop()))
        proxy.start()
        return proxy

    async def fails(self, answer: Any, kind: type[Exception]) -> Any:
        """Return the error that `answer` fails with; it must contain nothing hidden."""
        error: Any = await self.assertFailure(answer, kind)
        self.shows_nothing(reachable_text(error), "the error")
        return error

    def shows_nothing(self, text: str, where: str) -> None:
        """Fail, without printing it, when `text` contains something hidden."""
        found = [len(value) for value in self.hidden if len(value) >= _SHORTEST and value in text]
        self.assertEqual(found, [], f"{where} holds something hidden")

    def logged(self) -> str:
        """Return what has been logged since the test began."""
        return "\n".join(self._logged)

    def _listen(self) -> None:
        @implementer(ILogObserver)
        def observe(event: Any) -> None:
            self._logged.append(f"{formatEvent(event)} {event!r}")

        handler = logging.Handler(logging.DEBUG)
        handler.emit = lambda record: self._logged.append(  # type: ignore[method-assign]
            f"{record.getMessage()} {vars(record)!r}"
        )
        root = logging.getLogger()
        self.addCleanup(root.setLevel, root.level)
        root.setLevel(logging.DEBUG)
        root.addHandler(handler)
        self.addCleanup(root.removeHandler, handler)
        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)

    def _check_logs(self) -> None:
        self.shows_nothing(self.logged(), "what was logged")

    def _check_threads(self) -> None:
        for thread in set(threading.enumerate()) - self._threads:
            if thread.name.startswith("keychain-"):
                thread.join(_DEADLINE)
                self.assertFalse(thread.is_alive(), f"the thread {thread.name} is left")


class OneServerTestCase(SharedServer, VaultTestCase):
    """Tests that share a server in memory, with KV of version 2 at ``secret``."""

    @classmethod
    def prepare(cls, root: Api) -> None:
        engines.enable_kv(root)

    def setUp(self) -> None:
        super().setUp()
        self.root = self.server.root
        self.hide(str(self.root.token))

    def store(self, name: str, *, mount: str = "secret", version: int = 2, **data: Any) -> None:
        """Store an entry whose values must not be logged."""
        for value in data.values():
            self.hide(value)
        engines.write_kv(self.root, name, mount=mount, version=version, **data)

    def reader(self, *paths: str, name: str = "reader", **parameters: object) -> str:
        """Return a token that may read these paths of the API, and nothing else."""
        logins.write_policy(self.root, name, *((path, ["read"]) for path in paths))
        return self.hide(logins.token(self.root, name, **parameters))
