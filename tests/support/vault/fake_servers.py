"""Servers that answer from a dict, in place of `VaultServers`; hvac itself builds the requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from buildbot_keychain.providers.vault.auth import Session, Token
from buildbot_keychain.providers.vault.renewal import Term
from buildbot_keychain.providers.vault.transport import (
    ApiRequest,
    RequestContext,
    VaultRefusal,
    VaultRefused,
)
from buildbot_keychain.providers.vault.transport._api import VaultApi

LOOKUP_SELF = "auth/token/lookup-self"
RENEW_SELF = "auth/token/renew-self"
REVOKE_SELF = "auth/token/revoke-self"


@dataclass(frozen=True)
class Sent:
    """A request, as it reached the servers."""

    path: str
    token: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    repeatable: bool = True


class FakeServers:
    """Answers each path from `answers`: a dict, an exception, a Deferred, or a function of `Sent`.

    :ivar sent: the requests, in their order.
    """

    def __init__(self, **answers: Any) -> None:
        self.api = VaultApi(None)
        self.is_ready = True
        self.answers: dict[str, Any] = answers
        self.sent: list[Sent] = []

    def paths(self) -> list[str]:
        return [sent.path for sent in self.sent]

    async def prepare(self, context: RequestContext) -> None:
        self.is_ready = True

    async def stop(self) -> None:
        self.is_ready = False

    async def run(self, context: RequestContext, work: Callable[[], Any]) -> Any:
        return work()

    async def send(
        self,
        context: RequestContext,
        request: ApiRequest,
        token: str = "",
        *,
        repeatable: bool = True,
    ) -> Any:
        body = json.loads(request.body) if request.body else {}
        sent = Sent(request.path, token, body, repeatable)
        self.sent.append(sent)
        answer = self.answers.get(request.path, refused(VaultRefusal.ABSENT, 404))
        if isinstance(answer, Deferred):
            answer = await answer
        if callable(answer):
            answer = answer(sent)
        if isinstance(answer, Exception):
            raise answer
        return answer


class OneToken:
    """A `TokenSource` with one token that is never replaced."""

    def __init__(self, value: str = "s.own") -> None:
        self.token = Token(value, Term(0.0))

    async def get(self, context: RequestContext) -> Token:
        return self.token

    async def replace(self, denied: Token, path: str, context: RequestContext) -> Token | None:
        return None

    async def explain_denial(
        self, token: Token, path: str, denial: str | None, context: RequestContext
    ) -> str:
        return denial or f"denied {path}"


def session_of(servers: Any) -> Session:
    """A session with one token."""
    return Session(servers, OneToken())


def refused(refusal: VaultRefusal, status: int = 400) -> VaultRefused:
    return VaultRefused(refusal, status)


def forbidden() -> VaultRefused:
    return refused(VaultRefusal.FORBIDDEN, 403)


def unknown_token() -> VaultRefused:
    """What the server answers to a token that it does not know."""
    return VaultRefused(VaultRefusal.FORBIDDEN, 403, is_token_unknown=True)


def context(clock: Clock | None = None, seconds: float = 10.0) -> RequestContext:
    return RequestContext("vault", "asked/for", clock or Clock(), seconds)


def token_answer(value: str = "s.token", ttl: float = 60, **more: Any) -> dict[str, Any]:
    auth = {"client_token": value, "lease_duration": ttl, "renewable": True, **more}
    return {"auth": {"accessor": f"accessor-of-{value}", **auth}}
