"""Asks the providers for secrets, and keeps of each answer how good it is, and never the value.

Who asks is told to a provider whose answer depends on it; all others are asked once for a secret.
What a provider makes for whoever asks, such as a password that is valid for an hour, is not asked
for.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.configuration import Configuration, weakness
from buildbot_keychain.deferreds import within
from buildbot_keychain.details import DescribedText, PublicText, Requester, SecretDescription
from buildbot_keychain.errors import (
    InvalidSecret,
    KeychainError,
    ProviderError,
    ProviderUnavailable,
    message_of,
)
from buildbot_keychain.interfaces import IDescribes, IRequesterAware, ISharesAnswers
from buildbot_keychain.lookups import Hints, Lookups, is_blank, text_of
from buildbot_keychain.policy import Question
from buildbot_keychain.redaction import Protection, RedactionPolicy
from buildbot_keychain.redaction.fields import secret_bits
from buildbot_keychain.redaction.strength import OPEN_BITS, bits
from buildbot_keychain.resilience import shared_by
from buildbot_keychain.workpool import WorkPool

FOUND, MISSING, EMPTY, INVALID = "found", "missing", "empty", "invalid"
FAILED, UNAVAILABLE, DYNAMIC = "failed", "unavailable", "dynamic"

_EVERYWHERE, _ALONE = "from everybody", "where it is given"
"""How well a value can be hidden that is no word."""

_POLICY = RedactionPolicy.build_log()
_THREADS = 4


class Answer(NamedTuple):
    """What became of asking for a secret.

    :param state: what became of it.
    :param provider: which provider answered, or did not.
    :param reason: what is wrong, or may have been meant, as the end of a sentence that names the
        provider.
    :param weakness: why its value cannot be hidden well, as the end of a sentence.
    :param hidden: how well it can be, in words.
    :param known: what the provider knows of it.
    :param for_all: whether whoever asks gets it.
    """

    state: str
    provider: str | None = None
    reason: str = ""
    weakness: str = ""
    hidden: str | None = None
    known: SecretDescription | None = None
    for_all: bool = False

    @property
    def can_be_searched_for(self) -> bool:
        """Whether a text that has the value is sure to have it on purpose."""
        return self.hidden in {_ALONE, _EVERYWHERE}


class Answers:
    """The answers of the providers of one configuration.

    :param reactor: Twisted's reactor.
    :param until: when nothing more is asked, by the reactor's clock.
    """

    def __init__(
        self, lookups: Lookups, configuration: Configuration, reactor: Any, until: float
    ) -> None:
        self._lookups = lookups
        self._configuration = configuration
        self._reactor = reactor
        self._until = until
        self._pool = WorkPool(reactor, _THREADS, "keychain-check")
        self._hints = Hints(lambda: reactor)
        self._providers = {each.name: each for each in configuration.providers}

    def stop(self) -> None:
        """Accept no more questions."""
        self._pool.stop()

    async def blocking(self, work: Any) -> Any:
        """Return what `work` returns, called in a thread."""
        return await self._pool.run(self._left, work)

    async def of(
        self, name: str, questions: Sequence[Question], requesters: Sequence[Requester]
    ) -> dict[Requester, Answer]:
        """Return the answer for each requester.

        :param questions: the providers that can have the secret.
        """
        providers = [self._providers[question.provider] for question in questions]
        path = name.partition("!")[2] or name
        known: dict[Hashable, Answer] = {}
        result: dict[Requester, Answer] = {}
        in_advance = [await self._described_in_advance(provider, path) for provider in providers]
        for requester in requesters:
            key = tuple(
                _sharing(provider, path, requester, about)
                for provider, about in zip(providers, in_advance, strict=True)
            )
            if key not in known:
                answer = await self._ask((name, path), providers, requester)
                known[key] = answer._replace(for_all=all(each == () for each in key))
            result[requester] = known[key]
        return result

    async def _ask(
        self, secret: tuple[str, str], providers: Sequence[Any], requester: Requester
    ) -> Answer:
        unavailable: Answer | None = None
        for provider in providers:
            answer = await self._ask_one(secret, provider, requester)
            if answer.state == UNAVAILABLE and self._is_optional(provider):
                unavailable = unavailable or answer
            elif answer.state != MISSING:
                if answer.state == FOUND and answer.known is None:
                    return answer._replace(known=await self._described(provider, secret[1]))
                return answer
        if unavailable is not None:
            return unavailable
        if not self._left:
            return Answer(MISSING)
        hint, _ = await self._hints.find(providers, secret[1])
        return Answer(MISSING, reason=hint)

    async def _ask_one(
        self, secret: tuple[str, str], provider: Any, requester: Requester
    ) -> Answer:
        _, path = secret
        try:
            if getattr(provider, "is_dynamic", None) and provider.is_dynamic(path):
                return Answer(DYNAMIC, provider.name)
            answer = await self._in_time(provider, path, requester)
        except ProviderUnavailable as error:
            return Answer(UNAVAILABLE, provider.name, error.reason)
        except DeferredTimeout:
            return Answer(UNAVAILABLE, provider.name, "the time of the check is over")
        except KeychainError as error:
            state = INVALID if isinstance(error, InvalidSecret) else FAILED
            return Answer(state, provider.name, _reason_of(error))
        if answer is None:
            return Answer(MISSING)
        known = None
        if isinstance(answer, DescribedText) and (answer.version or answer.created):
            known = SecretDescription(path, answer.version, answer.created, answer.expires)
        return self._judged(answer, provider, secret)._replace(known=known)

    async def _in_time(self, provider: Any, path: str, requester: Requester) -> object:
        asking = self._lookups.asking.ask(self._configuration, provider, path, requester)
        return await within(self._left, Deferred.fromCoroutine(asking), self._reactor)

    def _judged(self, answer: object, provider: Any, secret: tuple[str, str]) -> Answer:
        name, path = secret
        names = (name, f"{provider.name}!{path}")
        try:
            value = text_of(answer, provider.name, path)
        except KeychainError as error:
            return Answer(INVALID, provider.name, _reason_of(error))
        if is_blank(value):
            allowed = not self._configuration.allow_empty.isdisjoint(names)
            return Answer(FOUND if allowed else EMPTY, provider.name, hidden="nothing to hide")
        is_public = not self._configuration.public.isdisjoint(names)
        if is_public or isinstance(answer, PublicText):
            return Answer(FOUND, provider.name, hidden="public")
        weak = weakness(value, _POLICY)
        if weak and self._configuration.strict:
            return Answer(INVALID, provider.name, weak)
        protection = _POLICY.protection(value)
        return Answer(FOUND, provider.name, "", protection.weakness, _hidden(protection, value))

    async def _described_in_advance(self, provider: Any, path: str) -> SecretDescription | None:
        """Return what is known of a secret before it is asked for, if that says who may have it."""
        own = getattr(provider, "hosted", provider)
        if IRequesterAware.providedBy(own) and not ISharesAnswers.providedBy(own):
            return await self._described(provider, path)
        return None

    async def _described(self, provider: Any, path: str) -> SecretDescription | None:
        if not IDescribes.providedBy(getattr(provider, "hosted", provider)):
            return None
        describe = partial(provider.describe, path)
        try:
            known: SecretDescription | None = await self._lookups.asking.call(
                self._left, provider, path, describe
            )
        except KeychainError:  # the lookup says what is wrong
            return None
        return known

    def _is_optional(self, provider: Any) -> bool:
        settings = self._configuration.resilience.get(provider.name)
        return settings is not None and settings.optional

    @property
    def _left(self) -> float:
        left: float = self._until - self._reactor.seconds()
        return max(0.0, left)


def _reason_of(error: KeychainError) -> str:
    """Return what is wrong, without the names of the secret and the provider, if it has them."""
    return error.reason if isinstance(error, ProviderError) else message_of(error) or ""


def _sharing(
    provider: Any, path: str, requester: Requester, known: SecretDescription | None
) -> Hashable:
    """Return what is equal for all who get the same answer."""
    own = getattr(provider, "hosted", provider)
    if not IRequesterAware.providedBy(own) or (known is not None and known.allowed is None):
        return ()
    shared = shared_by(own, path, requester)
    return requester if shared is None else shared


def _hidden(protection: Protection, value: str) -> str:
    """Return how well a value can be hidden, in words that tell nothing of it."""
    if not protection.hides:
        return "no"
    if protection.between_words:
        return "as a word"
    worth = secret_bits(value) or bits(value)
    return _EVERYWHERE if worth >= OPEN_BITS else _ALONE
