"""The service account of a pod: its files, the server, and what its token says.

Source: Kubernetes documentation, "Accessing the Kubernetes API from a Pod" and "Managing Service
Accounts".
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where the kubelet puts ``token``, ``namespace`` and ``ca.crt``, and renews them."""

_SUBJECT = re.compile(r"system:serviceaccount:([-a-z0-9]{1,63}):([-.a-z0-9]{1,253})", re.ASCII)


def server_of_pod(environment: Mapping[str, str]) -> str | None:
    """Return the URL of the API server, or ``None`` outside of a pod.

    :param environment: the variables of the process.
    """
    host = environment.get("KUBERNETES_SERVICE_HOST")
    port = environment.get("KUBERNETES_SERVICE_PORT")
    if not host:
        return None
    return f"https://{f'[{host}]' if ':' in host else host}:{port or 443}"


def account_of(token: str) -> str | None:
    """Return ``namespace:name`` of the service account that a token is for, if it says so.

    The token is a JWT (RFC 7519). It is not verified: the result is for messages alone.
    """
    matched = _SUBJECT.fullmatch(str(_claims(token).get("sub")))
    return f"{matched[1]}:{matched[2]}" if matched else None


def life_of(token: str) -> tuple[float, float] | None:
    """Return when a token began and when it ends, in seconds since the epoch, if it says so."""
    claims = _claims(token)
    begin, end = claims.get("iat"), claims.get("exp")
    if isinstance(begin, (int, float)) and isinstance(end, (int, float)):
        return float(begin), float(end)
    return None


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
