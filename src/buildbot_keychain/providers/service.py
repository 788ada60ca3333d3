"""The base classes of the providers here: a named Twisted service that looks secrets up.

`ProviderService` checks the name, reports wrong arguments, refuses to answer once it is stopped,
and is the boundary that errors cross. A subclass has `look_up`, a coroutine.

`BlockingProvider` is for a library that blocks. A subclass has `read`, which runs in threads of the
provider's own, under a deadline: never on the reactor's thread or in the reactor's thread pool.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterator
from functools import partial
from typing import Any, ClassVar, NoReturn, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.python.failure import Failure
from zope.interface import implementer

from buildbot_keychain.boundary import guarded, without_trace
from buildbot_keychain.errors import (
    ConfigurationError,
    DeadlineExceeded,
    ProviderUnavailable,
    quote,
)
from buildbot_keychain.interfaces import IHasPools, ISecretProvider
from buildbot_keychain.secretive import secretive
from buildbot_keychain.unreachable import unreachable
from buildbot_keychain.workpool import PoolState, WorkPool

T = TypeVar("T")


@secretive
@implementer(ISecretProvider)
class ProviderService(Service):
    """A provider that answers before its first start and until it is stopped.

    :param name: what the configuration and messages call it; its class's name if it is ``None``.
    :param reactor: where results are delivered; Twisted's by default.
    :raise ConfigurationError: when the name cannot be one.
    """

    name: str
    kind: ClassVar[str]
    """What addresses it when it is the only one of its kind: the ``file`` of ``file!path``."""

    def __init__(self, name: str | None, reactor: Any) -> None:  # noqa: ANN401 - two interfaces
        if name is not None:
            if not isinstance(name, str) or not name.strip() or "!" in name:
                self.fail_config("name", "a str that is not blank and holds no '!'", name)
            self.name = name
        self._reactor = reactor
        self._stopped = False

    def get(self, path: str) -> Deferred[str | None]:
        """Return the value of the secret called `path`, or ``None`` if this provider has none.

        Errors are raised and chained in `look_up` as anywhere else: none leaves here with a value
        in its reach (see `buildbot_keychain.boundary`).

        :raise ProviderError: for any problem, and after the service has been stopped.
        """
        return self.without_trace(path, self._get(path))

    def without_trace(self, path: str, lookup: Coroutine[Any, Any, T]) -> Deferred[T]:
        """Run `lookup` and let only its result, or an error without a trace of it, leave.

        For a provider that has another entry than `get`, such as ``get_for``.

        :param path: what is looked up, for errors.
        """

        def error_of(failure: Failure) -> BaseException:
            unavailable = unreachable(failure, self.name, path)
            return unavailable or without_trace(failure, self.name, path)

        return guarded(lookup, error_of)

    async def look_up(self, path: str) -> str | None:
        """Return what `get` returns. The service is running."""
        raise NotImplementedError

    def check_config(self) -> Iterator[str]:
        """Yield what is wrong with the place that it reads from, as sentences. May block.

        Called when a configuration is checked, of an instance that is never started.
        """
        return iter(())

    def config_warnings(self) -> Iterator[str]:
        """Yield what works, and should be configured in another way, as sentences."""
        return iter(())

    def startService(self) -> None:
        """Answer again after a stop; before the first start it answers anyway."""
        super().startService()
        self._stopped = False

    def stopService(self) -> Any:  # noqa: ANN401 - nothing, or a Deferred
        """Stop answering."""
        super().stopService()
        self._stopped = True

    def fail_config(self, option: str, wanted: str, given: object) -> NoReturn:
        """Raise a `ConfigurationError`: the argument `option` must be what is `wanted`.

        :param given: what it is instead, which the message quotes; its type if it may be a secret.
        """
        found = f", not {quote(given)}"
        if isinstance(given, type):
            found = f", not of type {given.__name__}" if given is not str else ""
        msg = f"{self.name}: {option} must be {wanted}{found}"
        raise ConfigurationError(msg)

    def _require_one_of(self, option: str, choices: Collection[str], given: object) -> None:
        """Raise a `ConfigurationError` if the argument `option` is not one of `choices`."""
        if given not in choices:
            self.fail_config(option, f"one of {', '.join(map(repr, choices))}", given)

    def _require_bool(self, option: str, given: object) -> None:
        """Raise a `ConfigurationError` if the argument `option` is not a `bool`."""
        if not isinstance(given, bool):
            self.fail_config(option, "True or False", given)

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
        """Raise `ProviderUnavailable` if the service has been stopped, perhaps during a lookup."""
        if self._stopped:
            raise ProviderUnavailable(self.name, path, "it has been stopped; start it again")


@implementer(IHasPools)
class BlockingProvider(ProviderService):
    """A provider that reads in threads; a subclass has `read` and `timeout_hint`."""

    deadline: float = 20.0
    """Seconds that one lookup may take, including the wait for a free thread."""

    threads: int = 4
    """The maximum number of threads."""

    def __init__(self, name: str | None, reactor: Any) -> None:  # noqa: ANN401 - two interfaces
        super().__init__(name, reactor)
        self._pool: WorkPool | None = None

    def read(self, path: str) -> str | None:
        """Return what `get` returns. Called in a thread; blocks."""
        raise NotImplementedError

    def timeout_hint(self) -> str:
        """Return what to look at when a lookup takes too long, as the end of a sentence."""
        raise NotImplementedError

    async def look_up(self, path: str) -> str | None:
        """Call `read` in a thread.

        :raise DeadlineExceeded: when it takes too long; its thread is free when it returns.
        """
        return await self.in_thread(path, partial(self.read, path))

    async def in_thread(self, path: str, work: Callable[[], T]) -> T:
        """Call `work` in a thread, for the lookup of `path`.

        :raise DeadlineExceeded: when it takes too long; its thread is free when it returns.
        :raise ProviderUnavailable: when the service has been stopped.
        """
        self.require_running(path)
        try:
            return await self.pool.run(self.deadline, work)
        except DeferredTimeout as error:
            reason = f"no answer within {self.deadline:g} seconds; {self.timeout_hint()}"
            raise DeadlineExceeded(self.name, path, reason) from error

    def stopService(self) -> Any:  # noqa: ANN401 - nothing, or a Deferred
        """Stop answering, and let the threads end."""
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

    def pool_states(self) -> list[PoolState]:
        """Return what its threads do now."""
        return [] if self._pool is None else [self._pool.state]
