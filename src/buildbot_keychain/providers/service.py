"""What every provider here is, beside the place that it reads from: a named service that can stop.

`ProviderService` checks the name, refuses wrong arguments in one voice and answers only while it
may. `BlockingProvider` is one whose library blocks: it reads in threads of its own, under a
deadline, and never on the reactor's thread or in the reactor's pool.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, ClassVar, NoReturn, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from zope.interface import implementer

from buildbot_keychain.errors import (
    ConfigurationError,
    DeadlineExceeded,
    ProviderUnavailable,
    quote,
    without_trace,
)
from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.workpool import WorkPool

T = TypeVar("T")


@implementer(ISecretProvider)
class ProviderService(Service):
    """A provider that answers before its first start and until it is stopped.

    :param name: what configuration and messages call it; ``None`` for its class's name.
    :param reactor: where answers are delivered; Twisted's by default.
    :raise ConfigurationError: when the name is none.
    """

    name: str
    kind: ClassVar[str]
    """What addresses it where it is the only one of its kind: the ``file`` of ``file!path``."""

    def __init__(self, name: str | None, reactor: Any) -> None:  # noqa: ANN401 - two interfaces
        if name is not None:
            if not isinstance(name, str) or not name.strip() or "!" in name:
                self.fail_config("name", "a str that is not blank and holds no '!'", name)
            self.name = name
        self._reactor = reactor
        self._stopped = False

    def get(self, path: str) -> Deferred[str | None]:
        """Return the value of the secret called `path`, or ``None`` where it is not held.

        This is the boundary that errors cross: what leaves it holds no value and no frame of the
        provider, so the code behind it raises and chains errors as any other code does.

        :raise ProviderError: for any problem, and after the service has been stopped.
        """
        return self.without_trace(path, self._get(path))

    def without_trace(self, path: str, lookup: Coroutine[Any, Any, T]) -> Deferred[T]:
        """Run `lookup`, and let nothing of it out but its result or an error of our own.

        For a provider that has another way in than `get`, such as ``get_for``.
        """
        done: Deferred[T] = Deferred.fromCoroutine(lookup)
        return done.addErrback(without_trace, self.name, path)

    async def look_up(self, path: str) -> str | None:
        """Do what `get` does, while the service may answer."""
        raise NotImplementedError

    def check_config(self) -> Iterator[str]:
        """Say, blocking, what of it would be refused: for checking a configuration."""
        return iter(())

    def startService(self) -> None:
        """Answer, after having been stopped too; before the first start it answers anyway."""
        super().startService()
        self._stopped = False

    def stopService(self) -> Any:  # noqa: ANN401 - nothing, or a Deferred
        """Answer no more."""
        super().stopService()
        self._stopped = True

    def fail_config(self, option: str, wanted: str, given: object) -> NoReturn:
        """Raise for an argument that is not what is `wanted` of `option`.

        :param given: is shown; for what may be a secret, pass its type.
        """
        msg = f"{self.name}: {option} must be {wanted}, not {quote(given)}"
        raise ConfigurationError(msg)

    @property
    def reactor(self) -> Any:  # noqa: ANN401 - two interfaces
        """The reactor: ``IReactorTime`` and ``IReactorFromThreads``."""
        if self._reactor is None:
            from twisted.internet import reactor  # noqa: PLC0415 - not before it is needed

            self._reactor = reactor
        return self._reactor

    async def _get(self, path: str) -> str | None:
        self.require_running(path)
        return await self.look_up(path)

    def require_running(self, path: str) -> None:
        """Raise `ProviderUnavailable` once the service has been stopped, also during a lookup."""
        if self._stopped:
            raise ProviderUnavailable(self.name, path, "it has been stopped; start it again")


class BlockingProvider(ProviderService):
    """A provider that reads in threads; a subclass has `read`, and says what may have hung."""

    deadline: float = 20.0
    """Seconds that one lookup may take, waiting for a free thread included."""

    threads: int = 4
    """The most threads at once."""

    def __init__(self, name: str | None, reactor: Any) -> None:  # noqa: ANN401 - two interfaces
        super().__init__(name, reactor)
        self._pool: WorkPool | None = None

    def read(self, path: str) -> str | None:
        """Do what `get` does, blocking."""
        raise NotImplementedError

    def timeout_hint(self) -> str:
        """Say what did not answer, and what to look at, for an error: ``… did not answer``."""
        raise NotImplementedError

    async def look_up(self, path: str) -> str | None:
        """Call `read` in a thread.

        :raise DeadlineExceeded: when it takes too long; its thread comes back when it returns.
        """
        return await self.in_thread(path, partial(self.read, path))

    async def in_thread(self, path: str, work: Callable[[], T]) -> T:
        """Call `work` in a thread, for the lookup of `path`.

        :raise DeadlineExceeded: when it takes too long; its thread comes back when it returns.
        :raise ProviderUnavailable: when the service has been stopped.
        """
        try:
            self.require_running(path)
            done = self.pool.run(self.deadline, work)
        finally:
            del work  # no frame of an error is to hold what it is called with
        try:
            return await done
        except DeferredTimeout:
            reason = f"no answer within {self.deadline:g} seconds; {self.timeout_hint()}"
        raise DeadlineExceeded(self.name, path, reason)

    def stopService(self) -> Any:  # noqa: ANN401 - nothing, or a Deferred
        """Answer no more, and let the threads go."""
        super().stopService()
        if self._pool is not None:
            self._pool.stop()
            self._pool = None

    @property
    def pool(self) -> WorkPool:
        """The threads, which start when they are needed."""
        if self._pool is None:
            self._pool = WorkPool(self.reactor, self.threads, f"keychain-{self.name}")
        return self._pool
