"""`BuildAccess`: what `VaultChildTokens` and `VaultBuildJwt` share.

They compare and hash by their arguments, show no key, and have no state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from twisted.internet.defer import Deferred

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ConfigurationError, quote
from buildbot_keychain.providers.vault.auth import Session, Token, parse_token
from buildbot_keychain.providers.vault.builds._template import Template
from buildbot_keychain.providers.vault.transport import RequestContext, VaultServers
from buildbot_keychain.store.sealed_values import SealedValues


@dataclass(frozen=True)
class AccessDependencies:
    """What it takes to get a token.

    :param provider: the provider's name.
    :param session: requests with the provider's own token.
    :param servers: requests without it.
    :param render: renders arguments that are renderables.
    :param clock: an ``IReactorTime``.
    :param wall_clock: returns seconds since the epoch.
    :param state: where the host seals what is kept, if it does.
    """

    provider: str
    session: Session
    servers: VaultServers
    render: Callable[[object], Deferred[Any]]
    clock: Any
    wall_clock: Callable[[], float]
    state: SealedValues | None = None


class BuildAccess:
    """A way to get a token for one build."""

    async def open(
        self,
        dependencies: AccessDependencies,
        context: RequestContext,
        requester: Requester | None,
    ) -> Token:
        """Return a new token, with an accessor.

        :raise AccessDenied: when the server refuses; it says what to allow.
        :raise ProviderUnavailable: when no server did it in time.
        """
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).items()))

    def fail_config(self, option: str, wanted: str, problem: str) -> NoReturn:
        """Raise for an argument that must be `wanted`; `problem` never shows a secret."""
        msg = f"{type(self).__name__}: {option} must be {wanted}; {problem}"
        raise ConfigurationError(msg)

    def check_text(self, option: str, text: object) -> str:
        """Return an argument that must be a text."""
        if not isinstance(text, str):
            self.fail_config(option, "a str", f"it is of type {type(text).__name__}")
        if not text.strip():
            self.fail_config(option, "a str that is not blank", "it is blank")
        return text

    def check_template(self, option: str, text: object, names: str) -> str:
        """Return an argument that may depend on the requester.

        :param names: what it is the name of.
        """
        template = self.check_text(option, text)
        try:
            Template(template, names=names)
        except ValueError as error:
            self.fail_config(option, "a text whose fields are known", str(error))
        return template

    def check_seconds(self, option: str, value: object, least: int) -> int:
        """Return an argument that must be a number of seconds."""
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            wanted = f"a whole number of seconds, {least} at least"
            self.fail_config(option, wanted, f"it is {quote(value)}")
        return value


def fill_in(text: str, requester: Requester | None, context: RequestContext, *, names: str) -> str:
    """Return a template filled in for the requester.

    :param names: what it is the name of.
    :raise ProviderError: when the requester lacks what the template needs.
    """
    try:
        return Template(text, names=names).fill_in(requester)
    except ValueError as error:
        raise context.error(str(error)) from error


def revocable_token(answer: Mapping[str, Any], clock: Any, context: RequestContext) -> Token:  # noqa: ANN401 - an IReactorTime
    """Return the token of an answer.

    :raise ProviderError: when it could not be revoked.
    """
    token = parse_token(answer, clock.seconds())
    if token is None or not token.accessor:
        reason = (
            "the server returned a token that cannot be revoked (a batch token?); use service "
            "tokens"
        )
        raise context.error(reason)
    return token
