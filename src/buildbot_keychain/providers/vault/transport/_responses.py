r"""What came of one request to a server: the words in which this package speaks of it.

::

    Trouble
    ├── NotSent       the server was not reached: it has seen nothing of the request
    ├── Interrupted   it was asked, and no whole answer came: it may have done what it was asked
    └── Refused       it answered that it will not or cannot

None of them ever leaves this package, and none holds a word of what a server wrote: it may be a
secret. Which refusal it is, is read from the status and from a few phrases of the server's
errors [#]_.

.. [#] https://openbao.org/api-docs/#http-status-codes, and as measured on OpenBao 2.7.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

_HEALTH = "sys/health"
_LONGEST_PAUSE = 3600.0

_OK = 200
_REDIRECTS = {301, 302, 303, 307, 308}
_BAD_REQUEST, _FORBIDDEN, _ABSENT, _NO_METHOD = 400, 403, 404, 405
_STALE, _TOO_MANY, _RECOVERY, _STANDBY = 412, 429, 472, 473
_FAILING = 500


class Refusal(Enum):
    """Why a server refuses; the value says it, as the end of a sentence about the server."""

    ABSENT = "holds nothing there"
    DELETED = "holds that version as deleted"
    NO_MOUNT = "has no mount there"
    WRONG_VERSION = "keeps that mount in another version of KV"
    FORBIDDEN = "denies it"
    BAD_REQUEST = "takes it for a wrong request"
    SEALED = "is sealed; unseal it (vault operator unseal, bao operator unseal)"
    STANDBY = "is a standby, and knows no active node"
    QUOTA = "takes no more requests for now: a rate limit quota is used up"
    REDIRECT = "sends us to another server"
    BEHIND = "is not ready for that yet"
    FAILING = "fails"
    OTHER = "answers with a status that is not one of its API"


ELSEWHERE = frozenset(
    {
        Refusal.SEALED,
        Refusal.STANDBY,
        Refusal.QUOTA,
        Refusal.REDIRECT,
        Refusal.BEHIND,
        Refusal.FAILING,
    }
)
"""What another server, or the same one later, may answer otherwise: nothing has been done yet."""


class Trouble(Exception):
    """What came of a request that gave no answer; `reason` is the end of a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotSent(Trouble):
    """The server was not reached; nothing was asked."""


class Interrupted(Trouble):
    """The request was sent, and no whole answer came back."""


class Refused(Trouble):
    """The server answered, and refuses.

    :param retry_after: seconds after which the server wants to be asked again, if it says so.
    :param location: where it redirects to, for `Refusal.REDIRECT`.
    """

    def __init__(
        self,
        refusal: Refusal,
        status: int,
        *,
        retry_after: float | None = None,
        location: str | None = None,
    ) -> None:
        super().__init__(f"{refusal.value} (HTTP {status})")
        self.refusal = refusal
        self.status = status
        self.retry_after = retry_after
        self.location = location


def answer_of(path: str, status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Give what a server answered, an empty dict where it has nothing to say.

    :param path: what was asked for, below ``/v1``.
    :param headers: with names in lower case.
    :raise Refused: when it refuses.
    :raise Interrupted: when that is no answer of a Vault.
    """
    content = _object(body)
    if status // 100 == _OK // 100:
        if content is None and body.strip():
            msg = f"its answer (HTTP {status}) is not whole, or it is no Vault"
            raise Interrupted(msg)
        return content or {}
    raise Refused(
        _refusal(path, status, content),
        status,
        retry_after=_seconds(headers.get("retry-after")),
        location=headers.get("location"),
    )


def _refusal(path: str, status: int, content: dict[str, Any] | None) -> Refusal:
    said = _said(content)
    if status in _REDIRECTS:
        return Refusal.REDIRECT
    if status == _TOO_MANY:
        # A server that is asked for its health says in this way that it is a standby.
        return Refusal.STANDBY if path.startswith(_HEALTH) else Refusal.QUOTA
    if status >= _FAILING:
        return _failure(said)
    if status == _ABSENT:
        return _absence(said, content)
    if status == _BAD_REQUEST and "brief period" in said:
        # After KV version 2 was mounted, until it is ready on this server.
        return Refusal.BEHIND
    simple = {
        _BAD_REQUEST: Refusal.BAD_REQUEST,
        _FORBIDDEN: Refusal.FORBIDDEN,
        _NO_METHOD: Refusal.NO_MOUNT,
        _STALE: Refusal.BEHIND,
        _RECOVERY: Refusal.STANDBY,
        _STANDBY: Refusal.STANDBY,
    }
    return simple.get(status, Refusal.OTHER)


def _failure(said: str) -> Refusal:
    if "sealed" in said:
        return Refusal.SEALED
    return Refusal.STANDBY if "active" in said and "node" in said else Refusal.FAILING


def _absence(said: str, content: dict[str, Any] | None) -> Refusal:
    if content is None:
        # Vault answers in JSON: this is somebody else, or a proxy before it.
        return Refusal.OTHER
    if "versioned k/v" in said:
        return Refusal.WRONG_VERSION
    if content.get("errors"):
        return Refusal.NO_MOUNT
    data = content.get("data")
    return Refusal.DELETED if isinstance(data, dict) and "metadata" in data else Refusal.ABSENT


def _said(content: dict[str, Any] | None) -> str:
    if content is None:
        return ""
    lists = (content.get("errors"), content.get("warnings"))
    return " ".join(
        str(text) for texts in lists if isinstance(texts, list) for text in texts
    ).lower()


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body)
    except ValueError:  # not shown: it holds the body
        return None
    return content if isinstance(content, dict) else None


def _seconds(retry_after: str | None) -> float | None:
    try:
        seconds = float(retry_after or "")
    except ValueError:  # a date, which Vault does not send
        return None
    return seconds if 0 <= seconds <= _LONGEST_PAUSE else None
