from __future__ import annotations

from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.configuration import Configuration
from buildbot_keychain.details import PublicText, Requester
from buildbot_keychain.errors import (
    DeadlineExceeded,
    InvalidSecret,
    KeychainError,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
)
from buildbot_keychain.interfaces import ISecretProvider
from buildbot_keychain.lookups import Lookups
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.rendering import Secret
from tests.support.failures import failing_lookups
from tests.support.fakes import DictProvider, LockedProvider, RequesterProvider
from tests.support.reachable import reachable_text

VALUE = "tr0ub4dor&3"


class ConfigurationTests(TestCase):
    """A host whose providers change passes what it has at the time."""

    def test_each_lookup_has_a_configuration_of_its_own(self) -> None:
        lookups = Lookups(Redactor())
        first, second = DictProvider("first", {"x": "1"}), DictProvider("second", {"x": "2"})
        for providers in ((first, second), (second, first), (second,)):
            details = self.successResultOf(lookups.get(Configuration(providers), "x"))
            self.assertEqual(details.source, providers[0].name)
        self.failureResultOf(lookups.get(Configuration(), "x"), SecretNotFound)

    def test_a_lookup_finishes_with_the_configuration_it_began_with(self) -> None:
        lookups = Lookups(Redactor())
        later: Deferred[None] = Deferred()
        slow, fallback = DictProvider("slow", {"x": later}), DictProvider("d", {"x": VALUE})
        answer = lookups.get(Configuration((slow, fallback)), "x")
        self.failureResultOf(lookups.get(Configuration(), "x"), SecretNotFound)
        later.callback(None)
        self.assertEqual(self.successResultOf(answer).value, VALUE)


class LookupTests(TestCase):
    def setUp(self) -> None:
        self.first = DictProvider("first", {"both": "one", "only-first": "1st-value"})
        self.second = DictProvider("second", {"both": "two", "only-second": "2nd-value"})
        self.manager = SecretManager([self.first, self.second])

    def value_of(self, name: str) -> str:
        return str(self.successResultOf(self.manager.get(name)).value)

    def test_the_fakes_keep_the_contract(self) -> None:
        verifyObject(ISecretProvider, self.first)
        verifyObject(ISecretProvider, RequesterProvider())

    def test_providers_are_asked_in_order(self) -> None:
        self.assertEqual(self.value_of("both"), "one")
        self.assertEqual(self.second.asked, [])

    def test_none_goes_on_to_the_next(self) -> None:
        details = self.successResultOf(self.manager.get("only-second"))
        self.assertEqual((details.source, details.key), ("second", "only-second"))
        self.assertEqual(details.value, "2nd-value")

    def test_a_prefix_asks_one_provider_alone(self) -> None:
        self.assertEqual(self.value_of("second!both"), "two")
        self.assertEqual(self.first.asked, [])
        self.failureResultOf(self.manager.get("second!only-first"), SecretNotFound)

    def test_the_field_goes_to_the_provider_as_part_of_the_path(self) -> None:
        self.second.answers["team/app|password"] = VALUE
        self.assertEqual(self.value_of("second!team/app|password"), VALUE)

    def test_a_missing_secret_is_named_with_who_was_asked(self) -> None:
        error = self.failureResultOf(self.manager.get("nowhere"), SecretNotFound).value
        self.assertEqual(error.providers, ("first", "second"))
        self.assertIn("'nowhere'", str(error))
        self.assertIn("first, second", str(error))

    def test_without_providers_the_message_says_so(self) -> None:
        error = self.failureResultOf(SecretManager([]).get("x"), SecretNotFound).value
        self.assertIn("none is configured", str(error))

    def test_where_nobody_can_be_asked_the_message_says_so(self) -> None:
        """As where the one provider needs the secret itself."""
        manager = SecretManager([LockedProvider("locked", Secret("key"))])
        error = self.failureResultOf(manager.get("x"), SecretNotFound).value
        self.assertIn("none can have one of that name, or be asked for it", str(error))
        self.assertNotIn("configured", str(error))

    def test_a_clock_alone_makes_many_values_known(self) -> None:
        values = {f"s{number}": f"value-of-secret-{number:05}" for number in range(300)}
        manager = SecretManager([DictProvider("d", values)], reactor=Clock())
        asking = [manager.get(name) for name in values]
        found = [self.successResultOf(one).value for one in asking]
        self.assertEqual(found, list(values.values()))

    def test_the_requester_is_passed_along(self) -> None:
        manager = SecretManager([RequesterProvider()])
        details = self.successResultOf(manager.get("x", Requester("build", builder="linux")))
        self.assertEqual(details.value, "x for linux")

    def test_a_provider_that_answers_later_is_waited_for(self) -> None:
        later: Deferred[str] = Deferred()
        self.first.get = lambda path: later  # type: ignore[method-assign]
        answer = self.manager.get("both")
        self.assertNoResult(answer)
        self.assertEqual(self.second.asked, [])
        later.callback("late")
        self.assertEqual(self.successResultOf(answer).value, "late")


class ErrorTests(TestCase):
    def ask(self, answer: Any) -> Any:
        self.second = DictProvider("second", {"x": "fallback"})
        manager = SecretManager([DictProvider("first", {"x": answer}), self.second])
        return manager.get("x")

    def test_an_error_ends_the_lookup(self) -> None:
        mine = ProviderUnavailable("first", "x", "the disk is on fire; put it out")
        failure = self.failureResultOf(self.ask(mine), ProviderUnavailable)
        self.assertEqual(str(failure.value), str(mine))
        self.assertEqual(vars(failure.value), vars(mine))
        self.assertEqual(self.second.asked, [])

    def test_no_value_can_be_reached_from_an_error_of_any_provider(self) -> None:
        for way, lookup in failing_lookups(VALUE):
            clock = Clock()
            provider = DictProvider("first", {})
            answer = Deferred.fromCoroutine(lookup(partial(deferLater, clock)))
            provider.get = lambda path, answer=answer: answer  # type: ignore[method-assign, misc]
            result = SecretManager([provider], reactor=clock).get("x")
            clock.advance(1)
            failure = self.failureResultOf(result)
            self.assertIsInstance(failure.value, (KeychainError, CancelledError), way)
            self.assertNotIn(VALUE, reachable_text(failure), way)

    def test_a_foreign_error_tells_where_and_nothing_else(self) -> None:
        foreign = RuntimeError(f"bad token {VALUE}")
        foreign.__cause__ = ValueError(VALUE)
        error = self.failureResultOf(self.ask(foreign), ProviderError).value
        self.assertNotIn(VALUE, reachable_text(error))
        self.assertIsNone(error.__context__)
        for expected in ("first", "'x'", "RuntimeError", "fakes.py"):
            self.assertIn(expected, str(error))
        self.assertEqual(self.second.asked, [])

    def test_an_error_of_ours_loses_what_caused_it(self) -> None:
        mine = ProviderError("first", "x", "it is locked; unlock it")
        mine.__cause__ = ValueError(VALUE)
        error = self.failureResultOf(self.ask(mine), ProviderError).value
        self.assertNotIn(VALUE, reachable_text(error))

    def test_a_cancellation_says_nothing(self) -> None:
        error = self.failureResultOf(self.ask(CancelledError(VALUE)), ProviderUnavailable).value
        self.assertNotIn(VALUE, reachable_text(error))

    def test_a_provider_that_hangs_meets_the_deadline(self) -> None:
        clock = Clock()
        hanging = DictProvider("hanging", {"x": Deferred()})
        manager = SecretManager([hanging], deadline=5, reactor=clock)
        answer = manager.get("x")
        clock.advance(4.9)
        self.assertNoResult(answer)
        clock.advance(0.2)
        error = self.failureResultOf(answer, DeadlineExceeded).value
        self.assertTrue(error.retryable)
        self.assertIn("5 seconds", str(error))

    def test_a_cancelled_lookup_is_cancelled_at_the_provider(self) -> None:
        cancelled: list[bool] = []
        pending: Deferred[str] = Deferred(lambda d: cancelled.append(True))
        answer = SecretManager([DictProvider("slow", {"x": pending})]).get("x")
        answer.addErrback(lambda failure: None)
        answer.cancel()
        self.assertEqual(cancelled, [True])


class RedactionTests(TestCase):
    def test_the_redactor_knows_a_value_before_anyone_else(self) -> None:
        manager = SecretManager([DictProvider("d", {"token": VALUE})])
        seen: list[str] = []
        answer = manager.get("token")
        answer.addCallback(lambda details: seen.append(manager.redactor.redact(details.value)))
        self.assertEqual(seen, ["<token>"])

    def test_a_public_name_is_public_as_it_is_asked_for(self) -> None:
        """A name without a provider says nothing about what a provider has by that name."""
        for public, name, hidden in (
            ("user", "user", False),
            ("user", "vault!user", True),
            ("vault!user", "vault!user", False),
            ("vault!user", "user", False),
            ("other!user", "user", True),
        ):
            provider = DictProvider("vault", {"user": "a-user-of-the-database"})
            manager = SecretManager([provider], public=[public])
            self.successResultOf(manager.get(name))
            shown = manager.redactor.redact("a-user-of-the-database")
            self.assertEqual(shown == "a-user-of-the-database", not hidden, (public, name))

    def test_a_provider_can_declare_a_value_public(self) -> None:
        answers = {"user": PublicText("deploy-bot"), "token": "value-of-token"}
        manager = SecretManager([DictProvider("d", answers)], strict=True)
        details = self.successResultOf(manager.get("user"))
        self.assertIs(type(details.value), str)
        self.successResultOf(manager.get("token"))
        shown = manager.redactor.redact("deploy-bot value-of-token")
        self.assertEqual(shown, "deploy-bot <token>")

    def test_a_public_secret_is_shown(self) -> None:
        manager = SecretManager([DictProvider("d", {"user": "deploy-bot"})], public=["user"])
        self.successResultOf(manager.get("user"))
        self.assertEqual(manager.redactor.redact("deploy-bot"), "deploy-bot")


class StrictTests(TestCase):
    def setUp(self) -> None:
        self.provider = DictProvider("d", {"pin": "zq12", "long": VALUE, "flag": "true"})

    def rejected(self, manager: SecretManager, name: str) -> str:
        error = self.failureResultOf(manager.get(name), InvalidSecret).value
        self.assertEqual((error.provider, error.path), ("d", name))
        self.assertNotIn(self.provider.answers[name], reachable_text(error))
        return str(error)

    def test_weak_values_are_rejected_with_what_to_do(self) -> None:
        manager = SecretManager([self.provider], strict=True)
        self.assertIn(
            "secret 'pin': provider 'd': its value is shorter than 8", self.rejected(manager, "pin")
        )
        self.assertIn("make it longer, or declare its name public", self.rejected(manager, "pin"))
        self.assertEqual(self.successResultOf(manager.get("long")).value, VALUE)

    def test_a_common_word_is_rejected(self) -> None:
        error = self.failureResultOf(
            SecretManager([self.provider], strict=True).get("flag"), InvalidSecret
        )
        self.assertIn("too common to be hidden", str(error.value))

    def test_public_names_are_not(self) -> None:
        manager = SecretManager([self.provider], strict=True, public=["pin"])
        self.assertEqual(self.successResultOf(manager.get("pin")).value, "zq12")

    def test_a_strict_policy_of_the_redactor_says_the_same(self) -> None:
        redactor = Redactor(RedactionPolicy(strict=True))
        self.rejected(SecretManager([self.provider], redactor=redactor), "pin")

    def test_without_it_they_are_served(self) -> None:
        manager = SecretManager([self.provider])
        self.assertEqual(self.successResultOf(manager.get("pin")).value, "zq12")
