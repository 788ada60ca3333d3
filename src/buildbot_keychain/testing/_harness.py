"""`ProviderHarness`: what the tests of the contract do with the author's hooks.

It starts and stops providers, stores canaries (random values that nothing may show), waits for
everything with a time limit, and fails a test without showing a value.
"""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex
from time import monotonic
from typing import Any, NoReturn

from twisted.application.service import IService
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, DeferredList, maybeDeferred
from twisted.internet.task import deferLater
from zope.interface import implementer

from buildbot_keychain.details import DescribedText
from buildbot_keychain.errors import quote
from buildbot_keychain.interfaces import IRendersArguments, ISecretProvider
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.testing._hooks import NAME, ProviderHooks
from buildbot_keychain.testing._leak_detector import LeakDetector, texts_reachable_from


@implementer(ISecretProvider)
class FallbackProvider:
    """The next provider of a manager: it holds every name."""

    name = "fallback"

    def get(self, path: str) -> str:
        """Return a text made of `path`."""
        return f"fallback {path}"


class ProviderHarness(ProviderHooks):
    """The hooks, and what the tests share."""

    # ------------------------------------------------------------------------- providers

    async def started_provider(self, make: Callable[[], Any] | None = None) -> Any:  # noqa: ANN401
        """Return a provider that is started, and that is stopped after the test.

        :param make: makes it; `make_provider` by default.
        """
        self.leak_detector  # noqa: B018 - it must listen before the provider is made
        provider = await maybeDeferred(make or self.make_provider)
        if IRendersArguments.providedBy(provider):
            provider.use_renderer(lambda value: SecretManager().render_for(provider, value))
        if IService.providedBy(provider):
            await maybeDeferred(provider.startService)
            # Trial runs coroutines as tests; as clean-ups it has not always.
            self.addCleanup(lambda: Deferred.fromCoroutine(self.stop_provider(provider)))
        return provider

    async def working_provider(self) -> Any:  # noqa: ANN401 - an ISecretProvider
        """Return a started provider that has answered a lookup of `NAME`."""
        provider = await self.started_provider()
        value = await self.store_canary(NAME)
        self.assertValue(await self.look_up(provider, NAME), value, "a plain value")
        return provider

    async def stop_provider(self, provider: Any) -> None:  # noqa: ANN401 - an ISecretProvider
        """Stop `provider` if it is a running service."""
        if IService.providedBy(provider) and provider.running:
            await self.within_timeout(maybeDeferred(provider.stopService), "stopService()")

    # ------------------------------------------------------------------------- values

    async def store_canary(self, name: str, template: str = "{}") -> str:
        """Store `template` filled with a random text that nothing may show, and return it."""
        canary = f"canary-{token_hex(12)}"
        self.leak_detector.add(canary)
        value = template.format(canary)
        await self.store_value(name, value)
        return value

    async def store_value(self, name: str, value: str) -> None:
        """Store `value`, which is too short or too common for the leak detector."""
        await maybeDeferred(self.store, name, value)

    # ------------------------------------------------------------------------- lookups

    def start_lookup(self, provider: Any, name: str) -> Deferred[Any]:  # noqa: ANN401
        """Call ``get``, which must not block, and return a Deferred of its answer."""
        before = monotonic()
        answer = maybeDeferred(provider.get, name)
        self.assertLess(monotonic() - before, self.operation_timeout, "get() blocks the reactor")
        return answer

    async def look_up(self, provider: Any, name: str) -> Any:  # noqa: ANN401 - what it answers
        """Return the answer of `provider`, which must arrive within `operation_timeout`."""
        answer = self.start_lookup(provider, name)
        return await self.within_timeout(answer, f"get({quote(name)})")

    async def failures_of(self, lookups: list[Deferred[Any]]) -> list[BaseException]:
        """Return the errors of `lookups`, which must all fail and must not hold a value."""
        all_done: Deferred[Any] = DeferredList(lookups, consumeErrors=True)
        errors = []
        for succeeded, failure in await self.within_timeout(all_done, f"{len(lookups)} lookups"):
            self.assertFalse(succeeded, "a lookup succeeded that had to fail")
            leaked = self.leak_detector.is_leaked_by("\n".join(texts_reachable_from(failure.value)))
            self.assertFalse(leaked, f"{type(failure.value).__name__} holds a value")
            errors.append(failure.value)
        return errors

    async def failure_of(self, lookup: Deferred[Any]) -> BaseException:
        """Return the error of one lookup, checked as by `failures_of`."""
        return (await self.failures_of([lookup]))[0]

    # ------------------------------------------------------------------------- waiting

    async def within_timeout(self, awaited: Deferred[Any], what: str) -> Any:  # noqa: ANN401
        """Return the result of `awaited`, or fail the test after `operation_timeout`."""

        def timed_out(*_: object) -> NoReturn:
            self.fail(f"{what}: no result within {self.operation_timeout:g} seconds")

        return await awaited.addTimeout(self.operation_timeout, reactor, timed_out)

    async def wait_until(self, condition: Callable[[], bool], message: str) -> None:
        """Wait for `condition`, or fail the test with `message` after `operation_timeout`."""
        end = monotonic() + self.operation_timeout
        while not condition():
            if monotonic() > end:
                self.fail(message)
            await deferLater(reactor, 0.01, lambda: None)

    # ------------------------------------------------------------------------- assertions

    def assertAbsent(self, answer: object, name: str) -> None:
        """Fail if `answer` is not ``None``, without showing it."""
        if answer is not None:
            self.fail(f"get({quote(name)}) returned {type(answer).__name__}, not None")

    def assertValue(self, answer: object, value: str, what: str) -> None:
        """Fail if `answer` differs from the stored `value`, without showing either."""
        if answer != value or type(answer) not in {str, DescribedText}:
            kind = type(answer).__name__
            length = f" of {len(answer)} characters" if isinstance(answer, str) else ""
            self.fail(
                f"{what}: {len(value)} characters were stored, but get() returned {kind}{length}"
            )

    # ------------------------------------------------------------------------- leaks

    @property
    def leak_detector(self) -> LeakDetector:
        """What listens to all logs during this test, and fails it if one shows a value."""
        detector: LeakDetector | None = vars(self).get("_leak_detector")
        if detector is None:
            vars(self)["_leak_detector"] = detector = LeakDetector()
            detector.start()
            self.addCleanup(self._check_logs)
        return detector

    def _check_logs(self) -> None:
        leak = self.leak_detector.stop()
        if leak:
            self.fail(f"the log shows a value: {leak}")


def cancel_quietly(deferred: Deferred[Any]) -> None:
    """Cancel `deferred` and handle the error that it fails with."""
    deferred.addErrback(lambda failure: failure.trap(CancelledError))
    deferred.cancel()
