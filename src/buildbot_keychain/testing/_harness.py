"""`ProviderHooks`: what a test case says of the provider it tests, and what the tests do with it.

A hook may return a Deferred or be a coroutine. One that is not overridden skips the tests that
need it. All hooks work on one place per test: what `store` puts there, each provider that
`make_provider` gives must find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from secrets import token_hex
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

from twisted.application.service import IService
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, DeferredList, maybeDeferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import SkipTest
from zope.interface import implementer

from buildbot_keychain.errors import quote
from buildbot_keychain.interfaces import IRendersArguments, ISecretProvider
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.testing._leak_detector import Watch, texts_of

if TYPE_CHECKING:
    from twisted.trial.unittest import TestCase as _Case
else:
    _Case = object

NAME = "token"
"""What most tests call their secret."""

ODD_NAMES = (
    *("", " ", ".", "..", "/", "//", "~", "-", "--", "*", "?", "[a-z]*", "#", "%", "|", ":", "\\"),
    *("../token", "./token", "/token", "//token", "a/../token", "token/../token", "token/.."),
    *("../../../../../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "C:\\token"),
    *("..\\token", "%2e%2e/token", "..%2ftoken", "%74oken", "tok%65n", "token%00", "token%0a"),
    *("token/", "token//", "token/token", "token\\", "token\n", "\ntoken", "token\r\nX-Odd: 1"),
    *("token\0", "\0", "tok\0en", "token ", " token", "token;ls", "token?x=1", "token#x", "token&"),
    *("-n", "--help", "@token", "$token", "${token}", "$(id)", "`id`", "%(token)s", "{token}"),
    *("tok*", "toke?", "toke[n]", "to.en", "t%", "_oken", "' OR ''='", '"token"', "'token'"),
    *(
        "тoken",
        "to\u0308ken",
        "\u202etoken",
        "🔑",
        "\ud800",
        "token\udcff",
        "x" * 5000,
        "a/" * 2000,
    ),
)
"""Names that nobody holds, where a secret `NAME` is."""


@implementer(ISecretProvider)
class Next:
    """The provider that comes next in a manager: it holds every name."""

    name = "next"

    def get(self, path: str) -> str:
        """Give a text of `path`."""
        return f"next {path}"


class ProviderHooks(_Case):
    """The hooks and their defaults."""

    timeout: float = 120.0
    """Seconds that one test may take, whatever Buildbot makes of trial's default."""

    operation_timeout: float = 10.0
    """Seconds within which every single answer, failure and stop must come."""

    max_length: int = 60_000
    """Characters of the longest value that is tried: most stores accept 64 KiB or more."""

    odd_names: Sequence[str] = ODD_NAMES
    """Names that must be answered by ``None`` where only `NAME` is stored."""

    def make_provider(self) -> Any:  # noqa: ANN401 - an ISecretProvider
        """Give a new provider that reads from this test's place; it is started for you."""
        raise NotImplementedError

    def store(self, name: str, value: str) -> Any:  # noqa: ANN401 - nothing, or an awaitable
        """Put the secret `name` into the place, or replace it."""
        raise NotImplementedError

    def remove(self, name: str) -> Any:  # noqa: ANN401 - nothing, or an awaitable
        """Take the secret `name` out of the place."""
        _not_said("remove", name)

    def break_store(self, provider: Any) -> Any:  # noqa: ANN401 - nothing, or an awaitable
        """Spoil the place, so that `provider` cannot get at `NAME`, which is stored."""
        _not_said("break_store", provider)

    def repair_store(self, provider: Any) -> Any:  # noqa: ANN401 - nothing, or an awaitable
        """Undo what `break_store` did."""
        _not_said("repair_store", provider)

    def hang(self, provider: Any) -> Any:  # noqa: ANN401 - nothing, or an awaitable
        """Have the place take questions and not answer; clean up with ``self.addCleanup``.

        Where `provider` waits for longer than half of `operation_timeout`, make it wait less.
        """
        _not_said("hang", provider)

    def can_hold(self, value: str) -> bool:
        """Tell whether the place has a way to hold `value`: several lines, or nothing at all."""
        del value
        return True

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        """Give functions that each make a provider with an argument that is wrong."""
        _not_said("wrong_arguments")

    # ------------------------------------------------------------------------- for the tests

    async def started(self) -> Any:  # noqa: ANN401 - an ISecretProvider
        """Give a provider that is started, watched, and stopped after the test."""
        self.watch  # noqa: B018 - begins before it is made
        provider = await maybeDeferred(self.make_provider)
        if IRendersArguments.providedBy(provider):
            provider.use_renderer(lambda value: SecretManager().render_for(provider, value))
        if IService.providedBy(provider):
            await maybeDeferred(provider.startService)
            # Trial runs coroutines as tests; as clean-ups it has not always.
            self.addCleanup(lambda: Deferred.fromCoroutine(self.stop(provider)))
        return provider

    async def that_has_answered(self) -> Any:  # noqa: ANN401 - an ISecretProvider
        """Give a provider that is started and has given the value of `NAME`."""
        provider = await self.started()
        value = await self.put(NAME)
        self.assertSame(await self.ask(provider, NAME), value, "a plain value")
        return provider

    async def stop(self, provider: Any) -> None:  # noqa: ANN401 - an ISecretProvider
        """Stop `provider`, if it is a service that runs."""
        if IService.providedBy(provider) and provider.running:
            await self.in_time(maybeDeferred(provider.stopService), "stopService()")

    async def put(self, name: str, template: str = "{}") -> str:
        """Store a new value made by `template`, which nothing may show, and give it."""
        core = f"canary-{token_hex(12)}"
        self.watch.add(core)
        value = template.format(core)
        await self.keep(name, value)
        return value

    async def keep(self, name: str, value: str) -> None:
        """Store `value`, which is too short or too common to watch for."""
        await maybeDeferred(self.store, name, value)

    async def ask(self, provider: Any, name: str) -> Any:  # noqa: ANN401 - what it answers
        """Give the answer of `provider`, which must come in time."""
        return await self.in_time(self.look_up(provider, name), f"get({quote(name)})")

    def look_up(self, provider: Any, name: str) -> Deferred[Any]:  # noqa: ANN401
        """Ask `provider`, which may not keep us waiting before it gives a Deferred."""
        before = monotonic()
        answer = maybeDeferred(provider.get, name)
        self.assertLess(monotonic() - before, self.operation_timeout, "get() blocks the reactor")
        return answer

    async def failures(self, lookups: list[Deferred[Any]]) -> list[BaseException]:
        """Give what `lookups` fail with; it tells no value, nor does anything that hangs on it."""
        all_done: Deferred[Any] = DeferredList(lookups, consumeErrors=True)
        errors = []
        for succeeded, failure in await self.in_time(all_done, f"{len(lookups)} lookups"):
            self.assertFalse(succeeded, "an answer came where only an error may")
            shown = self.watch.shows("\n".join(texts_of(failure.value)))
            self.assertFalse(shown, f"{type(failure.value).__name__} holds a value")
            errors.append(failure.value)
        return errors

    async def failure(self, lookup: Deferred[Any]) -> BaseException:
        """Give what `lookup` fails with, as `failures` does."""
        return (await self.failures([lookup]))[0]

    async def in_time(self, awaited: Deferred[Any], what: str) -> Any:  # noqa: ANN401
        """Return the result of `awaited`, or fail the test after `operation_timeout`."""

        def timed_out(*_: object) -> NoReturn:
            self.told(f"{what}: nothing within {self.operation_timeout:g} seconds")

        return await awaited.addTimeout(self.operation_timeout, reactor, timed_out)

    async def eventually(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait until `is_so` outside of this thread; fail the test where that takes too long."""
        end = monotonic() + self.operation_timeout
        while not is_so():
            if monotonic() > end:
                self.told(what)
            await deferLater(reactor, 0.01, lambda: None)

    def told(self, what: str) -> NoReturn:
        """Fail the test."""
        raise self.failureException(what)

    def assertNotHeld(self, given: object, name: str) -> None:
        """Fail where something was answered, without showing it."""
        if given is not None:
            self.told(f"the name {quote(name)} was answered: {type(given).__name__}, not None")

    def assertSame(self, given: object, value: str, what: str) -> None:
        """Compare an answer with what was stored, without showing either."""
        if given != value or type(given) is not str:
            kind = type(given).__name__
            length = f" of {len(given)} characters" if isinstance(given, str) else ""
            stored = f"{len(value)} characters were stored"
            self.told(f"{what}: not the value that was stored, but {kind}{length}; {stored}")

    @property
    def watch(self) -> Watch:
        """What sees all that is logged during this test, and fails it where a value is shown."""
        watch: Watch | None = vars(self).get("_watch")
        if watch is None:
            vars(self)["_watch"] = watch = Watch()
            watch.begin()
            self.addCleanup(self._end_watch)
        return watch

    def _end_watch(self) -> None:
        shown = self.watch.end()
        if shown:
            self.told(f"the log shows a value: {shown}")


def _not_said(hook: str, *_: object) -> NoReturn:
    msg = f"override {hook}() to have this tested"
    raise SkipTest(msg)


def cancelled_quietly(deferred: Deferred[Any]) -> None:
    """Cancel `deferred`, and let its failure be handled."""
    deferred.addErrback(lambda failure: failure.trap(CancelledError))
    deferred.cancel()
