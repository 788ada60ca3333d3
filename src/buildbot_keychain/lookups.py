"""`Lookups`: asks the providers, in order, and lets no value out that is not hidden.

Its rules:

1. Providers are asked in the order of the configuration, one after the other.
2. ``None`` means "ask the next one"; an error ends the lookup, whatever providers follow.
3. ``provider!path`` asks that one provider; a bare path asks them all, but those that want that.
4. The redactor knows a value before anyone else does: it is told here, or by the provider.
5. A provider whose own arguments are being rendered is not asked for the secrets that they name.
6. Every error crosses `buildbot_keychain.boundary`, also one of a provider that we did not write.
7. Where there is a policy, it decides before any provider is asked (`access`).

It keeps no value. The configuration is passed in with each lookup, so it may be another one at any
time; a lookup finishes with the one it began with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from functools import partial
from itertools import chain, islice
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain import utf8
from buildbot_keychain.access import Access, Approved, Deciding, nobody_approves
from buildbot_keychain.audit import AuditTrail
from buildbot_keychain.boundary import guarded, without_trace
from buildbot_keychain.configuration import Configuration, addressed, weakness
from buildbot_keychain.details import PublicText, Requester, SecretDetails
from buildbot_keychain.errors import (
    DeadlineExceeded,
    EmptySecret,
    InvalidName,
    InvalidSecret,
    SecretNotFound,
    quote,
    safe_summary,
)
from buildbot_keychain.hints import hint_for
from buildbot_keychain.interfaces import (
    IAskedByNameOnly,
    IHidesAnswers,
    IListsNames,
    IRequesterAware,
    IScoped,
)
from buildbot_keychain.policy import Explanation, Policy, Question, explain
from buildbot_keychain.providers.arguments import LONGEST_TIMEOUT
from buildbot_keychain.recording import Recording
from buildbot_keychain.redaction import Protection, Redactor
from buildbot_keychain.rendering import RenderingContext, wants_hints, with_hints
from buildbot_keychain.secretive import secretive
from buildbot_keychain.workpool import WorkPool, run_once

T = TypeVar("T")

DEADLINE = LONGEST_TIMEOUT
"""Seconds that one provider may take for one lookup, by default."""

_EMPTY = (
    "its value is empty; store the right one, or name it in allow_empty= of the SecretManager if "
    "it may be empty"
)

_LISTING = 2.0
"""Seconds that the names of secrets may take to be listed and compared, for a hint."""

_MOST_NAMES = 10_000
"""Names that are looked at for a hint."""

# The providers whose arguments are being rendered by what runs now, outermost first.
_rendering_for: ContextVar[tuple[Any, ...]] = ContextVar("rendering_for", default=())


@secretive
class Lookups:
    """Looks secrets up, each with the `Configuration` that is passed in.

    :param redactor: the redactor that every value is added to.
    :param deadline: seconds that one provider may take for one lookup.
    :param reactor: an ``IReactorTime`` for the deadline; Twisted's by default.
    :ivar audit: where events go.
    :ivar recording: what records lookups there.
    """

    log = Logger()

    def __init__(
        self,
        redactor: Redactor,
        *,
        deadline: float = DEADLINE,
        reactor: Any = None,  # noqa: ANN401 - an IReactorTime
    ) -> None:
        self.redactor = redactor
        self.access = Access()
        self.audit = AuditTrail(redactor, reactor=reactor)
        self.recording = Recording(self.audit)
        self.access.observer = self.recording.observe
        self._deadline = deadline
        self._reactor = reactor
        self._warned: set[str] = set()
        self._hinting: WorkPool | None = None
        self._hints_awaited = 0

    def get(
        self,
        configuration: Configuration,
        name: str,
        requester: Requester | None = None,
        *,
        approved: Approved = nobody_approves,
    ) -> Deferred[SecretDetails]:
        """Look up the secret `name`: ``[provider!]path[|field]``.

        :param approved: tells what people have approved.
        :raise SecretNotFound: when no provider that was asked has it.
        :raise InvalidName: when no provider can have it.
        :raise ProviderError: when a provider failed; none behind it was asked.
        """
        return guarded(
            self.recording.recorded(
                name, requester, lambda: self._get(configuration, name, requester, approved)
            ),
            lambda failure: without_trace(failure, "SecretManager", name),
        )

    def render_for(
        self,
        configuration: Configuration,
        provider: Any,  # noqa: ANN401 - any object that provides ISecretProvider
        argument: object,
    ) -> Deferred[Any]:
        """Return an `argument` of `provider` with the secrets of other providers filled in."""
        requester = Requester("provider", service=provider.name)

        async def value_of(name: str) -> str:
            return (await self.get(configuration, name, requester)).value

        async def render() -> object:
            token = _rendering_for.set((*_rendering_for.get(), provider))
            try:
                with with_hints(wanted=True):
                    return await RenderingContext(value_of).render(argument)
            finally:
                _rendering_for.reset(token)

        return Deferred.fromCoroutine(render())

    def end_scope(self, configuration: Configuration, scope: str) -> Deferred[None]:
        """Have every provider release what it holds for `scope`; never fails.

        :param scope: the `Requester.scope` of lookups.
        """
        holding: list[Any] = [p for p in configuration.providers if IScoped.providedBy(p)]
        endings = [self.attempt(p, f"end {scope}", partial(p.end_scope, scope)) for p in holding]
        return gatherResults(endings).addCallback(lambda _: None)

    async def protect(
        self, name: str, value: str, *, public: bool = False, plain: bool = False
    ) -> None:
        """Make a value known to the redactor, in a thread where that takes long.

        :param plain: whether it is hidden as it stands and in no other form.
        """
        add = partial(self.redactor.add, name, value, redact=not public, plain=plain)
        takes_long = self.redactor.takes_long_to_add(name, value, redact=not public)
        hiding = await self._add(add, takes_long=takes_long)
        self._warn(name, hiding.protection)

    async def protect_passing(self, name: str, value: str) -> str:
        """Do the same until the redactor forgets the value; return by what it is given."""
        add = partial(self.redactor.add_passing, name, value)
        given = await self._add(add, takes_long=self.redactor.takes_long_to_add_passing(value))
        self._warn(name, self.redactor.policy.protection(value))
        return given

    async def _add(self, add: Callable[[], T], *, takes_long: bool) -> T:
        if not takes_long:
            return add()
        # It happens once for a value, so the thread does not stay.
        return await run_once(self.clock(), self._deadline, "keychain-redaction", add)

    def _warn(self, name: str, protection: Protection) -> None:
        warn = protection.weakness and protection is not Protection.WORDS
        if warn and name not in self._warned:
            self._warned.add(name)
            self.log.emit(
                LogLevel.warn,
                "the secret {name!r} is {weakness}: logs may show it; choose another, "
                "or declare its name public",
                name=name,
                weakness=protection.weakness,
            )

    def attempt(self, provider: Any, what: str, do: Callable[[], Any]) -> Deferred[Any]:  # noqa: ANN401
        """Call `do`, and log its failure.

        :param what: what it does, for the log: ``the provider 'x' did not …``.
        """

        def report(failure: Failure) -> None:
            self.log.emit(
                LogLevel.error,
                "the provider {name!r} did not {what}: {problem}",
                name=provider.name,
                what=what,
                problem=safe_summary(failure),
            )

        return maybeDeferred(do).addErrback(report)

    async def _get(
        self,
        configuration: Configuration,
        name: str,
        requester: Requester | None,
        approved: Approved,
    ) -> SecretDetails:
        kinds = configuration.policies is None
        candidates, path = _candidates(configuration.providers, name, kinds=kinds)
        secret = name, path, candidates
        candidates = await self.decide(configuration, secret, requester, approved)
        for provider in candidates:
            answer = await self._ask(provider, path, requester)
            if answer is not None:
                value = _text(answer, provider.name, path)
                names = name, f"{provider.name}!{path}"
                if _is_blank(value) and configuration.allow_empty.isdisjoint(names):
                    raise EmptySecret(provider.name, path, _EMPTY)
                public = isinstance(answer, PublicText)
                public = public or not configuration.public.isdisjoint(names)
                if configuration.strict and not public:
                    self._require_strength(value, provider.name, path)
                if not IHidesAnswers.providedBy(provider):
                    await self.protect(name, value, public=public)
                return SecretDetails(provider.name, name, value)
        asked = tuple(provider.name for provider in candidates)
        hints = await self._hints(candidates, path) if wants_hints() else ()
        raise SecretNotFound(name, asked, *hints)

    async def decide(
        self,
        configuration: Configuration,
        secret: tuple[str, str, Sequence[Any]],
        requester: Requester | None,
        approved: Approved = nobody_approves,
    ) -> Sequence[Any]:
        """Return the providers to ask for a secret, by the policy: see `Access.providers_for`."""
        if configuration.policies is None:
            self.access.give(secret[0], requester)
            return secret[2]
        policy = configuration.policies.policy
        how = Deciding(policy, self._call, configuration.reports_only, approved)
        return await self.access.providers_for(secret, requester, how)

    async def explain(
        self, configuration: Configuration, policy: Policy, name: str, requester: Requester
    ) -> list[Explanation]:
        """Return what `policy` decides on the secret `name`, for each provider, and why.

        No provider is asked for the secret.

        :raise InvalidName: when no provider can have it.
        """
        questions = await self.questions(configuration, name, requester)
        return [explain(policy, question) for question in questions]

    async def questions(
        self,
        configuration: Configuration,
        name: str,
        requester: Requester,
        *,
        kinds: bool = False,
    ) -> list[Question]:
        """Return what a policy decides on if `requester` asks for the secret `name`.

        :param kinds: whether the kind of a provider stands for its name.
        :raise InvalidName: when no provider can have it.
        """
        candidates, path = _candidates(configuration.providers, name, kinds=kinds)
        how = Deciding(Policy([]), self._call)
        found = await self.access.questions((name, path, candidates), requester, how)
        return [question for _, question in found]

    async def _hints(self, candidates: Sequence[Any], path: str) -> tuple[str, str]:
        """Return what may have been meant by `path`, and what strangers may know of that."""
        for_strangers = hint_for(path, candidates, ())
        listing = [provider.names for provider in candidates if IListsNames.providedBy(provider)]
        if not listing:
            return for_strangers, for_strangers
        # One thread for all that are missing at a time: many would keep the reactor waiting.
        if self._hinting is None:
            self._hinting = WorkPool(self.clock(), 1, "keychain-names")
        self._hints_awaited += 1
        try:
            find = partial(_hint_from_names, path, candidates, listing)
            return await self._hinting.run(_LISTING, find), for_strangers
        except Exception:  # noqa: BLE001 - a hint is not worth an error
            return for_strangers, for_strangers
        finally:
            self._hints_awaited -= 1
            if not self._hints_awaited:
                self._hinting.stop()
                self._hinting = None

    async def _ask(self, provider: Any, path: str, requester: Requester | None) -> object:  # noqa: ANN401
        if IRequesterAware.providedBy(provider):
            return await self._call(provider, path, partial(provider.get_for, path, requester))
        return await self._call(provider, path, partial(_own(provider.get), path))

    async def _call(self, provider: Any, path: str, do: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Return what `do` returns, which a provider does about `path`, within the deadline."""
        answer = maybeDeferred(do)
        try:
            return await answer.addTimeout(self._deadline, self.clock())
        except DeferredTimeout as error:
            reason = f"no answer within {self._deadline:g} seconds; is what it reads from alive?"
            raise DeadlineExceeded(provider.name, path, reason) from error
        except Exception as error:
            raise without_trace(Failure(), provider.name, path) from error

    def _require_strength(self, value: str, provider: str, path: str) -> None:
        problem = weakness(value, self.redactor.policy)
        if problem:
            raise InvalidSecret(provider, path, problem)

    def clock(self) -> Any:  # noqa: ANN401 - an IReactorTime
        """Return the clock for deadlines."""
        if self._reactor is None:
            from twisted.internet import reactor  # noqa: PLC0415 - not before it is needed

            self._reactor = reactor
        return self._reactor


def _own(get: Callable[[str], object]) -> Callable[[str], object]:
    """Return the method behind one that hides what it answers: a lookup does that itself.

    Where hiding takes long, it does it in a thread.
    """
    own: Callable[[str], object] = getattr(get, "hides_answers_of", get)
    return own if own is getattr(get, "__wrapped__", None) else get


def _candidates(providers: Sequence[Any], name: str, *, kinds: bool) -> tuple[Sequence[Any], str]:
    """Return the providers to ask for the secret `name`, and the path to ask them for.

    :param kinds: whether the kind of a provider stands for its name.
    :raise InvalidName: when no provider can have it.
    """
    if not isinstance(name, str) or not name.strip():
        kind = "blank" if isinstance(name, str) else f"of type {type(name).__name__}"
        msg = f"a secret's name must be a str that is not blank; this one is {kind}"
        raise InvalidName(msg)
    prefix, mark, path = name.partition("!")
    waiting = _rendering_for.get()
    if not mark:
        walked = [p for p in providers if not IAskedByNameOnly.providedBy(p)]
        return [p for p in walked if p not in waiting], name
    chosen = addressed(providers, prefix)
    if not kinds:
        chosen = [provider for provider in chosen if provider.name == prefix]
    if len(chosen) == 1 and chosen[0] in waiting:
        msg = (
            f"secret {quote(name)}: the provider {prefix!r} needs it before it can answer; "
            "keep it in another provider"
        )
        raise InvalidName(msg)
    if len(chosen) == 1 and path:
        return chosen, path
    known = ", ".join(provider.name for provider in providers) or "none"
    problem = f"{len(chosen) or 'no'} providers are called {quote(prefix)}"
    if len(chosen) == 1:
        problem = "no path follows the '!'"
    msg = f"secret {quote(name)}: its name must be provider!path: {problem}"
    raise InvalidName(f"{msg} (providers: {known})", msg)


def _hint_from_names(
    path: str, candidates: Sequence[Any], listing: Sequence[Callable[[], Iterator[str]]]
) -> str:
    names = list(islice(chain.from_iterable(names() for names in listing), _MOST_NAMES))
    return hint_for(path, candidates, names)


def _is_blank(value: str) -> bool:
    """Return whether a value shows nothing: the byte order mark of a file is part of it."""
    return not value.removeprefix("\ufeff").strip()


def _text(answer: object, provider: str, path: str) -> str:
    """Return the text of a provider's answer.

    :raise InvalidSecret: when it is not one.
    """
    problem = f"its answer is of type {type(answer).__name__}; it must be str, bytes or None"
    if isinstance(answer, str):
        if utf8.is_encodable(answer):
            return str(answer)
        problem = "its answer is not valid Unicode: it has a lone surrogate; store it in base64"
    elif isinstance(answer, bytes):
        text = utf8.decode(answer)
        if text is not None:
            return text
        problem = "its answer is not UTF-8 text; store it in base64"
    raise InvalidSecret(provider, path, problem)
