"""`Login`: what an authenticator may use to log in once.

It renders arguments, reads files and talks to the server, and turns what goes wrong into errors
that name what to correct. Nothing of what it was given is in them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from buildbot_keychain.errors import KeychainError, quote
from buildbot_keychain.interfaces import IRenderable
from buildbot_keychain.providers.vault.auth._token import Token, is_token, looked_up, token_of
from buildbot_keychain.providers.vault.transport._request_context import Lookup
from buildbot_keychain.providers.vault.transport._responses import Refusal, Refused
from buildbot_keychain.providers.vault.transport._servers import Connection, Work

_LONGEST = 1 << 16


class Login:
    """One login.

    :param connection: the servers.
    :param lookup: what it is done for: deadline, and words of errors.
    :param render: renders arguments that are renderables.
    :param reactor: an ``IReactorTime``.
    :param memory: what an authenticator keeps from one login to the next.
    :ivar was_refused: whether the server has refused it.
    """

    def __init__(
        self,
        connection: Connection,
        lookup: Lookup,
        render: Callable[[object], Deferred[Any]],
        reactor: Any,  # noqa: ANN401 - an IReactorTime
        memory: dict[str, Any],
    ) -> None:
        self.connection = connection
        self.lookup = lookup
        self.memory = memory
        self.was_refused = False
        self._render = render
        self._reactor = reactor

    async def text(self, argument: object, what: str) -> str:
        """Give an argument, rendered if it is a renderable.

        :param what: how messages call it.
        :raise ProviderError: when it is no text, or cannot be had; the message says which secret of
            which provider it was to be.
        """
        value, problem = argument, None
        if is_renderable(argument):
            try:
                value = await self._render(argument)
            except KeychainError as error:
                problem = error
        if problem is not None:
            fail = self.lookup.unavailable if problem.retryable else self.lookup.failed
            raise fail(f"{what} cannot be had: {problem}")
        if not isinstance(value, str) or not value.strip():
            kind = "blank" if isinstance(value, str) else type(value).__name__
            raise self.lookup.failed(f"{what} must render to a text; this one is {kind}")
        return value

    async def file(self, path: str, what: str, *, private: bool) -> str:
        """Give what a file holds, without white space around it.

        :param private: whether others must not be able to read it.
        """
        problem, text = await self.connection.run(self.lookup, lambda: _content(path, private))
        if problem:
            raise self.lookup.denied(f"{what} {quote(path)}: {problem}")
        return str(text)

    async def ask(self, work: Work, wrong: str, *, token: str = "") -> dict[str, Any]:
        """Do `work` once with a server.

        :param wrong: what to correct when the server refuses it.
        :raise AccessDenied: when the server refuses.
        """
        problem = None
        try:
            answer: dict[str, Any] = await self.connection.call(
                self.lookup, work, token=token, repeatable=False
            )
        except Refused as refused:
            problem = _refused(refused)
        if problem:
            self.was_refused = True
            raise self.lookup.denied(f"{problem}; {wrong}")
        return answer

    async def token(self, work: Work, wrong: str) -> Token:
        """Log in by `work`, and give the token."""
        answer = await self.ask(work, wrong)
        token = token_of(answer, self._reactor.seconds())
        if token is None:
            reason = "the server wants more than this login (such as a second factor)"
            raise self.lookup.denied(f"{reason}; {wrong}")
        return token

    async def existing(self, value: str, wrong: str) -> Token:
        """Give a token that somebody else made, with what the server says about it.

        A token may be alive and yet not be allowed to ask about itself.
        """
        if not is_token(value):
            raise self.lookup.denied(f"what is there is no token; {wrong}")
        try:
            answer = await self.connection.call(
                self.lookup, lambda client: client.auth.token.lookup_self(), token=value
            )
        except Refused:
            return Token(value, self._reactor.seconds(), known=False)
        return looked_up(value, answer, self._reactor.seconds())


def is_renderable(value: object) -> bool:
    """Tell whether `value` is a renderable: one of ours, or of a master that renders it."""
    return IRenderable.providedBy(value) or callable(getattr(value, "getRenderingFor", None))


def _refused(refused: Refused) -> str:
    if refused.refusal in {Refusal.NO_MOUNT, Refusal.ABSENT}:
        return "the server has no such login: nothing is mounted there"
    if refused.refusal is Refusal.FORBIDDEN:
        return "the server denies the login, or has no such login mounted"
    return f"the server {refused.reason}"


def _content(path: str, private: bool) -> tuple[str | None, str]:  # noqa: FBT001 - called by name
    """Give what is wrong with a file, and its text. Blocks."""
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_LONGEST + 1)
    except OSError as error:
        return f"it cannot be read ({error.strerror})", ""
    except ValueError:
        return "that is no path", ""
    if not stat.S_ISREG(mode):
        return "it is no file", ""
    if private and mode & 0o007:
        return f"others can read it (mode {stat.S_IMODE(mode):04o}); chmod o-rwx it", ""
    text = content.decode("utf-8", "replace").strip()
    if not text or len(content) > _LONGEST:
        return "it holds no token: it is empty or far too long", ""
    return None, text
