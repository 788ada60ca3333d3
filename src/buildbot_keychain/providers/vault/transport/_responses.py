r"""What a server's response means: an answer, or a refusal of one of a few kinds; pure.

A `VaultRefused` never leaves ``providers.vault``, and contains no word of what a server wrote: that
may be a secret. The kind of a refusal is read from the status and from a few phrases of the
server's errors [#]_.

.. [#] https://openbao.org/api-docs/#http-status-codes, and as measured on OpenBao 2.7.2.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from buildbot_keychain.formats import json_object
from buildbot_keychain.providers.http import Interrupted, Response

_LONGEST_RETRY_AFTER = 3600.0

_OK = 200
_REDIRECTS = {301, 302, 303, 307, 308}
_BAD_REQUEST, _FORBIDDEN, _NOT_FOUND, _BAD_METHOD = 400, 403, 404, 405
_STALE, _TOO_MANY, _RECOVERY, _STANDBY = 412, 429, 472, 473
_SERVER_ERROR = 500
_PLAIN_TO_TLS = b"HTTP request to an HTTPS server"
"""What Go's HTTP server answers."""


class VaultRefusal(Enum):
    """Why a server refuses; the value says it, as the end of a sentence about the server."""

    ABSENT = "has nothing there"
    DELETED = "has deleted that version"
    NO_MOUNT = "has no mount there"
    NO_NAMESPACE = "has no such namespace; correct the argument namespace"
    WRONG_VERSION = "serves that mount in another version of KV"
    FORBIDDEN = "denies permission"
    BAD_REQUEST = "rejects the request as invalid"
    NEEDS_TLS = "speaks https there; write https:// in vault_server"
    SEALED = "is sealed; unseal it (vault operator unseal, bao operator unseal)"
    STANDBY = "is a standby, and knows no active node"
    QUOTA = "rejects requests for now: a rate limit quota is used up"
    REDIRECT = "redirects to another server"
    BEHIND = "is not ready for that yet"
    FAILING = "fails"
    OTHER = "answers with a status that its API does not have"


TEMPORARY = frozenset(
    {
        VaultRefusal.SEALED,
        VaultRefusal.STANDBY,
        VaultRefusal.QUOTA,
        VaultRefusal.REDIRECT,
        VaultRefusal.BEHIND,
        VaultRefusal.FAILING,
    }
)
"""Where another server, or the same one later, may answer."""


class VaultRefused(Exception):
    """The server answered, and refuses.

    :param retry_after: seconds after which the server wants to be asked again, if it says so.
    :param location: where it redirects to, for `VaultRefusal.REDIRECT`.
    :param is_token_unknown: whether it denies permission because it does not know the token.
    :ivar reason: the end of a sentence about the server.
    """

    def __init__(
        self,
        refusal: VaultRefusal,
        status: int,
        *,
        retry_after: float | None = None,
        location: str | None = None,
        is_token_unknown: bool = False,
    ) -> None:
        self.reason = f"{refusal.value} (HTTP {status})"
        super().__init__(self.reason)
        self.refusal = refusal
        self.status = status
        self.retry_after = retry_after
        self.location = location
        self.is_token_unknown = is_token_unknown


def parse_response(response: Response) -> dict[str, Any]:
    """Return the JSON object of a response, an empty dict where it has none.

    :raise VaultRefused: when the server refuses.
    :raise Interrupted: when that is not a response of a Vault.
    """
    status, content = response.status, json_object(response.body)
    if status // 100 == _OK // 100:
        if content is None and response.body.strip():
            msg = f"its answer (HTTP {status}) is incomplete, or it is not a Vault"
            raise Interrupted(msg)
        return content or {}
    raise VaultRefused(
        _refusal(status, content, response.body),
        status,
        retry_after=_seconds(response.headers.get("retry-after")),
        location=response.headers.get("location"),
        is_token_unknown=status == _FORBIDDEN and _is_token_unknown(content),
    )


def _refusal(status: int, content: dict[str, Any] | None, body: bytes) -> VaultRefusal:
    messages = _messages(content)
    if status in _REDIRECTS:
        return VaultRefusal.REDIRECT
    if status >= _SERVER_ERROR:
        return _server_error(messages)
    if status == _NOT_FOUND:
        return _not_found(messages, content)
    if status == _BAD_REQUEST and content is None and _PLAIN_TO_TLS in body:
        return VaultRefusal.NEEDS_TLS
    if status == _BAD_REQUEST and "brief period" in messages:
        # After KV version 2 was mounted, until it is ready on this server.
        return VaultRefusal.BEHIND
    simple = {
        _BAD_REQUEST: VaultRefusal.BAD_REQUEST,
        _FORBIDDEN: VaultRefusal.FORBIDDEN,
        _BAD_METHOD: VaultRefusal.NO_MOUNT,
        _TOO_MANY: VaultRefusal.QUOTA,
        _STALE: VaultRefusal.BEHIND,
        _RECOVERY: VaultRefusal.STANDBY,
        _STANDBY: VaultRefusal.STANDBY,
    }
    return simple.get(status, VaultRefusal.OTHER)


def _server_error(messages: str) -> VaultRefusal:
    if "sealed" in messages:
        return VaultRefusal.SEALED
    is_standby = "active" in messages and "node" in messages
    return VaultRefusal.STANDBY if is_standby else VaultRefusal.FAILING


def _not_found(messages: str, content: dict[str, Any] | None) -> VaultRefusal:
    if content is None:
        # Vault answers in JSON: this is another server, or a proxy in front of it.
        return VaultRefusal.OTHER
    if "versioned k/v" in messages:
        return VaultRefusal.WRONG_VERSION
    if "namespace not found" in messages:
        return VaultRefusal.NO_NAMESPACE
    if content.get("errors"):
        return VaultRefusal.NO_MOUNT
    data = content.get("data")
    is_deleted = isinstance(data, dict) and "metadata" in data
    return VaultRefusal.DELETED if is_deleted else VaultRefusal.ABSENT


def _is_token_unknown(content: dict[str, Any] | None) -> bool:
    """Return whether permission is denied to the token itself, and not by its policy.

    The latter is a list in one text: ``1 error occurred: * permission denied``.
    """
    errors = [] if content is None else content.get("errors")
    return errors == ["permission denied"] or "invalid token" in _messages(content)


def _messages(content: dict[str, Any] | None) -> str:
    if content is None:
        return ""
    lists = (content.get("errors"), content.get("warnings"))
    return " ".join(
        str(text) for texts in lists if isinstance(texts, list) for text in texts
    ).lower()


def _seconds(retry_after: str | None) -> float | None:
    try:
        seconds = float(retry_after or "")
    except ValueError:  # a date, which Vault does not send
        return None
    return seconds if 0 <= seconds <= _LONGEST_RETRY_AFTER else None
