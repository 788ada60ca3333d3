"""`SecretManager`: asks the providers, in order, and lets no value out that cannot be hidden.

Its rules:

1. Providers are asked in the order of the configuration, one after the other.
2. ``None`` sends it on to the next provider; an error ends the lookup, whatever follows.
3. ``provider!path`` asks that one provider; a bare path walks them all.
4. The redactor knows a value before anyone else does.
5. A provider whose own arguments are being rendered is not asked for what they name.
6. What a provider raises that is not of `buildbot_keychain.errors` is replaced: its text may hold
   anything.

It keeps no value: whatever a provider answers is answered once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any

from twisted.application.service import IService, Service
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import (
    DeadlineExceeded,
    InvalidName,
    InvalidSecret,
    SecretNotFound,
    quote,
    safe_summary,
    without_trace,
)
from buildbot_keychain.interfaces import IRendersArguments, IRequesterAware, IScoped
from buildbot_keychain.redaction import Protection, Redactor
from buildbot_keychain.rendering import RenderingContext
from buildbot_keychain.settings import public_names, weakness, with_unique_names

DEADLINE = 60.0
"""Seconds that one provider may take for one lookup."""

# The providers whose arguments are being rendered, on whose behalf what runs now runs.
_opening: ContextVar[tuple[Any, ...]] = ContextVar("opening", default=())


class SecretManager(Service):
    r"""Looks secrets up and renders texts that name them.

    :param providers: `ISecretProvider`\ s, in the order in which they are asked.
    :param public: names of secrets whose value may be shown: user names, key ids.
    :param strict: whether a value that is too weak to be hidden anywhere is refused.
    :param redactor: the redactor that every value is added to; a new one by default.
    :param deadline: seconds that one provider may take for one lookup.
    :param reactor: keeps the deadline; Twisted's by default.
    :raise ConfigurationError: when two providers were given the same name.
    """

    log = Logger()

    def __init__(
        self,
        providers: Sequence[Any] = (),
        *,
        public: Collection[str] = (),
        strict: bool = False,
        redactor: Redactor | None = None,
        deadline: float = DEADLINE,
        reactor: Any = None,  # noqa: ANN401 - an IReactorTime
    ) -> None:
        self.providers = with_unique_names(providers)
        self.redactor = Redactor() if redactor is None else redactor
        self.public = public_names(public)
        self.strict = strict or self.redactor.policy.strict
        self._deadline = deadline
        self._reactor = reactor
        self._warned: set[str] = set()
        self._lookups: set[Deferred[SecretDetails]] = set()
        for provider in self.providers:
            if IRendersArguments.providedBy(provider):
                provider.use_renderer(partial(self.render_for, provider))

    def startService(self) -> None:
        """Start every provider that is a service."""
        super().startService()
        for provider in self.providers:
            if IService.providedBy(provider):
                provider.startService()

    def stopService(self) -> Deferred[Any]:
        """Stop every provider that is a service, and cancel the lookups that still wait."""
        super().stopService()
        for lookup in list(self._lookups):
            lookup.cancel()
        services = [p for p in reversed(self.providers) if IService.providedBy(p)]
        return gatherResults([self._surely(p, "stop cleanly", p.stopService) for p in services])

    def _surely(self, provider: Any, what: str, do: Callable[[], Any]) -> Deferred[Any]:  # noqa: ANN401
        def tell(failure: Failure) -> None:
            self.log.emit(
                LogLevel.error,
                "the provider {name!r} did not {what}: {said}",
                name=provider.name,
                what=what,
                said=safe_summary(failure),
            )

        return maybeDeferred(do).addErrback(tell)

    def get(self, name: str, requester: Requester | None = None) -> Deferred[SecretDetails]:
        """Look up the secret `name`: ``[provider!]path[|field]``.

        :raise SecretNotFound: when no provider that was asked holds it.
        :raise InvalidName: when no provider could ever hold it.
        :raise ProviderError: when a provider failed; none behind it was asked.
        """
        lookup = Deferred.fromCoroutine(self._get(name, requester))
        self._lookups.add(lookup)
        return lookup.addBoth(self._looked_up, lookup)

    def _looked_up(self, result: Any, lookup: Deferred[SecretDetails]) -> Any:  # noqa: ANN401
        self._lookups.discard(lookup)
        return result

    def end_scope(self, scope: str) -> Deferred[None]:
        """Have every provider give back what it holds for `scope`; never fails.

        :param scope: the `Requester.scope` of lookups.
        """
        holding: list[Any] = [p for p in self.providers if IScoped.providedBy(p)]
        endings = [self._surely(p, f"end {scope}", partial(p.end_scope, scope)) for p in holding]
        return gatherResults(endings).addCallback(lambda _: None)

    def render(
        self,
        renderable: object,
        properties: Mapping[str, Any] | None = None,
        requester: Requester | None = None,
    ) -> Deferred[Any]:
        """Give `renderable` with the secrets and `properties` that it names filled in."""

        async def value_of(name: str) -> str:
            return (await self.get(name, requester)).value

        return RenderingContext(value_of, properties=properties).render(renderable)

    def render_for(self, provider: object, argument: object) -> Deferred[Any]:
        """Give an `argument` of `provider` with the secrets filled in that other providers hold."""

        async def render() -> object:
            token = _opening.set((*_opening.get(), provider))
            try:
                return await self.render(argument, requester=Requester("provider"))
            finally:
                _opening.reset(token)

        return Deferred.fromCoroutine(render())

    async def _get(self, name: str, requester: Requester | None) -> SecretDetails:
        candidates, path = self._addressed(name)
        public = not self.public.isdisjoint((name, path))
        for provider in candidates:
            answer = await self._ask(provider, path, requester)
            if answer is None:
                continue
            value, problem = _text(answer)
            # The frames of what is raised are not to hold it.
            answer = None
            if value is None:
                raise InvalidSecret(provider.name, path, problem)
            if self.strict and not public:
                refusal = weakness(value, self.redactor.policy)
                if refusal:
                    value = None
                    raise InvalidSecret(provider.name, path, refusal)
            self._protect(name, value, public=public)
            return SecretDetails(provider.name, name, value)
        raise SecretNotFound(name, tuple(provider.name for provider in candidates))

    def _addressed(self, name: str) -> tuple[Sequence[Any], str]:
        if not isinstance(name, str) or not name.strip():
            kind = "blank" if isinstance(name, str) else f"of type {type(name).__name__}"
            msg = f"a secret's name must be a str that is not blank; this one is {kind}"
            raise InvalidName(msg)
        prefix, mark, path = name.partition("!")
        opening = _opening.get()
        if not mark:
            return [p for p in self.providers if p not in opening], name
        chosen = [p for p in self.providers if p.name == prefix] or [
            p for p in self.providers if getattr(p, "kind", None) == prefix
        ]
        if len(chosen) == 1 and chosen[0] in opening:
            msg = (
                f"the provider {prefix!r} needs the secret {quote(name)} before it can answer; "
                "keep it in another provider"
            )
            raise InvalidName(msg)
        if len(chosen) == 1 and path:
            return chosen, path
        known = ", ".join(provider.name for provider in self.providers) or "none"
        problem = f"{len(chosen) or 'no'} providers are called {quote(prefix)}"
        if len(chosen) == 1:
            problem = "no path follows the '!'"
        msg = f"the secret's name {quote(name)} is no provider!path: {problem} (providers: {known})"
        raise InvalidName(msg)

    def _ask(self, provider: Any, path: str, requester: Requester | None) -> Deferred[Any]:  # noqa: ANN401
        if IRequesterAware.providedBy(provider):
            answer = maybeDeferred(provider.get_for, path, requester)
        else:
            answer = maybeDeferred(provider.get, path)
        answer.addTimeout(self._deadline, self._clock())
        return answer.addErrback(self._of_ours, provider.name, path)

    def _of_ours(self, failure: Failure, provider: str, path: str) -> Failure:
        """Give a failure of `errors`, without what caused it: that may hold a value."""
        if failure.check(DeferredTimeout):
            reason = f"no answer within {self._deadline:g} seconds; is what it reads from alive?"
            return Failure(DeadlineExceeded(provider, path, reason))
        return without_trace(failure, provider, path)

    def _protect(self, name: str, value: str, *, public: bool) -> None:
        protection = self.redactor.add(name, value, redact=not public)
        warn = protection in (Protection.NONE, Protection.BLANK)
        if warn and name not in self._warned:
            self._warned.add(name)
            self.log.emit(
                LogLevel.warn,
                "the secret {name!r} is {weakness}: logs may show it; make it longer, "
                "or declare it public",
                name=name,
                weakness=protection.weakness,
            )

    def _clock(self) -> Any:  # noqa: ANN401 - an IReactorTime
        if self._reactor is None:
            from twisted.internet import reactor  # noqa: PLC0415 - not before it is needed

            self._reactor = reactor
        return self._reactor


def _text(answer: object) -> tuple[str | None, str]:
    """Give the text of a provider's answer, or ``None`` and what is wrong with it."""
    if isinstance(answer, str):
        right = answer.encode("utf-8", "replace").decode() == answer
        return (answer, "") if right else (None, "it holds half of a character; encode it")
    if isinstance(answer, bytes):
        text = answer.decode("utf-8", "replace")
        right = text.encode("utf-8") == answer
        return (text, "") if right else (None, "it holds bytes that are not UTF-8; encode them")
    return None, f"its answer is of type {type(answer).__name__}; it must be str, bytes or None"
