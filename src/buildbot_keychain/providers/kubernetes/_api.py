"""The request to the Kubernetes API that reads one Secret; pure.

Source: Kubernetes API reference, ``GET /api/v1/namespaces/{namespace}/secrets/{name}``.
"""

from __future__ import annotations

from urllib.parse import quote

from buildbot_keychain.providers.http import Request

MAX_RESPONSE_BYTES = 4 << 20
"""A Secret has at most 1 MiB, in base64, beside its metadata."""


def read_secret(server: str, namespace: str, secret: str, token: str) -> Request:
    """Return the request for a Secret.

    :param server: the URL of the API server, which may end with a path.
    :param token: a bearer token.
    """
    path = f"/api/v1/namespaces/{quote(namespace, safe='')}/secrets/{quote(secret, safe='')}"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return Request("GET", server.rstrip("/") + path, headers)
