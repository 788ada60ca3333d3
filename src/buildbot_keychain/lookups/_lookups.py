"""`Lookups`: asks the providers, in order, and lets no value out that is not hidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from buildbot_keychain.access import Access, Approved, Deciding, nobody_approves
from buildbot_keychain.attention import AttentionList, MaxAge, SeenSecrets, Watch
from buildbot_keychain.audit import AuditTrail, Rotation
from buildbot_keychain.boundary import guarded, without_trace
from buildbot_keychain.configuration import Configuration, weakness
from buildbot_keychain.deferreds import within
from buildbot_keychain.details import DescribedText, PublicText, Requester, SecretDetails
from buildbot_keychain.errors import (
    DeadlineExceeded,
    EmptySecret,
    InvalidName,
    InvalidSecret,
    ProviderUnavailable,
    SecretNotFound,
    safe_summary,
)
from buildbot_keychain.interfaces import IHidesAnswers, IScoped, ITellsUnchanged
from buildbot_keychain.lookups._addressing import (
    candidates_for,
    let_wait,
    waiting_providers,
)
from buildbot_keychain.lookups._answers import is_blank, text_of
from buildbot_keychain.lookups._asking import Asking
from buildbot_keychain.lookups._hiding import Hiding
from buildbot_keychain.lookups._hints import Hints
from buildbot_keychain.policy import Explanation, Policy, Question, explain
from buildbot_keychain.recording import Recording
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.rendering import RenderingContext, wants_hints, with_hints
from buildbot_keychain.secretive import secretive

_EMPTY = (
    "its value is empty; store the right one, or name it in allow_empty= of the SecretManager if "
    "it may be empty"
)

_NO_PROVIDER = "none is configured:"
_NO_CANDIDATE = (
    "none can have one of that name, or be asked for it by those that need it to answer;"
)
_TOO_LONG = (
    "making its value known to what hides it took too long; is it very large, or the machine busy?"
)


@secretive
class Lookups:
    """Looks secrets up, each with the `Configuration` that is passed in.

    :param redactor: the redactor that every value is added to.
    :param reactor: an ``IReactorTime`` for deadlines; Twisted's by default.
    :param carried: what a lookup that providers are led to depends on, beside their arguments. Its
        values can be keys of a dict.
    :ivar audit: where events go.
    :ivar attention: what needs attention.
    :ivar seen: what was looked up.
    :ivar services_with: returns the services that have a secret: of which provider, and its path.
    :ivar recording: what records lookups there.
    :ivar access: decides on lookups.
    :ivar asking: asks providers; it knows how they do, and keeps what they answer.
    :ivar hiding: makes values known to the redactor.
    """

    log = Logger()

    def __init__(
        self,
        redactor: Redactor,
        *,
        reactor: Any = None,  # noqa: ANN401 - an IReactorTime
        carried: Sequence[ContextVar[Any]] = (),
    ) -> None:
        self.redactor = redactor
        self.audit = AuditTrail(redactor, reactor=reactor)
        self.attention = AttentionList(self.audit, self._seconds)
        self.services_with: Callable[[str, str], tuple[str, ...]] = lambda _provider, _path: ()
        self._on_change: list[Callable[[Rotation], object]] = []
        self.recording = Recording(self.audit)
        self.access = Access()
        self.access.observer = self.recording.observe
        self.seen = SeenSecrets(self._note_change, self.recording.digest)
        self.asking = Asking(self.clock, self.seen.note, carried)
        self.hiding = Hiding(redactor, self.clock)
        self._reactor = reactor
        self._hints = Hints(self.clock)

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

        def look_up() -> Deferred[SecretDetails]:
            looking = Deferred.fromCoroutine(self._get(configuration, name, requester, approved))
            if looking.called:
                return looking
            seconds = configuration.deadline
            reason = f"the lookup took more than {seconds:g} seconds"
            late = partial(DeadlineExceeded, "SecretManager", name, reason)
            return within(seconds, looking, self.clock(), late)

        return guarded(
            self.recording.recorded(name, requester, look_up),
            lambda failure: without_trace(failure, "SecretManager", name),
        )

    def changes_since_now(
        self, configuration: Configuration, name: str
    ) -> tuple[Callable[[], bool], ...] | None:
        """Return how to tell whether what all providers say of the secret `name` is as it is now.

        :return: functions that return whether anything has changed; ``None`` where one cannot tell.
        """
        kinds = configuration.policies is None
        try:
            candidates, _ = candidates_for(configuration.providers, name, kinds=kinds)
        except InvalidName:
            return None
        found = []
        for provider in candidates:
            told = provider.changed_since_now() if ITellsUnchanged.providedBy(provider) else None
            if told is None:
                return None
            found.append(told)
        return tuple(found)

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
            let_wait((*waiting_providers(), provider))
            with with_hints(wanted=True):
                return await RenderingContext(value_of).render(argument)

        return Deferred.fromCoroutine(render())

    def end_scope(self, configuration: Configuration, scope: str) -> Deferred[None]:
        """Have every provider release what it holds for `scope`; never fails.

        :param scope: the `Requester.scope` of lookups.
        """
        holding: list[Any] = [p for p in configuration.providers if IScoped.providedBy(p)]
        endings = [self.attempt(p, f"end {scope}", partial(p.end_scope, scope)) for p in holding]
        return gatherResults(endings).addCallback(lambda _: None)

    def watch(self, configuration: Callable[[], Configuration]) -> Watch:
        """Return what looks for secrets that are too old, and for what ends soon.

        :param configuration: returns that of now.
        """

        def configured() -> tuple[Sequence[Any], MaxAge]:
            now = configuration()
            return now.providers, now.max_age

        return Watch(self.attention, self.seen, configured, self.clock)

    def on_change(self, observer: Callable[[Rotation], object]) -> None:
        """Call `observer` when a secret that is looked up again has another value."""
        self._on_change.append(observer)

    def _note_change(self, change: Rotation) -> None:
        change = replace(change, services=self.services_with(change.provider, change.secret))
        if self.audit.is_watched:
            self.audit.record(change)
        for observer in self._on_change:
            self._tell(observer, change)

    def _tell(self, observer: Callable[[Rotation], object], change: Rotation) -> None:
        try:
            observer(change)
        except Exception:  # noqa: BLE001 - the lookup goes on
            self.log.failure("while telling that a secret has changed")

    def evict(
        self,
        configuration: Configuration,
        name: str | None = None,
        provider: str | None = None,
        person: str = "",
    ) -> Deferred[None]:
        """Keep no answers any longer: see `Asking.evict`.

        :param person: who wants it, for the audit trail; empty for code that runs here.
        """
        evict = partial(self.asking.evict, configuration, name, provider)
        return Deferred.fromCoroutine(self.recording.evicted(evict, name, provider, person))

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
        call = partial(self.asking.call, configuration.deadline)
        how = Deciding(policy, call, configuration.reports_only, approved)
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
        candidates, path = candidates_for(configuration.providers, name, kinds=kinds)
        how = Deciding(Policy([]), partial(self.asking.call, configuration.deadline))
        found = await self.access.questions((name, path, candidates), requester, how)
        return [question for _, question in found]

    async def _get(
        self,
        configuration: Configuration,
        name: str,
        requester: Requester | None,
        approved: Approved,
    ) -> SecretDetails:
        kinds = configuration.policies is None
        candidates, path = candidates_for(configuration.providers, name, kinds=kinds)
        secret = name, path, candidates
        candidates = await self.decide(configuration, secret, requester, approved)
        unavailable: ProviderUnavailable | None = None
        for provider in candidates:
            try:
                answer = await self.asking.ask(configuration, provider, path, requester)
            except ProviderUnavailable as error:
                self.asking.skip(configuration, provider, error)
                unavailable = unavailable or error
                continue
            if answer is not None:
                try:
                    return await self._details(configuration, provider, (name, path), answer)
                except InvalidSecret:
                    self.asking.drop(configuration, provider, path)
                    raise
        if unavailable is not None:
            reason = f"{unavailable.reason}; no other provider holds the secret"
            raise ProviderUnavailable(unavailable.provider, path, reason)
        asked = tuple(provider.name for provider in candidates)
        hints: tuple[str, ...] = ()
        if not configuration.providers:
            hints = (_NO_PROVIDER, "")
        elif not candidates:
            hints = (_NO_CANDIDATE, "")
        elif wants_hints():
            hints = await self._hints.find(candidates, path)
        raise SecretNotFound(name, asked, *hints)

    async def _details(
        self,
        configuration: Configuration,
        provider: Any,  # noqa: ANN401 - any object that provides ISecretProvider
        secret: tuple[str, str],
        answer: object,
    ) -> SecretDetails:
        """Return what is found of a secret; from here on the redactor knows the value.

        :param secret: its name, and the path in it.
        """
        name, path = secret
        value = text_of(answer, provider.name, path)
        names = name, f"{provider.name}!{path}"
        if is_blank(value) and configuration.allow_empty.isdisjoint(names):
            raise EmptySecret(provider.name, path, _EMPTY)
        public = isinstance(answer, PublicText) or not configuration.public.isdisjoint(names)
        if configuration.strict and not public:
            problem = weakness(value, self.redactor.policy)
            if problem:
                raise InvalidSecret(provider.name, path, problem)
        if not IHidesAnswers.providedBy(provider):
            try:
                await self.hiding.protect(name, value, public=public)
            except DeferredTimeout as error:
                raise DeadlineExceeded(provider.name, path, _TOO_LONG) from error
        version = answer.version if isinstance(answer, DescribedText) else None
        return SecretDetails(provider.name, name, value, version)

    def _seconds(self) -> float:
        return float(self.clock().seconds())

    def clock(self) -> Any:  # noqa: ANN401 - an IReactorTime
        """Return the clock for deadlines."""
        if self._reactor is None:
            from twisted.internet import reactor  # noqa: PLC0415 - not before it is needed

            self._reactor = reactor
        return self._reactor
