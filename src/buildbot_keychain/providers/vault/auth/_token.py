"""`Token`: what authorises requests, and how long it lives; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from buildbot_keychain.providers.vault.renewal import Term
from buildbot_keychain.secretive import secretive


@secretive
@dataclass(frozen=True)
class Token:
    """A token as a login or a renewal returned it.

    :param value: the token itself.
    :param term: how long it lives.
    :param accessor: a handle that can revoke it, and nothing else; empty where it is unknown.
    """

    value: str = field(repr=False)
    term: Term
    accessor: str = ""


def is_token(value: object) -> bool:
    """Return whether `value` can be sent as a token: one word of printable ASCII."""
    return (
        isinstance(value, str)
        and bool(value)
        and value.isascii()
        and value.isprintable()
        and " " not in value
    )


def parse_token(answer: Mapping[str, Any], now: float) -> Token | None:
    """Return the token in the ``auth`` of an answer, or ``None`` where there is none."""
    auth = answer.get("auth")
    if not isinstance(auth, Mapping) or not is_token(auth.get("client_token")):
        return None
    accessor = auth.get("accessor")
    return Token(
        auth["client_token"],
        Term.granted(now, auth.get("lease_duration"), auth.get("renewable")),
        accessor if isinstance(accessor, str) else "",
    )


def parse_renewed_token(token: Token, answer: Mapping[str, Any], now: float) -> Token | None:
    """Return `token` as an answer renews it, or ``None`` where the answer has no token."""
    renewed = parse_token(answer, now)
    if renewed is None:
        return None
    term = token.term.renewed(now, renewed.term.ttl, renewed.term.renewable)
    return replace(renewed, term=term, accessor=token.accessor or renewed.accessor)


def looked_up_token(value: str, answer: Mapping[str, Any], now: float) -> Token:
    """Return the token `value` with what ``auth/token/lookup-self`` answered about it."""
    data = answer.get("data")
    data = data if isinstance(data, Mapping) else {}
    return Token(value, Term.granted(now, data.get("ttl"), data.get("renewable")))
