from __future__ import annotations

import threading
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock, deferLater
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.configuration import Configuration
from buildbot_keychain.details import PublicText, Requester
from buildbot_keychain.errors import (
    DeadlineExceeded,
    EmptySecret,
    InvalidName,
    InvalidSecret,
    KeychainError,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
)
from buildbot_keychain.interfaces import IListsNames, IRendersArguments, ISecretProvider
from buildbot_keychain.lookups import Lookups
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.rendering import Interpolate, Secret
from tests.support.failures import failing_lookups
from tests.support.fakes import DictProvider, ListingProvider, LockedProvider, RequesterProvider
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


class HintTests(TestCase):
    """What may have been meant by a name that nobody holds."""

    async def test_the_names_that_providers_list(self) -> None:
        listing = ListingProvider("d", {"x": VALUE, "deploy_token": VALUE})
        verifyObject(IListsNames, listing)
        message = str(await self.assertFailure(self.lookup(listing), SecretNotFound))
        self.assertIn("secret 'depoly_token': no provider holds it (asked: d); did you", message)
        self.assertIn("did you mean 'deploy_token'? add it", message)
        broken = ListingProvider("b", {"deploy_token": VALUE, "x": OSError(VALUE)})
        message = str(await self.assertFailure(self.lookup(broken), SecretNotFound))
        self.assertNotIn("did you mean", message)

    async def test_strangers_learn_no_names(self) -> None:
        """Whoever may choose a part of a name could otherwise list what there is."""
        listing = ListingProvider("d", {"ci/tokens": VALUE, "deploy_token": VALUE})
        listing.kind = "vault"  # type: ignore[attr-defined]
        error = await self.assertFailure(self.lookup(listing), SecretNotFound)
        self.assertNotIn("deploy_token", error.page_message)
        error = await self.assertFailure(self.lookup(listing, "ci/token"), SecretNotFound)
        self.assertIn("did you mean 'ci/tokens'?", str(error))
        self.assertIn("if 'token' is a field of 'ci', write 'ci|token'.", error.page_message)
        error = await self.assertFailure(self.lookup(listing, "vault:x"), SecretNotFound)
        self.assertIn("write 'vault!x'", error.page_message)

    async def test_names_are_compared_in_one_thread(self) -> None:
        """Neither in the reactor's, nor in one for each secret that is missing."""
        threads: list[threading.Thread] = []

        class Name(str):
            __slots__ = ()

            def __len__(self) -> int:
                threads.append(threading.current_thread())
                return 5

        lookups = Lookups(Redactor())
        configuration = Configuration((ListingProvider("d", {Name("other"): VALUE}),))
        for _ in range(2):
            at_once = [lookups.get(configuration, "missing") for _ in range(5)]
            for lookup in at_once:
                await self.assertFailure(lookup, SecretNotFound)
            self.assertEqual(len(set(threads)), 1)
            self.assertNotIn(threading.main_thread(), threads)
            threads.clear()

    def test_no_names_are_listed_where_the_secret_may_be_missing(self) -> None:
        listing = ListingProvider("d", {"deploy_token": VALUE})
        self.patch(listing, "names", lambda: self.fail("listed"))
        manager = SecretManager([listing])
        for operator, expected in (":-no", "no"), (":~no", "no"), (":+yes", ""), (":?|y|n", "n"):
            text = Interpolate(f"%(secret:depoly_token{operator})s")
            self.assertEqual(self.successResultOf(manager.render(text)), expected)

    def lookup(self, provider: Any, name: str = "depoly_token") -> Deferred[Any]:
        return Lookups(Redactor()).get(Configuration((provider,)), name)


class RenderedArgumentTests(TestCase):
    """Providers that need a secret of another provider before they can answer."""

    def setUp(self) -> None:
        self.files = DictProvider("files", {"key": VALUE})

    def test_the_fake_keeps_the_contract(self) -> None:
        verifyObject(IRendersArguments, LockedProvider("locked", "key"))

    def test_the_key_is_looked_up_in_the_others_and_anew_each_time(self) -> None:
        manager = SecretManager([LockedProvider("vault", Secret("key")), self.files])
        details = self.successResultOf(manager.get("vault!locked"))
        self.assertEqual(details.value, f"locked behind {VALUE}")
        self.assertEqual(manager.redactor.redact(f"a {VALUE}"), "a <key>")
        self.files.answers["key"] = "rotated-key"
        details = self.successResultOf(manager.get("vault!locked"))
        self.assertEqual(details.value, "locked behind rotated-key")

    def test_a_provider_that_needs_a_key_of_its_own_is_an_error(self) -> None:
        manager = SecretManager([LockedProvider("vault", Secret("vault!key"))])
        error = self.failureResultOf(manager.get("vault!locked"), InvalidName).value
        self.assertIn("secret 'vault!key': the provider 'vault' needs it", str(error))

    def test_keys_that_depend_on_each_other_are_not_found(self) -> None:
        manager = SecretManager(
            [LockedProvider("one", Secret("locked")), LockedProvider("two", Secret("locked"))]
        )
        self.failureResultOf(manager.get("one!locked"), SecretNotFound)


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

    def test_names_that_no_provider_can_have(self) -> None:
        for name in ("", "  ", None, 3, "third!x", "first!"):
            failure = self.failureResultOf(self.manager.get(name), InvalidName)  # type: ignore[arg-type]
            self.assertTrue(str(failure.value))

    def test_an_unknown_provider_is_reported_with_those_there_are(self) -> None:
        error = self.failureResultOf(self.manager.get("vualt!x"), InvalidName).value
        self.assertIn("first, second", str(error))

    def test_a_provider_is_addressed_by_its_kind_too(self) -> None:
        self.second.kind = "vault"  # type: ignore[attr-defined]
        self.assertEqual(self.value_of("vault!both"), "two")

    def test_two_of_a_kind_cannot_be_addressed_by_it(self) -> None:
        self.first.kind = self.second.kind = "vault"  # type: ignore[attr-defined]
        error = self.failureResultOf(self.manager.get("vault!both"), InvalidName).value
        self.assertIn("2 providers", str(error))

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
        error = self.failureResultOf(self.ask(CancelledError(VALUE)), CancelledError).value
        self.assertNotIn(VALUE, reachable_text(error))

    def test_bytes_are_read_as_utf_8(self) -> None:
        self.assertEqual(self.successResultOf(self.ask("пароль".encode())).value, "пароль")

    def test_bytes_that_are_not_utf_8_are_an_error_without_them(self) -> None:
        error = self.failureResultOf(self.ask(b"s3cr3t\xff"), InvalidSecret).value
        self.assertNotIn("s3cr3t", reachable_text(error))
        self.assertIn("UTF-8", str(error))

    def test_a_lone_surrogate_is_an_error_without_the_rest(self) -> None:
        error = self.failureResultOf(self.ask("s3cr3t\udcff"), InvalidSecret).value
        self.assertNotIn("s3cr3t", reachable_text(error))
        self.assertIn("not valid Unicode", str(error))

    def test_any_other_type_is_an_error_that_names_provider_and_type(self) -> None:
        for answer in (42, ["s3cr3t"], {"s3cr3t": 1}, object()):
            error = self.failureResultOf(self.ask(answer), InvalidSecret).value
            self.assertIn("first", str(error))
            self.assertIn(type(answer).__name__, str(error))
            self.assertNotIn("s3cr3t", reachable_text(error))

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

    def test_a_weak_secret_is_named_once_and_never_shown(self) -> None:
        events: list[dict[str, Any]] = []
        observer: Any = events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        manager = SecretManager([DictProvider("d", {"pin": "zq1"})])
        for _ in range(3):
            self.successResultOf(manager.get("pin"))
        warnings = [event for event in events if event.get("name") == "pin"]
        self.assertEqual(len(warnings), 1)
        self.assertNotIn("zq1", repr(warnings[0]))


class EmptyTests(TestCase):
    """Values with which a build would be green and wrong."""

    def setUp(self) -> None:
        self.provider = DictProvider(
            "d", {"no": "", "blank": " \n", "mark": "\ufeff\n", "yes": VALUE}
        )

    def test_an_empty_value_is_an_error_that_says_how_to_allow_it(self) -> None:
        manager = SecretManager([self.provider, DictProvider("e", {"no": VALUE})])
        for name in ("no", "d!no", "blank", "mark"):
            error = self.failureResultOf(manager.get(name), EmptySecret).value
            self.assertIn("provider 'd': its value is empty; ", str(error))
            self.assertIn("allow_empty=", str(error))
        self.assertEqual(self.successResultOf(manager.get("yes")).value, VALUE)

    def test_a_name_that_is_allowed_to_be_empty(self) -> None:
        manager = SecretManager([self.provider], allow_empty=["no", "d!blank"])
        self.assertEqual(self.successResultOf(manager.get("no")).value, "")
        self.failureResultOf(manager.get("d!no"), EmptySecret)
        for name in ("d!blank", "blank"):
            self.assertEqual(self.successResultOf(manager.get(name)).value, " \n")

    def test_operators(self) -> None:
        """Those that are about empty values accept one; a default for a missing one does not."""
        manager = SecretManager([self.provider])
        for part, text in {":~else": "else", ":#?|yes|no": "no"}.items():
            rendered = manager.render(Interpolate(f"%(secret:no{part})s"))
            self.assertEqual(self.successResultOf(rendered), text)
        for part in ("", ":-else", ":+there", ":?|yes|no"):
            self.failureResultOf(manager.render(Interpolate(f"%(secret:no{part})s")), EmptySecret)


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
