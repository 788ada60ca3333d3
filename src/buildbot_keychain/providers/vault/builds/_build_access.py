"""How a build comes to a token of its own: what `VaultChildTokens` and `VaultBuildJwt` share.

They compare and hash by what they say, show no key, and hold no state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from twisted.internet.defer import Deferred

from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ConfigurationError, quote
from buildbot_keychain.providers.vault.auth._session import Session
from buildbot_keychain.providers.vault.auth._token import Token, token_of
from buildbot_keychain.providers.vault.builds._template import Template
from buildbot_keychain.providers.vault.transport._request_context import Lookup

CLAIMS = ("builder", "project", "branch", "build")
"""What a server is told of who asks."""


@dataclass(frozen=True)
class Means:
    """What it takes to come to a token.

    :param provider: the provider's name.
    :param session: the servers, with the provider's own token.
    :param render: renders arguments that are renderables.
    :param clock: an ``IReactorTime``.
    :param wall: gives seconds since the epoch.
    """

    provider: str
    session: Session
    render: Callable[[object], Deferred[Any]]
    clock: Any
    wall: Callable[[], float]


@dataclass(frozen=True)
class ScopeToken:
    """A token of one scope.

    :param accessor: by which it can be revoked, and nothing else.
    """

    token: Token
    accessor: str


class BuildAccess:
    """What both have in common."""

    async def open(self, means: Means, lookup: Lookup, requester: Requester | None) -> ScopeToken:
        """Give a new token.

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

    def fail_config(self, option: str, wanted: str, given: object) -> NoReturn:
        """Raise for an argument that is not what is `wanted` of `option`."""
        msg = f"{type(self).__name__}: {option} must be {wanted}, not {given}"
        raise ConfigurationError(msg)

    def template(self, option: str, text: object) -> Template:
        """Check an argument that may have places for who asks."""
        if not isinstance(text, str) or not text.strip():
            self.fail_config(option, "a str that is not blank", type(text).__name__)
        try:
            return Template(text)
        except ValueError as error:
            self.fail_config(option, "a text with known places", f"that: {error}")

    def seconds(self, option: str, value: object, least: int) -> int:
        """Check an argument that is a number of seconds."""
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.fail_config(option, f"a number of seconds, {least} at least", quote(value))
        return value


def claims_of(requester: Requester | None) -> dict[str, str | int]:
    """Give what is known of who asks, by name; an unknown or empty branch is left out."""
    found = {name: getattr(requester, name, None) for name in CLAIMS}
    return {name: value for name, value in found.items() if value is not None and value != ""}


def filled(template: Template, requester: Requester | None, lookup: Lookup) -> str:
    """Give a template for who asks.

    :raise ProviderError: when who asks has not what it needs.
    """
    problem = ""
    try:
        return template.filled(requester)
    except ValueError as error:
        problem = str(error)
    raise lookup.failed(problem)


def scope_token(answer: Mapping[str, Any], means: Means, lookup: Lookup) -> ScopeToken:
    """Give the token of an answer.

    :raise ProviderError: when it could not be revoked.
    """
    token = token_of(answer, means.clock.seconds())
    accessor = answer["auth"].get("accessor") if token is not None else None
    if token is None or not isinstance(accessor, str) or not accessor:
        reason = (
            "the server gives a token that cannot be revoked (a batch token?); use service tokens"
        )
        raise lookup.failed(reason)
    return ScopeToken(token, accessor)
