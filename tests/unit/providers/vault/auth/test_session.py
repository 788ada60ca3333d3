"""Requests with a token, and with another one when the first is denied."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied
from buildbot_keychain.providers.vault.auth import Session, Token
from buildbot_keychain.providers.vault.renewal import Term
from buildbot_keychain.providers.vault.transport import (
    RequestContext,
    VaultRefusal,
    VaultRefused,
)
from tests.support.vault.fake_servers import FakeServers, Sent, context, forbidden, refused


class Tokens:
    """A `TokenSource`: one token, and others that replace it."""

    def __init__(self, *values: str) -> None:
        self.values = list(values)
        self.denials: list[tuple[str, str]] = []

    async def get(self, _: RequestContext) -> Token:
        return Token(self.values[0], Term(0.0))

    async def replace(self, denied: Token, path: str, _: RequestContext) -> Token | None:
        assert denied.value == self.values.pop(0)
        return Token(self.values[0], Term(0.0)) if self.values else None

    async def explain_denial(
        self, token: Token, path: str, denial: str | None, _: RequestContext
    ) -> str:
        self.denials.append((token.value, path))
        return denial or "the source says why"


class SessionTests(SynchronousTestCase):
    """`Session`."""

    def send(self, tokens: Tokens, servers: Any, **more: Any) -> Deferred[Any]:
        session = Session(servers, tokens)
        request = session.api.hvac.adapter.get("/v1/secret/a")
        return Deferred.fromCoroutine(session.send(context(), request, **more))

    def servers(self, good: str) -> FakeServers:
        def answer(sent: Sent) -> Any:
            return {"data": 1} if sent.token == good else forbidden()

        return FakeServers(**{"secret/a": answer})

    def test_an_answer(self) -> None:
        servers = self.servers("one")
        self.assertEqual(self.successResultOf(self.send(Tokens("one"), servers)), {"data": 1})
        self.assertEqual(servers.sent, [Sent("secret/a", "one")])

    def test_a_denied_token_is_replaced_once(self) -> None:
        servers, tokens = self.servers("two"), Tokens("one", "two")
        self.assertEqual(self.successResultOf(self.send(tokens, servers)), {"data": 1})
        self.assertEqual([sent.token for sent in servers.sent], ["one", "two"])
        self.assertEqual(tokens.denials, [])

    def test_what_is_denied_to_both_is_denied(self) -> None:
        servers, tokens = self.servers("three"), Tokens("one", "two", "three")
        failure = self.failureResultOf(self.send(tokens, servers), AccessDenied)
        self.assertIn("the source says why", failure.getErrorMessage())
        self.assertEqual(tokens.denials, [("two", "secret/a")])
        self.assertEqual(len(servers.sent), 2)

    def test_without_another_token_it_is_denied_with_the_callers_words(self) -> None:
        servers, tokens = self.servers("two"), Tokens("one")
        failure = self.failureResultOf(
            self.send(tokens, servers, denial="the caller says why"), AccessDenied
        )
        self.assertIn("the caller says why", failure.getErrorMessage())
        self.assertEqual(tokens.denials, [("one", "secret/a")])

    def test_other_refusals_are_the_callers(self) -> None:
        servers = FakeServers(**{"secret/a": refused(VaultRefusal.NO_MOUNT, 404)})
        failure = self.failureResultOf(self.send(Tokens("one", "two"), servers), VaultRefused)
        self.assertIs(failure.value.refusal, VaultRefusal.NO_MOUNT)
        self.assertEqual(len(servers.sent), 1)
