"""`Login`: what an authenticator may use to log in once.

It renders arguments, reads files and asks the server, and turns what goes wrong into errors that
name what to correct. They contain nothing of what it was given.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from buildbot_keychain.errors import KeychainError, ProviderUnavailable, quote
from buildbot_keychain.providers.arguments import SecretArgument
from buildbot_keychain.providers.files import without_waiting
from buildbot_keychain.providers.vault.auth._token import (
    Token,
    is_token,
    looked_up_token,
    parse_token,
)
from buildbot_keychain.providers.vault.renewal import Term
from buildbot_keychain.providers.vault.transport import (
    ApiRequest,
    RequestContext,
    VaultRefusal,
    VaultRefused,
    VaultServers,
)

_MAX_FILE_SIZE = 1 << 16


class Login:
    """One login.

    :param context: its deadline, and the words of its errors.
    :param render: renders arguments that are renderables.
    :param clock: an ``IReactorTime``.
    :param memory: what an authenticator keeps from one login to the next.
    :ivar api: what builds requests.
    :ivar was_refused: whether the server has refused it.
    """

    def __init__(
        self,
        servers: VaultServers,
        context: RequestContext,
        render: Callable[[object], Deferred[Any]],
        clock: Any,  # noqa: ANN401 - an IReactorTime
        memory: dict[str, Any],
    ) -> None:
        self.servers = servers
        self.api = servers.api
        self.context = context
        self.memory = memory
        self.was_refused = False
        self._render = render
        self._clock = clock

    async def text(self, argument: SecretArgument) -> str:
        """Return the text of an argument, rendered if it is a renderable.

        :raise ProviderError: when it cannot be rendered, or renders to what cannot be used; the
            message says which secret of which provider was missing.
        """
        return await render_secret(argument, argument.option, self._render, self.context)

    async def file(self, path: str, name: str, *, private: bool) -> str:
        """Return the text of a file, without white space around it.

        :param private: whether other users must not be able to read it.
        :raise AccessDenied: when it cannot be read or trusted.
        """
        try:
            return await self.servers.run(self.context, lambda: read_file(path, private=private))
        except ValueError as error:
            raise self.context.denied(f"{name} {quote(path)}: {error}") from error

    async def send(self, request: ApiRequest, hint: str, *, token: str = "") -> dict[str, Any]:
        """Return the answer to a request that is made once.

        :param hint: what to correct when the server refuses it.
        :raise AccessDenied: when the server refuses.
        """
        try:
            return await self.servers.send(self.context, request, token, repeatable=False)
        except VaultRefused as refused:
            self.was_refused = True
            raise self.context.denied(f"{_describe_refused_login(refused)}; {hint}") from refused

    async def token(self, request: ApiRequest, hint: str) -> Token:
        """Log in by `request`, and return the token."""
        token = parse_token(await self.send(request, hint), self._clock.seconds())
        if token is None:
            reason = "the server wants more than this login (such as a second factor)"
            raise self.context.denied(f"{reason}; {hint}")
        return token

    def no_token(self) -> Token:
        """Return an empty token: requests are sent without one."""
        return Token("", Term(self._clock.seconds()))

    async def existing_token(self, value: str, hint: str) -> Token:
        """Return a token that somebody else made, with what the server says about it.

        A token may be alive and yet not be allowed to look itself up.
        """
        if not is_token(value):
            raise self.context.denied(f"what is there is not a token; {hint}")
        try:
            answer = await self.servers.send(
                self.context, self.api.hvac.auth.token.lookup_self(), value
            )
        except VaultRefused:
            return Token(value, Term(self._clock.seconds()))
        return looked_up_token(value, answer, self._clock.seconds())


async def render_secret(
    argument: SecretArgument,
    label: str,
    render: Callable[[object], Deferred[Any]],
    context: RequestContext,
) -> str:
    """Return the text of an argument, rendered if it is a renderable.

    :param label: what errors call the argument.
    :raise ProviderError: when it cannot be rendered, or what it renders to cannot be used. It is
        never a `SecretNotFound`: the secret that is asked for may well exist.
    """
    if argument.constant is not None:
        return argument.constant
    try:
        value = await render(argument.given)
    except KeychainError as error:
        fail = context.unavailable if error.retryable else context.error
        raise fail(f"{label} cannot be rendered: {error}") from error
    problem = argument.problem_of(value)
    if problem:
        raise context.error(f"{label} {problem}")
    return str(value)


def _describe_refused_login(refused: VaultRefused) -> str:
    if refused.refusal in {VaultRefusal.NO_MOUNT, VaultRefusal.ABSENT}:
        return "the server has no such login: nothing is mounted there"
    if refused.refusal is VaultRefusal.FORBIDDEN:
        return "the server denies the login, or has no such login mounted"
    return f"the server {refused.reason}"


async def is_token_known(
    servers: VaultServers, token: Token, context: RequestContext
) -> bool | None:
    """Return whether the server knows a token, or ``None`` where that cannot be found out.

    A token that may not look itself up, without the policy ``default``, is denied in other words
    than one that is unknown.
    """
    try:
        await servers.send(context, servers.api.hvac.auth.token.lookup_self(), token.value)
    except VaultRefused as refused:
        if refused.refusal is not VaultRefusal.FORBIDDEN:
            return None
        return not refused.is_token_unknown
    except ProviderUnavailable:
        return None
    return True


def read_file(path: str, *, private: bool) -> str:
    """Return the text of a file. Blocks.

    :raise ValueError: when it cannot be used; the text says why.
    """
    try:
        with open(path, "rb", opener=without_waiting) as file:
            found = os.fstat(file.fileno())
            problem = _file_problem(found, private=private)
            content = b"" if problem else file.read(_MAX_FILE_SIZE + 1)
    except OSError as error:
        msg = f"it cannot be read ({error.strerror})"
        raise ValueError(msg) from error
    if problem:
        raise ValueError(problem)
    text = content.decode("utf-8", "replace").strip()
    if not text or len(content) > _MAX_FILE_SIZE:
        msg = "it does not hold a token: it is empty or far too long"
        raise ValueError(msg)
    return text


def _file_problem(found: os.stat_result, *, private: bool) -> str:
    """Return why a file is not trusted; nothing if it is.

    Its directory may be open to others, as the volumes are that the containers of a pod share.
    """
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISREG(found.st_mode):
        return "it is not a regular file"
    if found.st_uid not in {0, os.geteuid()}:
        return (
            f"it belongs to another user (id {found.st_uid}), who can replace the token; let root "
            "or the master's user own it"
        )
    if private and mode & 0o007:
        return f"others can read it (mode {mode:04o}); chmod o-rwx it"
    if mode & 0o022:
        return f"others can write to it (mode {mode:04o}); chmod go-w it"
    return ""
