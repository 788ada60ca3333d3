"""What an answer of the Kubernetes API to ``GET …/secrets/{name}`` means; pure.

Sources: Kubernetes API reference, ``Secret`` and ``Status``; "API Conventions", HTTP status codes.
Of the server's messages, none is passed on.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from typing import Any

from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable

_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 200, 401, 403, 404, 429
_SERVER_ERROR = 500
_ACCOUNT = re.compile(r"system:serviceaccount:([-a-z0-9]{1,63}):([-.a-z0-9]{1,253})", re.ASCII)


@dataclass(frozen=True)
class Content:
    """The bytes of a key; shows nothing."""

    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Refusal:
    """Why there is no value: the error to raise, ``None`` where the secret is not held."""

    kind: type[ProviderError] | None
    reason: str = ""


NOT_HELD = Refusal(None)
NOT_KUBERNETES = Refusal(ProviderError, "what answered is not the API of Kubernetes; check server")


@dataclass(frozen=True)
class Request:
    """What was asked, for remedies.

    :param namespace: the namespace.
    :param secret: the Secret.
    :param key: one of its keys.
    :param account: ``namespace:name`` of the service account, where the token tells it.
    """

    namespace: str
    secret: str
    key: str
    account: str | None


def meaning(status: int, body: bytes, request: Request) -> Content | Refusal:
    """Give the value in an answer, or why there is none."""
    found = _object(body)
    if status == _OK and found.get("kind") == "Secret":
        return _value(found, request)
    if status == _UNAUTHORIZED:
        reason = "Kubernetes does not accept the token; is it of this cluster, and still valid?"
        return Refusal(AccessDenied, reason)
    if status == _FORBIDDEN:
        return Refusal(AccessDenied, f"Kubernetes refuses; {_rule(request)}")
    if status == _TOO_MANY or status >= _SERVER_ERROR:
        reason = f"Kubernetes cannot answer now (HTTP {status}); try again later"
        return Refusal(ProviderUnavailable, reason)
    details = found.get("details")
    missing = isinstance(details, dict) and details.get("kind") == "secrets"
    if status == _NOT_FOUND and found.get("reason") == "NotFound" and missing:
        return NOT_HELD
    return NOT_KUBERNETES


def account_of(token: str) -> str | None:
    """Give ``namespace:name`` of the service account that a token is for, where it tells it.

    The token is not verified: this is for messages alone (RFC 7519; Kubernetes documentation,
    "Managing Service Accounts").
    """
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        return None
    try:
        claims = _object(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    matched = _ACCOUNT.fullmatch(str(claims.get("sub")))
    return f"{matched[1]}:{matched[2]}" if matched else None


def _value(found: dict[str, Any], request: Request) -> Content | Refusal:
    data = found.get("data") or {}
    if not isinstance(data, dict):
        return NOT_KUBERNETES
    if request.key not in data:
        return NOT_HELD
    try:
        return Content(base64.b64decode(data[request.key], validate=True))
    except (TypeError, ValueError):
        return NOT_KUBERNETES


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _rule(request: Request) -> str:
    """Give the commands that allow it."""
    where = f"--namespace={request.namespace}"
    return (
        "allow it with: kubectl create role buildbot-keychain --verb=get --resource=secrets "
        f"{where} && kubectl create rolebinding buildbot-keychain --role=buildbot-keychain "
        f"--serviceaccount={request.account or 'NAMESPACE:NAME'} {where}"
    )
