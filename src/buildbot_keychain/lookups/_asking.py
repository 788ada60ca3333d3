"""`Asking`: asks one provider, through its wrappers, within a deadline."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from inspect import iscoroutine
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.audit.asked import ASKED, note
from buildbot_keychain.boundary import without_trace
from buildbot_keychain.configuration import Configuration
from buildbot_keychain.deferreds import within
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import (
    AuditUnavailable,
    InvalidName,
    KeychainError,
    ProviderUnavailable,
    quote,
)
from buildbot_keychain.interfaces import ICanonicalNames, IRequesterAware
from buildbot_keychain.lookups._addressing import (
    candidates_for,
    let_wait,
    waiting_providers,
)
from buildbot_keychain.lookups._foreign import answer_of
from buildbot_keychain.resilience import (
    ABSENT,
    DEFAULT,
    AllWrappers,
    LastAnswer,
    ProviderState,
    Query,
    Wrappers,
    no_answer,
    shared_by,
)
from buildbot_keychain.secretive import secretive


@secretive
class Asking:
    """Asks providers, each through what stands between it and lookups.

    :param clock: returns an ``IReactorTime``.
    :param note: is called with what each question to a provider was, and with the answer: see
        `SeenSecrets.note`.
    :param carried: what a lookup that providers are led to depends on, beside their arguments. Its
        values can be keys of a dict.
    """

    log = Logger()

    def __init__(
        self,
        clock: Callable[[], Any],
        note: Callable[[Any, str, Hashable, Requester | None, object, float], object],
        carried: Sequence[ContextVar[Any]],
    ) -> None:
        self._clock = clock
        self._note = note
        self._carried = carried
        self._wrappers = AllWrappers()

    async def ask(
        self,
        configuration: Configuration,
        provider: Any,  # noqa: ANN401 - any object that provides ISecretProvider
        path: str,
        requester: Requester | None,
    ) -> object:
        """Return what `provider` has at `path` for `requester`; ``None`` if it has nothing."""
        wrappers = self._wrappers_of(configuration, provider)
        waiting = waiting_providers()
        carried = [variable.get() for variable in self._carried]
        context: tuple[Hashable, ...] = (*(one.name for one in waiting), *carried)
        real = getattr(provider, "stands_for", provider)
        shared = self._shared_by(real, path, requester)
        query = Query(provider.name, path, shared, context)
        note("provider")
        kept = wrappers.kept(query)
        if kept is not None:
            note("cache")
            return None if kept is ABSENT else kept
        get = partial(_own(provider.get), path)
        if IRequesterAware.providedBy(provider):
            get = partial(provider.get_for, path, requester)

        is_asked = real is provider
        if is_asked and wrappers.is_under_way(query):
            note("shared")
        asked = ASKED.get()

        async def ask() -> object:
            # It runs in a context of its own, which may be empty.
            ASKED.set(asked)
            for variable, value in zip(self._carried, carried, strict=True):
                variable.set(value)
            let_wait(waiting)
            asked_at = float(self._clock().seconds())
            answer = await answer_of(get, provider.name, path)
            self._note(real, path, shared, requester, answer, asked_at)
            return answer

        try:
            answer = await wrappers.ask(query, ask, is_asked=is_asked)
        except Exception as error:
            raise without_trace(Failure(), provider.name, path) from error
        if isinstance(answer, LastAnswer):
            note("stale")
            return answer.answer
        return answer

    @staticmethod
    def _shared_by(provider: Any, path: str, requester: Requester | None) -> Hashable:  # noqa: ANN401 - any object that provides ISecretProvider
        try:
            shared = shared_by(provider, path, requester)
            hash(shared)
        except Exception as error:
            raise without_trace(Failure(), provider.name, path) from error
        return shared

    async def call(
        self,
        deadline: float,
        provider: Any,  # noqa: ANN401 - any object that provides ISecretProvider
        path: str,
        do: Callable[[], Any],
    ) -> Any:  # noqa: ANN401 - of any type
        """Return what `do` returns, which a provider does about `path`, within the deadline."""
        try:
            answer = do()
            if isinstance(answer, Deferred) or iscoroutine(answer):
                answer = await within(deadline, maybeDeferred(lambda: answer), self._clock())
        except DeferredTimeout as error:
            raise no_answer(provider.name, path, deadline) from error
        except Exception as error:
            raise without_trace(Failure(), provider.name, path) from error
        return answer

    def drop(self, configuration: Configuration, provider: Any, path: str) -> None:  # noqa: ANN401 - any object that provides ISecretProvider
        """Keep no answers of `provider` to what asks for `path`: they cannot be used."""
        self._wrappers_of(configuration, provider).evict({path})

    def skip(
        self,
        configuration: Configuration,
        provider: Any,  # noqa: ANN401 - any object that provides ISecretProvider
        error: ProviderUnavailable,
    ) -> None:
        """Let the next provider be asked; raise `error` unless this one is optional."""
        is_optional = configuration.resilience.get(provider.name, DEFAULT).optional
        # Nobody else may be asked where only the audit trail keeps a provider from answering.
        if not is_optional or isinstance(error, AuditUnavailable):
            raise error
        self._wrappers_of(configuration, provider).skipped += 1
        self.log.emit(
            LogLevel.warn,
            "{problem}; the next provider is asked, as {name!r} is optional",
            problem=str(error),
            name=provider.name,
        )

    def state(self, configuration: Configuration) -> dict[str, ProviderState]:
        """Return how each provider does, by its name."""
        providers = configuration.providers
        return {p.name: self._wrappers_of(configuration, p).state for p in providers}

    async def evict(
        self, configuration: Configuration, name: str | None = None, provider: str | None = None
    ) -> None:
        """Keep no answers any longer, and none to what is being asked now.

        :param name: the name of the secret, in any of its spellings; all secrets by default.
        :param provider: the name of the provider; all of them by default.
        :raise InvalidName: when no provider can have a secret of that name, or has that name.
        """
        candidates: Sequence[Any] = configuration.providers
        path = None
        if name is not None:
            kinds = configuration.policies is None
            candidates, path = candidates_for(configuration.providers, name, kinds=kinds)
        if provider is not None and all(each.name != provider for each in configuration.providers):
            known = ", ".join(each.name for each in configuration.providers) or "none"
            msg = f"no provider is called {quote(provider)} (providers: {known})"
            raise InvalidName(msg)
        call = partial(self.call, configuration.deadline)
        for each in candidates:
            if provider is not None and each.name != provider:
                continue
            wrappers = self._wrappers_of(configuration, each)
            paths = wrappers.begin_eviction()
            if path is not None:
                # Where it cannot be told which those are, all of them go.
                with suppress(KeychainError):
                    paths = await _of_one_secret(each, path, paths, call)
            wrappers.evict(paths)

    def forget(self, provider: Any) -> None:  # noqa: ANN401 - any object that provides ISecretProvider
        """Begin anew with `provider`, which was configured otherwise."""
        self._wrappers.forget(provider)

    def _wrappers_of(self, configuration: Configuration, provider: Any) -> Wrappers:  # noqa: ANN401 - as above
        settings = configuration.resilience.get(provider.name, DEFAULT)
        return self._wrappers.of(provider, settings, configuration.deadline, self._clock())


def _own(get: Callable[[str], object]) -> Callable[[str], object]:
    """Return the method behind one that hides what it answers: a lookup does that itself.

    Where hiding takes long, it does it in a thread.
    """
    own: Callable[[str], object] = getattr(get, "hides_answers_of", get)
    return own if own is getattr(get, "__wrapped__", None) else get


async def _of_one_secret(
    provider: Any,  # noqa: ANN401 - any object that provides ISecretProvider
    path: str,
    paths: set[str],
    call: Callable[[Any, str, Callable[[], Any]], Coroutine[Any, Any, Any]],
) -> set[str]:
    """Return those of `paths` that name the same secret in `provider` as `path` does."""
    if not ICanonicalNames.providedBy(provider):
        return paths & {path}
    wanted = await call(provider, path, partial(provider.canonical, path))
    spelled = {each: partial(provider.canonical, each) for each in paths}
    return {each for each, do in spelled.items() if await call(provider, each, do) == wanted}
