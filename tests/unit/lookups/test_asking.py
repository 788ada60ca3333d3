"""How lookups ask providers: who shares what, what is kept, and what is counted."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from buildbot_keychain import Allow, Interpolate, Requester, Resilience, Secret, SecretManager
from buildbot_keychain.access import Observation
from buildbot_keychain.configuration import Configuration
from buildbot_keychain.details import PublicText
from buildbot_keychain.errors import (
    DeadlineExceeded,
    DeniedByPolicy,
    InvalidName,
    InvalidSecret,
    KeychainError,
    NotAsked,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
)
from buildbot_keychain.interfaces import ICanonicalNames, ISharesAnswers
from buildbot_keychain.lookups import Lookups
from buildbot_keychain.redaction import Redactor
from tests.support.fakes import DictProvider, LockedProvider, RequesterProvider, TellingProvider
from tests.support.reachable import reachable_text

VALUE = "tr0ub4dor&3"
LINUX = Requester("build", builder="linux", outside=False)
OTHER = Requester("build", builder="other", outside=False)
AWAY = ProviderUnavailable("vault", "x", "it is away")


class LaterProvider(DictProvider):
    """Answers later, what its test says."""

    def __init__(self, name: str) -> None:
        super().__init__(name, {})
        self.later: list[tuple[str, Deferred[Any]]] = []

    def get(self, path: str) -> Any:
        answer: Deferred[Any] = Deferred()
        self.later.append((path, answer))
        return answer


@implementer(ICanonicalNames)
class FieldProvider(DictProvider):
    """Has fields after a ``|``, and folds case."""

    def canonical(self, path: str) -> Any:
        return path.partition("|")[0].lower()


@implementer(ISharesAnswers)
class BuilderProvider(RequesterProvider):
    """All builds of a builder get the same."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []

    def shared_by(self, path: str, requester: Requester | None) -> Any:
        return requester and requester.builder

    def get_for(self, path: str, requester: Any) -> Any:
        self.asked.append(requester and requester.builder)
        return super().get_for(path, requester)


class SharingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.vault = LaterProvider("vault")

    def manager(self, *rules: Any, **settings: Any) -> SecretManager:
        return SecretManager(
            [self.vault],
            reactor=self.clock,
            policy=list(rules) or None,
            resilience={"vault": Resilience(**settings)},
        )

    def test_ten_renders_of_each_of_a_thousand_names_ask_a_thousand_times(self) -> None:
        # Twisted's clock for tests sorts all its calls at each new one.
        manager = SecretManager([self.vault])
        rendering = [
            manager.render(Interpolate(f"<%(secret:n{number % 1000})s>"))
            for number in range(10_000)
        ]
        self.assertEqual(len(self.vault.later), 1000)
        self.assertEqual(manager.state["vault"].joined, 9000)
        for path, answer in self.vault.later:
            answer.callback(PublicText(f"value of {path}"))
        rendered = self.successResultOf(gatherResults(rendering))
        expected = [f"<value of n{number % 1000}>" for number in range(10_000)]
        self.assertEqual(rendered, expected)
        self.assertEqual(manager.state["vault"].in_progress, 0)

    def test_the_policy_decides_for_each_who_asks(self) -> None:
        """Neither what is under way nor what is kept is for those to whom it is denied."""
        manager = self.manager(Allow("x", builders=["linux"]), cache=60)
        seen: list[Observation] = []
        manager._lookups.access.observer = seen.append
        given = [manager.get("vault!x", LINUX), manager.get("vault!x", LINUX)]
        self.failureResultOf(manager.get("vault!x", OTHER), DeniedByPolicy)
        self.vault.later[0][1].callback(VALUE)
        for one in given:
            self.assertEqual(self.successResultOf(one).value, VALUE)
        self.failureResultOf(manager.get("vault!x", OTHER), DeniedByPolicy)
        self.assertEqual(self.successResultOf(manager.get("vault!x", LINUX)).value, VALUE)
        self.assertEqual(len(self.vault.later), 1)
        who = [(one.requester.builder, one.outcome) for one in seen]
        allowed, denied = ("linux", "allowed"), ("other", "denied")
        self.assertEqual(who, [allowed, allowed, denied, denied, allowed])

    def test_cancelling_one_leaves_it_to_the_others(self) -> None:
        manager = self.manager()
        first, second = manager.get("x"), manager.get("x")
        first.cancel()
        self.failureResultOf(first, CancelledError)
        self.vault.later[0][1].callback(VALUE)
        self.assertEqual(self.successResultOf(second).value, VALUE)

    def test_a_shared_error_holds_nothing(self) -> None:
        manager = self.manager()
        asking = [manager.get("x") for _ in range(3)]
        self.vault.later[0][1].errback(ValueError(VALUE))
        failures = [self.failureResultOf(one, KeychainError) for one in asking]
        self.assertEqual(len({id(one.value) for one in failures}), 3)
        for failure in failures:
            self.assertNotIn(VALUE, reachable_text(failure))

    def test_who_looks_at_the_requester_shares_what_it_says(self) -> None:
        provider = BuilderProvider()
        manager = SecretManager([provider], resilience={"requesters": Resilience(cache=60)})
        for builder in ("linux", "other", "linux"):
            details = self.successResultOf(manager.get("x", Requester("build", builder=builder)))
            self.assertEqual(details.value, f"x for {builder}")
        self.assertEqual(provider.asked, ["linux", "other"])
        for _ in range(2):
            self.failureResultOf(manager.get("x"), SecretNotFound)
        self.assertEqual(provider.asked, ["linux", "other", None, None])

    def test_what_a_provider_says_of_names_is_checked(self) -> None:
        for canonical in (5, b"x", (each for each in "x")):
            provider = FieldProvider("vault", {"x": VALUE})
            provider.canonical = lambda _, said=canonical: said  # type: ignore[method-assign, misc]
            manager = SecretManager([provider], policy=[Allow("*", builders=["*"])])
            error = self.failureResultOf(manager.get("x", LINUX), ProviderError).value
            self.assertEqual((error.provider, provider.asked), ("vault", []))
            self.assertIn("its canonical(path) is of type", str(error))

    def test_what_cannot_be_a_key_is_an_error_of_the_provider(self) -> None:
        provider = BuilderProvider()
        provider.shared_by = lambda *_: [VALUE]  # type: ignore[method-assign]
        error = self.failureResultOf(SecretManager([provider]).get("x"), ProviderError).value
        self.assertEqual(error.provider, "requesters")
        self.assertNotIn(VALUE, reachable_text(error))

    def test_an_answer_that_cannot_be_used_is_not_kept(self) -> None:
        provider = DictProvider("vault", {})
        settings = {"vault": Resilience(cache=60, stale=600)}
        for unusable in ("", b"\xff", 5, "zq12"):
            manager = SecretManager([provider], resilience=settings, strict=True)
            provider.answers["x"] = unusable
            for _ in range(2):
                self.failureResultOf(manager.get("x"), InvalidSecret)
            provider.answers["x"] = AWAY
            self.failureResultOf(manager.get("x"), ProviderUnavailable)
            provider.answers["x"] = VALUE
            self.assertEqual(self.successResultOf(manager.get("x")).value, VALUE)

    def test_who_tells_changes_is_asked_by_each(self) -> None:
        files = TellingProvider("files", {"x": Deferred()})
        manager = SecretManager([files], reactor=self.clock)
        for _ in range(2):
            manager.get("x")
        self.assertEqual(files.asked, ["x", "x"])

    def test_stopping_ends_all_lookups(self) -> None:
        manager = self.manager(concurrency=1)
        manager.startService()
        asking = [manager.get(name) for name in "xxyz"]
        self.successResultOf(manager.stopService())
        for one in asking:
            self.failureResultOf(one, CancelledError)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        state = manager.state["vault"]
        self.assertEqual((state.in_progress, state.waiting), (0, 0))


class StandIn(DictProvider):
    """Stands for a provider that does not answer, as a host has it at its start."""

    def __init__(self, provider: Any) -> None:
        super().__init__(provider.name, {})
        self.stands_for = provider

    def get(self, path: str) -> Any:
        raise NotAsked(self.name, path, "it did not answer a moment ago")


class StandInTests(SynchronousTestCase):
    """What does not ask a provider waits for nothing that is for those who do."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.vault = LaterProvider("vault")
        self.lookups = Lookups(Redactor(), reactor=self.clock)

    def get(self, settings: Resilience, *, stands_in: bool = True) -> Deferred[Any]:
        provider = StandIn(self.vault) if stands_in else self.vault
        return self.lookups.get(Configuration((provider,), resilience={"vault": settings}), "x")

    def test_it_waits_for_no_turn_and_no_question_of_others(self) -> None:
        for settings in (
            Resilience(),
            Resilience(concurrency=1, timeout=5),
            Resilience(rate=0.1, timeout=50),
            Resilience(breaker=1, probe_after=10),
        ):
            asking = self.get(settings, stands_in=False)
            for _ in range(3):
                self.failureResultOf(self.get(settings), NotAsked)
            asking.addErrback(lambda _: None)
            self.vault.later.pop()[1].callback(PublicText("value"))
            self.assertEqual(self.successResultOf(asking).value, "value")
            configuration = Configuration((self.vault,), resilience={"vault": settings})
            state = self.lookups.asking.state(configuration)["vault"]
            self.assertEqual((state.asked, state.breaker, state.errors), (1, "closed", {}))

    def test_what_is_kept_is_given_all_the_same(self) -> None:
        for settings in (Resilience(cache=5), Resilience(stale=60)):
            asking = self.get(settings, stands_in=False)
            self.vault.later.pop()[1].callback(PublicText("value"))
            self.successResultOf(asking)
            self.assertEqual(self.successResultOf(self.get(settings)).value, "value")


class DeadlineTests(SynchronousTestCase):
    def test_the_whole_lookup_has_one(self) -> None:
        clock = Clock()
        first, second = LaterProvider("first"), LaterProvider("second")
        manager = SecretManager([first, second], reactor=clock, deadline=10)
        asking = manager.get("x")
        clock.advance(6)
        first.later[0][1].callback(None)
        clock.advance(3.9)
        self.assertNoResult(asking)
        clock.advance(0.1)
        error = self.failureResultOf(asking, DeadlineExceeded).value
        self.assertIn("the lookup took more than 10 seconds", str(error))
        self.assertEqual(clock.getDelayedCalls(), [])

    def test_each_provider_has_its_own(self) -> None:
        clock = Clock()
        manager = SecretManager(
            [LaterProvider("vault")], reactor=clock, resilience={"vault": Resilience(timeout=3)}
        )
        asking = manager.get("x")
        clock.advance(3)
        error = self.failureResultOf(asking, DeadlineExceeded).value
        self.assertIn("provider 'vault': no answer within 3 seconds", str(error))


class OptionalTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.vault = DictProvider("vault", {"x": AWAY, "y": AWAY, "bad": ValueError()})
        self.files = DictProvider("files", {"x": VALUE})
        self.manager = SecretManager(
            [self.vault, self.files], resilience={"vault": Resilience(optional=True)}
        )

    def test_the_next_one_is_asked_while_it_is_away(self) -> None:
        details = self.successResultOf(self.manager.get("x"))
        self.assertEqual((details.source, details.value), ("files", VALUE))
        self.assertEqual(self.manager.state["vault"].skipped, 1)

    def test_what_nobody_else_has_is_not_missing(self) -> None:
        error = self.failureResultOf(self.manager.get("y"), ProviderUnavailable).value
        self.assertIn("provider 'vault': it is away; no other provider holds", str(error))
        rendering = self.manager.render(Interpolate("%(secret:y:-default)s"))
        self.failureResultOf(rendering, ProviderUnavailable)
        self.failureResultOf(self.manager.get("vault!y"), ProviderUnavailable)

    def test_another_error_ends_the_lookup(self) -> None:
        self.failureResultOf(self.manager.get("bad"), KeychainError)
        self.assertEqual(self.files.asked, [])

    def test_by_default_none_is_optional(self) -> None:
        manager = SecretManager([self.vault, self.files])
        self.failureResultOf(manager.get("x"), ProviderUnavailable)


class EvictionTests(SynchronousTestCase):
    def setUp(self) -> None:
        values = {"app|user": "user 1", "App|password": "pw 1", "db": "db 1"}
        self.vault = FieldProvider("vault", values)
        self.other = DictProvider("other", {"app": "app 1", "app|user": "other 1"})
        both = Resilience(cache=60, stale=600)
        self.manager = SecretManager(
            [self.vault, self.other], resilience={"vault": both, "other": both}
        )
        self.names = ["vault!app|user", "vault!App|password", "vault!db", "other!app"]
        self.values()
        for provider in (self.vault, self.other):
            for path, value in provider.answers.items():
                provider.answers[path] = value.replace("1", "2")

    def values(self) -> list[str]:
        values = [self.successResultOf(self.manager.get(name)).value for name in self.names]
        # What has piled up is compiled in a thread, for which these tests do not wait.
        self.manager.redactor.redact("")
        return values

    def evict(self, *args: Any, **kwargs: Any) -> None:
        self.successResultOf(self.manager.evict(*args, **kwargs))

    def test_nothing_is_evicted_by_itself(self) -> None:
        self.assertEqual(self.values(), ["user 1", "pw 1", "db 1", "app 1"])

    def test_by_name_in_every_spelling(self) -> None:
        self.evict("vault!APP")
        self.assertEqual(self.values(), ["user 2", "pw 2", "db 1", "app 1"])

    def test_by_a_name_without_a_provider(self) -> None:
        self.evict("app")
        self.assertEqual(self.values(), ["user 2", "pw 2", "db 1", "app 2"])

    def test_by_provider_and_everything(self) -> None:
        self.evict(provider="vault")
        self.assertEqual(self.values(), ["user 2", "pw 2", "db 2", "app 1"])
        self.evict()
        self.assertEqual(self.values(), ["user 2", "pw 2", "db 2", "app 2"])

    def test_the_last_answers_as_well(self) -> None:
        self.evict()
        for path in self.vault.answers:
            self.vault.answers[path] = AWAY
        self.failureResultOf(self.manager.get("vault!db"), ProviderUnavailable)

    def test_where_the_spelling_is_not_known_all_of_that_provider(self) -> None:
        def canonical(_: str) -> str:
            raise AWAY

        self.patch(self.vault, "canonical", canonical)
        self.evict("app")
        self.assertEqual(self.values(), ["user 2", "pw 2", "db 2", "app 2"])

    def test_a_name_that_no_provider_can_have(self) -> None:
        self.failureResultOf(self.manager.evict("third!x"), InvalidName)


class ConfigurationTests(SynchronousTestCase):
    """A host whose configuration changes."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.lookups = Lookups(Redactor(), reactor=self.clock)
        self.kept = {"a": Resilience(cache=60), "b": Resilience(cache=60)}
        self.a, self.b = DictProvider("a", {"x": "a1"}), DictProvider("b", {"y": "b1"})

    def values(self, *providers: Any, **settings: Resilience) -> list[str]:
        configuration = Configuration(providers, resilience={**self.kept, **settings})
        names = ("a!x", "b!y")
        looked_up = [self.lookups.get(configuration, name) for name in names]
        return [self.successResultOf(one).value for one in looked_up]

    def test_what_is_kept_of_a_provider_stays_until_it_changes(self) -> None:
        self.values(self.a, self.b)
        self.a.answers["x"], self.b.answers["y"] = "a2", "b2"
        self.assertEqual(self.values(self.b, self.a), ["a1", "b1"])
        self.assertEqual(self.values(self.a, DictProvider("b", {"y": "b3"})), ["a1", "b3"])
        self.assertEqual(self.values(self.a, self.b, a=Resilience(cache=30)), ["a2", "b1"])
        self.lookups.asking.forget(self.b)
        self.assertEqual(self.values(self.a, self.b, a=Resilience(cache=30)), ["a2", "b2"])


class CycleTests(SynchronousTestCase):
    """Providers that need each other, asked by many at the same time."""

    def test_they_end_in_an_error(self) -> None:
        for keys in (
            {"a": "b!locked", "b": "c!locked", "c": "a!locked"},
            {"a": "locked", "b": "locked", "c": "locked"},
            {"a": "b!locked", "b": "a!locked", "c": "a!locked"},
        ):
            clock = Clock()
            manager = SecretManager(
                [LockedProvider(name, Secret(key)) for name, key in keys.items()],
                reactor=clock,
                resilience=dict.fromkeys(keys, Resilience(cache=60, stale=600, breaker=3)),
            )
            asking = [manager.get(f"{name}!locked") for name in keys for _ in range(3)]
            for one in asking:
                self.failureResultOf(one, KeychainError)
            self.assertEqual(clock.getDelayedCalls(), [])

    def test_those_that_wait_for_each_other_s_network(self) -> None:
        """Each is asked in the end for something that needs nobody."""
        clock = Clock()

        class Slow(LockedProvider):
            async def _after(self, path: str) -> str | None:
                await later(1)
                if path == "plain":
                    return f"plain{self.name}"
                key = await self._render(self._key)
                await later(1)
                return f"{path} {key}"

            def get(self, path: str) -> Any:
                return Deferred.fromCoroutine(self._after(path))

        def later(seconds: float) -> Deferred[None]:
            waiting: Deferred[None] = Deferred()
            clock.callLater(seconds, waiting.callback, None)
            return waiting

        manager = SecretManager(
            [Slow("a", Secret("b!plain")), Slow("b", Secret("a!plain"))], reactor=clock, deadline=10
        )
        names = [f"{provider}!{path}" for provider in "ab" for path in ("locked", "plain")]
        asking = {name: manager.get(name) for name in names * 2}
        clock.pump([0.5] * 12)
        values = {name: self.successResultOf(one).value for name, one in asking.items()}
        self.assertEqual(values["a!locked"], "locked plainb")
        self.assertEqual(values["b!locked"], "locked plaina")
        self.assertEqual(clock.getDelayedCalls(), [])
