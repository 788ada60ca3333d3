"""Which server is asked, when, and how often: with a client that answers from a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied, DeadlineExceeded, ProviderUnavailable
from buildbot_keychain.providers.http import (
    Interrupted,
    NotSent,
    Request,
    Response,
    TlsFiles,
    UntrustedServer,
    UnusableTlsFiles,
)
from buildbot_keychain.providers.vault.transport import (
    RequestContext,
    VaultRefusal,
    VaultRefused,
    VaultServers,
    _servers,
    parse_addresses,
)

ONE, TWO = "https://one:8200", "https://two:8200"
GOOD = Response(200, {}, b'{"data": 1}')
SEALED = Response(503, {}, b'{"errors": ["Vault is sealed"]}')


def redirect(to: str) -> Response:
    return Response(307, {"location": f"{to}/v1/secret/a"}, b"")


class Client:
    """Stands in for `HttpClient`: answers by server, each with its next answer or its last."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Any]] = {ONE: [GOOD], TWO: [GOOD]}
        self.asked: list[str] = []
        self.requests: list[Request] = []
        self.timeouts: list[float] = []

    def send(self, request: Request, timeout: float) -> Deferred[Response]:
        server = request.url.partition("/v1/")[0]
        self.asked.append(server)
        self.requests.append(request)
        self.timeouts.append(timeout)
        answers = self.answers[server]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Deferred):
            return answer
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)

    def close(self) -> Deferred[None]:
        return succeed(None)


class ServersTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.client = Client()
        self.patch(_servers, "HttpClient", lambda *_, **__: self.client)
        self.servers = self.of(ONE, TWO)

    def of(self, *addresses: str, connections: int = 8) -> VaultServers:
        return VaultServers(
            parse_addresses(addresses),
            TlsFiles(),
            namespace=None,
            connections=connections,
            name="vault",
            reactor=self.clock,
        )

    def send(self, token: str = "", seconds: float = 9.0, **more: Any) -> Deferred[Any]:
        request = self.servers.api.hvac.adapter.get("/v1/secret/a")
        context = RequestContext("vault", "a", self.clock, seconds)
        return Deferred.fromCoroutine(self.servers.send(context, request, token, **more))

    def error(self, sending: Deferred[Any], kind: type[Exception]) -> str:
        failure = self.failureResultOf(sending, kind)
        self.assertIs(failure.type, kind)
        return failure.getErrorMessage()


class AttemptTests(ServersTestCase):
    """One attempt."""

    def test_an_answer(self) -> None:
        self.assertEqual(self.successResultOf(self.send("s.token")), {"data": 1})
        (request,) = self.client.requests
        self.assertEqual((request.method, request.url), ("GET", f"{ONE}/v1/secret/a"))
        self.assertEqual(request.headers["X-Vault-Token"], "s.token")

    def test_without_a_token_none_is_sent(self) -> None:
        self.successResultOf(self.send())
        self.assertNotIn("X-Vault-Token", self.client.requests[0].headers)

    def test_it_may_take_a_third_of_the_time(self) -> None:
        self.successResultOf(self.send(seconds=9.0))
        self.successResultOf(self.send(seconds=1.5))
        self.successResultOf(self.send(seconds=0.5))
        self.assertEqual(self.client.timeouts, [3.0, 1.0, 0.5])

    def test_requests_wait_for_a_connection(self) -> None:
        self.servers = self.of(ONE, connections=2)
        answers: list[Deferred[Response]] = [Deferred() for _ in range(3)]
        self.client.answers[ONE] = [*answers]
        sending = [self.send() for _ in range(3)]
        self.assertEqual(len(self.client.asked), 2)
        # The time that it waits is not taken from its attempt.
        self.clock.advance(4.0)
        answers[0].callback(GOOD)
        self.assertEqual(self.client.timeouts, [3.0, 3.0, 3.0])
        for answer in answers[1:]:
            answer.callback(GOOD)
        self.assertEqual([self.successResultOf(one) for one in sending], [{"data": 1}] * 3)

    def test_who_waits_too_long_was_not_asked(self) -> None:
        self.servers = self.of(ONE, connections=1)
        self.client.answers[ONE] = [Deferred()]
        self.send()
        sending = self.send(seconds=2.0)
        self.clock.advance(2.0)
        self.assertIn("all connections are in use", self.error(sending, DeadlineExceeded))
        self.assertEqual(len(self.client.asked), 1)

    def test_a_connection_is_free_again_whatever_comes_of_it(self) -> None:
        self.servers = self.of(ONE, connections=1)
        self.client.answers[ONE] = [Response(403, {}, b"{}"), Deferred(), GOOD]
        self.failureResultOf(self.send(), VaultRefused)
        cancelled = self.send()
        cancelled.cancel()
        self.failureResultOf(cancelled)
        self.successResultOf(self.send())


class FailoverTests(ServersTestCase):
    """Several servers."""

    def test_the_next_one_is_asked_and_then_asked_first(self) -> None:
        for failure in (
            SEALED,
            NotSent("refused the connection"),
            Interrupted("closed the connection"),
            Response(429, {}, b"{}"),
            Response(200, {}, b"<html>"),
        ):
            self.setUp()
            self.client.answers[ONE] = [failure]
            self.successResultOf(self.send())
            self.successResultOf(self.send())
            self.assertEqual(self.client.asked, [ONE, TWO, TWO])

    def test_a_final_refusal_is_the_callers(self) -> None:
        self.client.answers[ONE] = [Response(403, {}, b"{}")]
        failure = self.failureResultOf(self.send(), VaultRefused)
        self.assertIs(failure.value.refusal, VaultRefusal.FORBIDDEN)
        self.assertEqual(self.client.asked, [ONE])

    def test_what_may_have_been_done_is_not_repeated(self) -> None:
        for failure, asked in (
            (Interrupted("closed the connection"), [ONE]),
            (Response(500, {}, b"{}"), [ONE]),
            (NotSent("refused the connection"), [ONE, TWO]),
            (SEALED, [ONE, TWO]),
        ):
            self.setUp()
            self.client.answers[ONE] = [failure]
            sending = self.send(repeatable=False)
            if asked == [ONE]:
                message = self.error(sending, ProviderUnavailable)
                self.assertIn("it is not retried, for it may have been done", message)
            else:
                self.successResultOf(sending)
            self.assertEqual(self.client.asked, asked)

    def test_a_redirect_leads_to_listed_servers(self) -> None:
        self.servers = self.of(ONE, "https://between:8200", TWO)
        self.client.answers[ONE] = [redirect(TWO)]
        self.successResultOf(self.send())
        self.assertEqual(self.client.asked, [ONE, TWO])

    def test_and_to_no_others(self) -> None:
        self.servers = self.of(ONE)
        self.client.answers[ONE] = [redirect("https://user:pass@evil")]
        message = self.error(self.send("s.token"), AccessDenied)
        self.assertIn("redirects to another server (HTTP 307): 'evil', which", message)
        self.assertNotIn("pass", message)
        self.assertEqual(self.client.asked, [ONE])


class PauseTests(ServersTestCase):
    """When every server has been tried."""

    def advance_until(self, done: Callable[[], bool]) -> float:
        start = self.clock.seconds()
        while not done():
            self.clock.advance(0.01)
        return self.clock.seconds() - start

    def test_it_begins_again_after_pauses_that_double(self) -> None:
        self.client.answers = {ONE: [SEALED], TWO: [SEALED]}
        sending = self.send(seconds=60.0)
        pauses = []
        for count in range(2, 16, 2):
            self.assertEqual(len(self.client.asked), count)
            pauses.append(self.advance_until(lambda c=count: len(self.client.asked) > c))  # type: ignore[misc]
        for pause, bound in zip(pauses, (0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0), strict=True):
            self.assertTrue(bound / 2 - 0.02 < pause < bound + 0.02, pauses)
        self.client.answers[ONE] = [GOOD]
        self.advance_until(lambda: sending.called)
        self.successResultOf(sending)

    def test_a_server_may_say_how_long(self) -> None:
        self.servers = self.of(ONE)
        self.client.answers[ONE] = [Response(429, {"retry-after": "2"}, b"{}"), GOOD]
        sending = self.send()
        self.assertGreaterEqual(self.advance_until(lambda: sending.called), 2.0)

    def test_a_pause_that_is_too_long_is_not_begun(self) -> None:
        self.servers = self.of(ONE)
        self.client.answers[ONE] = [Response(429, {"retry-after": "600"}, b"{}")]
        self.assertIn("rate limit quota", self.error(self.send(), ProviderUnavailable))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_the_error_says_what_each_server_did(self) -> None:
        for answer, reason in (
            (NotSent("refused the connection"), "refused the connection; is it running"),
            (
                NotSent("broke off; does it speak https there?", answered=True),
                "broke off; does it speak https there?",
            ),
            (UntrustedServer("has a certificate"), "has a certificate; set ca_bundle"),
            (UnusableTlsFiles("ca_bundle /x is empty"), "cannot be asked: ca_bundle /x is empty"),
        ):
            self.setUp()
            self.client.answers = {ONE: [answer], TWO: [SEALED]}
            sending = self.send(seconds=0.05)
            message = self.error(sending, ProviderUnavailable)
            self.assertIn(f"{ONE} {reason}", message)
            self.assertIn(f"; {TWO} is sealed", message)

    def test_servers_that_do_not_answer_are_late(self) -> None:
        late = Interrupted("did not answer in time")
        self.client.answers = {ONE: [late], TWO: [late]}
        message = self.error(self.send(seconds=0.05), DeadlineExceeded)
        self.assertIn("no answer within 0.05 seconds", message)

    def test_what_came_before_the_time_was_over_is_reported(self) -> None:
        self.servers = self.of(ONE)
        hanging: Deferred[Response] = Deferred()
        self.client.answers[ONE] = [SEALED, hanging]
        sending = self.send(seconds=2.0)
        self.advance_until(lambda: len(self.client.asked) == 2)
        self.clock.advance(2.0)
        hanging.errback(Interrupted("did not answer in time", timed_out=True))
        self.assertIn("is sealed", self.error(sending, ProviderUnavailable))

    def test_after_a_stop_nothing_is_tried_again(self) -> None:
        self.client.answers = {ONE: [NotSent("closed")], TWO: [NotSent("closed")]}
        self.successResultOf(Deferred.fromCoroutine(self.servers.stop()))
        self.error(self.send(), ProviderUnavailable)
        self.assertEqual(self.clock.getDelayedCalls(), [])
