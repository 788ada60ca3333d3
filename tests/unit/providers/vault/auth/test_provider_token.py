"""The provider's token: logins, renewals, ends and denials, on a clock that is put forward."""

from __future__ import annotations

import os
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import TOKEN, Credential
from buildbot_keychain.errors import AccessDenied, DeadlineExceeded, ProviderUnavailable
from buildbot_keychain.providers.vault.auth import (
    NoAuthenticator,
    ProviderToken,
    Token,
    VaultAuthenticatorApprole,
    VaultAuthenticatorToken,
    VaultAuthenticatorTokenFile,
)
from buildbot_keychain.providers.vault.transport import VaultRefusal
from tests.support.vault.fake_servers import (
    LOOKUP_SELF,
    RENEW_SELF,
    FakeServers,
    context,
    forbidden,
    refused,
    token_answer,
    unknown_token,
)

LOGIN = "auth/approle/login"


class ProviderTokenTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.servers = FakeServers()
        self.servers.answers[LOGIN] = lambda _: token_answer(f"s.{self.count(LOGIN)}")
        self.servers.answers[RENEW_SELF] = lambda sent: token_answer(sent.token)
        self.tokens = self.of(VaultAuthenticatorApprole("role", "secret"))

    def of(self, authenticator: Any) -> ProviderToken:
        servers: Any = self.servers
        return ProviderToken(
            servers, authenticator, name="vault", seconds=10.0, render=succeed, clock=self.clock
        )

    def count(self, path: str) -> int:
        return self.servers.paths().count(path)

    def get(self, seconds: float = 10.0) -> Deferred[Token]:
        return Deferred.fromCoroutine(self.tokens.get(context(self.clock, seconds)))

    def value(self) -> str:
        return self.successResultOf(self.get()).value

    def error(self, kind: type[Exception]) -> str:
        return str(self.failureResultOf(self.get(), kind).value)


class ExpiryTests(ProviderTokenTestCase):
    """When the token ends, where nothing follows it by itself."""

    def ends(self) -> list[tuple[float, str]]:
        expiries = self.successResultOf(Deferred.fromCoroutine(self.tokens.expiries()))
        return [(each.when, each.remedy) for each in expiries]

    def test_a_login_has_another_one_made(self) -> None:
        self.assertEqual(self.ends(), [])
        self.value()
        self.assertEqual(self.ends(), [])

    def test_a_login_that_is_refused_has_none_made(self) -> None:
        self.value()
        self.servers.answers[LOGIN] = self.servers.answers[RENEW_SELF] = forbidden()
        self.clock.advance(25)
        self.value()
        ((when, remedy),) = self.ends()
        self.assertEqual(when, 60)
        self.assertIn("the provider cannot log in: ", remedy)

    def test_a_token_that_was_given(self) -> None:
        self.tokens = self.of(VaultAuthenticatorToken("s.given"))
        for renewable, ends in (
            (True, []),
            (False, [(90.0, "give the provider another one: it cannot be renewed")]),
        ):
            self.servers.answers[LOOKUP_SELF] = {"data": {"ttl": 90, "renewable": renewable}}
            self.tokens = self.of(VaultAuthenticatorToken("s.given"))
            self.value()
            self.assertEqual(self.ends(), ends)

    def test_a_token_in_a_file_is_left_to_what_writes_it(self) -> None:
        path = self.mktemp()
        with open(path, "w", encoding="ascii", opener=private) as file:
            file.write("s.file")
        self.servers.answers[LOOKUP_SELF] = {"data": {"ttl": 90, "renewable": True}}
        self.tokens = self.of(VaultAuthenticatorTokenFile(path))
        self.value()
        self.assertEqual(self.ends(), [(90.0, f"replace it in {path}")])


def private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class LoginTests(ProviderTokenTestCase):
    """When there is a login."""

    def test_all_wait_for_one_login(self) -> None:
        login: Deferred[Any] = Deferred()
        self.servers.answers[LOGIN] = login
        waiting = [self.get() for _ in range(5)]
        login.callback(token_answer())
        self.assertEqual({self.successResultOf(one).value for one in waiting}, {"s.token"})
        self.assertEqual(self.count(LOGIN), 1)

    def test_each_waits_no_longer_than_it_may(self) -> None:
        self.servers.answers[LOGIN] = Deferred()
        first, second = self.get(2.0), self.get(5.0)
        self.clock.advance(2.0)
        failure = self.failureResultOf(first, DeadlineExceeded)
        self.assertIn("the login is not done", failure.getErrorMessage())
        self.assertNoResult(second)
        self.tokens.stop()
        self.failureResultOf(second, CancelledError)

    def test_a_refused_login_is_not_repeated_at_once(self) -> None:
        self.servers.answers[LOGIN] = refused(VaultRefusal.BAD_REQUEST)
        for _ in range(3):
            self.assertIn("cannot log in: the server rejects", self.error(AccessDenied))
        self.assertEqual(self.count(LOGIN), 1)
        rests = []
        for _ in range(6):
            start = self.clock.seconds()
            count = self.count(LOGIN)
            while self.count(LOGIN) == count:
                self.clock.advance(0.5)
                self.error(AccessDenied)
            rests.append(self.clock.seconds() - start)
        self.assertEqual(rests, [1.0, 2.0, 4.0, 8.0, 15.0, 15.0])

    def test_one_that_no_server_answered_is(self) -> None:
        self.servers.answers[LOGIN] = ProviderUnavailable("vault", "p", "it is away")
        self.assertIn("cannot log in: it is away", self.error(ProviderUnavailable))
        self.error(ProviderUnavailable)
        self.assertEqual(self.count(LOGIN), 2)

    def test_a_token_that_has_ended_is_replaced(self) -> None:
        self.assertEqual(self.tokens.credentials(), [])
        self.assertEqual([self.value(), self.value()], ["s.1", "s.1"])
        self.assertEqual(self.tokens.credentials(), [Credential(TOKEN, 60.0)])
        self.clock.advance(60.0)
        self.assertEqual(self.tokens.credentials(), [])
        self.assertEqual(self.value(), "s.2")

    def test_it_is_forgotten_when_the_provider_stops(self) -> None:
        self.tokens.start()
        self.value()
        self.tokens.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.value(), "s.2")


class RenewalTests(ProviderTokenTestCase):
    """What happens after a third of its life."""

    def test_it_is_renewed_while_the_provider_runs(self) -> None:
        self.tokens.start()
        self.value()
        self.clock.pump([1.0] * 100)
        self.assertEqual((self.count(RENEW_SELF), self.count(LOGIN)), (5, 1))
        self.assertEqual(self.value(), "s.1")

    def test_otherwise_when_it_is_needed(self) -> None:
        self.value()
        self.clock.advance(19.0)
        self.value()
        self.assertEqual(self.count(RENEW_SELF), 0)
        self.clock.advance(2.0)
        self.value()
        self.assertEqual(self.count(RENEW_SELF), 1)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_where_renewing_gains_nothing_there_is_a_login(self) -> None:
        answers: tuple[Any, ...] = (
            lambda sent: token_answer(sent.token, ttl=20),
            refused(VaultRefusal.BAD_REQUEST),
            {},
        )
        for answer in answers:
            self.setUp()
            self.servers.answers[RENEW_SELF] = answer
            self.tokens.start()
            self.value()
            self.clock.pump([1.0] * 35)
            self.assertEqual(self.value(), "s.2")
            self.assertEqual(self.count(RENEW_SELF), 1)

    def test_while_no_server_answers_the_old_one_serves_and_it_is_tried_again(self) -> None:
        self.servers.answers[RENEW_SELF] = ProviderUnavailable("vault", "p", "it is away")
        self.tokens.start()
        self.value()
        self.clock.pump([1.0] * 50)
        self.assertGreater(self.count(RENEW_SELF), 3)
        self.assertEqual(self.value(), "s.1")
        self.servers.answers[RENEW_SELF] = lambda sent: token_answer(sent.token)
        self.clock.pump([1.0] * 20)
        self.assertEqual((self.value(), self.count(LOGIN)), ("s.1", 1))

    def test_a_token_that_somebody_else_made_is_left_to_end(self) -> None:
        self.servers.answers[LOOKUP_SELF] = {"data": {"ttl": 60, "renewable": False}}
        self.tokens = self.of(VaultAuthenticatorToken("s.given"))
        self.tokens.start()
        self.value()
        with capturedLogs() as events:
            self.clock.pump([1.0] * 50)
        (warning,) = map(formatEvent, events)
        self.assertIn("it ends in 40 seconds and cannot be renewed; replace it", warning)
        self.assertEqual(self.servers.paths(), [LOOKUP_SELF])
        self.assertEqual(self.value(), "s.given")

    def test_a_token_whose_renewal_is_refused_is_left_to_end(self) -> None:
        self.servers.answers[LOOKUP_SELF] = {"data": {"ttl": 60, "renewable": True}}
        self.servers.answers[RENEW_SELF] = forbidden()
        self.tokens = self.of(VaultAuthenticatorToken("s.given"))
        self.tokens.start()
        self.value()
        with capturedLogs() as events:
            self.clock.pump([1.0] * 59)
        self.assertEqual(self.count(RENEW_SELF), 1)
        (warning,) = map(formatEvent, events)
        self.assertIn("denies permission", warning)
        self.assertEqual(warning.count("vault"), 1)


class ReplacementTests(ProviderTokenTestCase):
    """Another token than one that was denied something."""

    def replace(self, denied: Token, path: str = "secret/a") -> Token | None:
        replacing = self.tokens.replace(denied, path, context(self.clock))
        return self.successResultOf(Deferred.fromCoroutine(replacing))

    def explanation(self, token: Token, denial: str | None = None) -> str:
        explaining = self.tokens.explain_denial(token, "secret/a", denial, context(self.clock))
        return self.successResultOf(Deferred.fromCoroutine(explaining))

    def test_there_is_a_login(self) -> None:
        first = self.successResultOf(self.get())
        second = self.replace(first)
        assert second is not None
        self.assertEqual(second.value, "s.2")
        # Who was denied with the first one too needs no other login.
        self.assertEqual(self.replace(first), second)
        self.assertEqual(self.count(LOGIN), 2)

    def test_a_path_that_is_denied_for_good_causes_none_for_a_while(self) -> None:
        token = self.successResultOf(self.get())
        self.servers.answers[LOOKUP_SELF] = {"data": {}}
        self.assertIn("'secret/a'", self.explanation(token))
        self.assertIsNone(self.replace(token))
        self.assertIsNotNone(self.replace(token, "secret/b"))
        self.clock.advance(15.0)
        token = self.successResultOf(self.get())
        self.assertIsNotNone(self.replace(token))

    def test_the_same_token_is_no_other(self) -> None:
        self.servers.answers[LOOKUP_SELF] = forbidden()
        self.tokens = self.of(VaultAuthenticatorToken("s.given"))
        token = self.successResultOf(self.get())
        self.assertIsNone(self.replace(token))
        self.assertIn("to a token that is alive: its policy must allow", self.explanation(token))
        self.assertEqual(self.explanation(token, "the caller says why"), "the caller says why")

    def test_a_token_that_the_server_does_not_know_is_reported_as_such(self) -> None:
        """Whatever was denied to it: also what is mounted there."""
        self.servers.answers[LOOKUP_SELF] = unknown_token()
        self.tokens = self.of(VaultAuthenticatorToken("s.given"))
        token = self.successResultOf(self.get())
        self.assertIsNone(self.replace(token))
        for denial in (None, "nothing is mounted there"):
            self.assertEqual(
                self.explanation(token, denial),
                "the server does not know the token: it is wrong, has expired or was revoked; "
                "replace it",
            )

    def test_a_token_of_which_nothing_is_known(self) -> None:
        token = self.successResultOf(self.get())
        self.servers.answers[LOOKUP_SELF] = ProviderUnavailable("vault", "p", "it is away")
        self.assertIn("or the token has expired or was revoked", self.explanation(token))

    def test_requests_without_a_token(self) -> None:
        self.tokens = self.of(NoAuthenticator())
        token = self.successResultOf(self.get())
        self.assertEqual(token.value, "")
        self.assertIsNone(self.replace(token))
        self.servers.answers[LOOKUP_SELF] = unknown_token()
        self.assertIn("no token was sent: give an authenticator", self.explanation(token))
        self.servers.answers[LOOKUP_SELF] = {"data": {}}  # a proxy has added one
        self.assertIn("a token that is alive: its policy must", self.explanation(token))

    def test_a_token_that_was_revoked_later_is_reported_as_such(self) -> None:
        self.servers.answers[LOOKUP_SELF] = {"data": {}}
        self.tokens = self.of(VaultAuthenticatorToken("s.given"))
        token = self.successResultOf(self.get())
        self.servers.answers[LOOKUP_SELF] = unknown_token()
        self.assertIsNone(self.replace(token))
        self.assertIn("does not know the token", self.explanation(token))


class FileTests(ProviderTokenTestCase):
    """A token in a file."""

    def test_a_file_that_has_changed_is_read_again(self) -> None:

        path = self.mktemp()
        for value in ("s.first", "s.second-one"):
            descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            os.write(descriptor, value.encode())
            os.close(descriptor)
            if value == "s.first":
                self.servers.answers[LOOKUP_SELF] = {"data": {}}
                self.tokens = self.of(VaultAuthenticatorTokenFile(path))
            self.assertEqual([self.value(), self.value()], [value] * 2)
        self.assertEqual(self.count(LOOKUP_SELF), 2)

    def test_what_writes_the_file_renews_the_token(self) -> None:
        path = self.mktemp()
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(descriptor, b"s.file")
        os.close(descriptor)
        for renewable in (True, False):
            self.servers.answers[LOOKUP_SELF] = {"data": {"ttl": 60, "renewable": renewable}}
            self.tokens = self.of(VaultAuthenticatorTokenFile(path))
            self.tokens.start()
            with capturedLogs() as events:
                self.assertEqual(self.value(), "s.file")
                self.clock.pump([1.0] * 70)
                self.assertEqual(self.value(), "s.file")
            self.assertEqual(events, [])
        self.assertEqual(self.servers.paths(), [LOOKUP_SELF] * 4)
