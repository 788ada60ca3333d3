"""What a response of the Kubernetes API to a request for a Secret means; pure.

Sources: Kubernetes API reference, ``Secret`` and ``Status``; "API Conventions", HTTP status codes.
Nothing that the server writes in a message is passed on.
"""

from __future__ import annotations

import base64
from typing import Any

from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable
from buildbot_keychain.formats import json_object
from buildbot_keychain.providers.http import Response, error_of_status
from buildbot_keychain.times import rfc_3339

_OK, _FORBIDDEN, _NOT_FOUND = 200, 403, 404


class ResponseRejected(Exception):
    """A response without a value.

    :param kind: the error that the lookup ends with.
    :param reason: its reason.
    """

    def __init__(self, kind: type[ProviderError], reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class Forbidden(ResponseRejected):
    """The token does not have the right to read Secrets."""


def secret_in(response: Response) -> dict[str, Any] | None:
    """Return the Secret of a response; ``None`` where the API says that there is no such Secret.

    :raise ResponseRejected: for any other response.
    """
    content = json_object(response.body) or {}
    status = response.status
    if status == _OK and content.get("kind") == "Secret":
        return content
    if status == _NOT_FOUND and _is_missing_secret(content):
        return None
    kind = error_of_status(status)
    if status == _FORBIDDEN:
        raise Forbidden(kind, "the token does not have the right to read Secrets")
    if kind is AccessDenied:
        reason = "the token is not accepted; is it a token of this cluster, and still valid?"
        raise ResponseRejected(kind, reason)
    if kind is ProviderUnavailable:
        reason = f"the API cannot answer now (HTTP {status}); try again later"
        raise ResponseRejected(kind, reason)
    raise not_kubernetes()


def not_kubernetes() -> ResponseRejected:
    """Return the error for a response that is not one of the Kubernetes API."""
    return ResponseRejected(
        ProviderError, "the response is not one of the Kubernetes API; correct server"
    )


def commands_that_allow(namespace: str, account: str | None) -> str:
    """Return the commands that give a service account the right to read Secrets.

    :param account: ``namespace:name``, where it is known.
    """
    where = f"--namespace={namespace}"
    return (
        "kubectl create role buildbot-keychain --verb=get --resource=secrets "
        f"{where} && kubectl create rolebinding buildbot-keychain --role=buildbot-keychain "
        f"--serviceaccount={account or 'NAMESPACE:NAME'} {where}"
    )


def value_in(secret: dict[str, Any], key: str) -> bytes | None:
    """Return the value of `key` in a Secret; ``None`` where it has no such key.

    :raise ResponseRejected: when that is not a value.
    """
    # A Secret without keys has no `data`.
    data = secret.get("data") or {}
    if not isinstance(data, dict):
        raise not_kubernetes()
    if key not in data:
        return None
    try:
        return base64.b64decode(data[key], validate=True)
    except (TypeError, ValueError) as error:
        raise not_kubernetes() from error


def age_of(secret: dict[str, Any]) -> tuple[str | None, float | None]:
    """Return the version of a Secret, and when it was written last, in seconds since the epoch."""
    metadata = secret.get("metadata")
    if not isinstance(metadata, dict):
        return None, None
    version = metadata.get("resourceVersion")
    written = metadata.get("managedFields")
    times = [metadata.get("creationTimestamp")]
    if isinstance(written, list):
        times += [each.get("time") for each in written if isinstance(each, dict)]
    known = [time for time in map(rfc_3339, times) if time is not None]
    return version if isinstance(version, str) else None, max(known, default=None)


def _is_missing_secret(status: dict[str, Any]) -> bool:
    details = status.get("details")
    kind = details.get("kind") if isinstance(details, dict) else None
    return status.get("reason") == "NotFound" and kind == "secrets"
