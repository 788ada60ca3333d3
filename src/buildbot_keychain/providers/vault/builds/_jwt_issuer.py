"""Signs tokens (JWT) by which the master vouches for a build; pyjwt, behind one module.

The claims are those of RFC 7519; the key is never in an error.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

ALGORITHMS = ("EdDSA", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256")
"""What signs with a private key (RFC 7518, RFC 8037), and what Vault and OpenBao can check."""

_LEEWAY = 5
"""Seconds that the server's clock may be behind."""


class CannotSign(Exception):
    """It cannot be signed; `reason` says what to correct, and nothing of the key."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def registered_claims(
    issuer: str, audience: str, subject: str, now: float, lifetime: int
) -> dict[str, Any]:
    """Give who says it, to whom, about whom, and for how long.

    :param now: seconds since the epoch.
    :param lifetime: seconds.
    """
    begin = int(now)
    return {
        "iss": issuer,
        "aud": audience,
        "sub": subject,
        "iat": begin,
        "nbf": begin - _LEEWAY,
        "exp": begin + lifetime,
        "jti": uuid.uuid4().hex,
    }


def signed(claims: Mapping[str, Any], key: object, algorithm: str, key_id: str | None) -> str:
    """Give the signed token. Takes a moment.

    :param key: the private key in PEM.
    :raise CannotSign: when there is no pyjwt, or that is no such key.
    """
    try:
        import jwt  # noqa: PLC0415 - an extra
    except ImportError:
        msg = "signing needs PyJWT: pip install 'buildbot-keychain[vault]'"
        raise CannotSign(msg) from None
    problem = f"the key is no private key in PEM for {algorithm}, or it is encrypted"
    if isinstance(key, str) and key.strip():
        try:
            headers = {"kid": key_id} if key_id else None
            return str(jwt.encode(dict(claims), f"{key.strip()}\n", algorithm, headers))
        except (jwt.exceptions.PyJWTError, ValueError, TypeError, AttributeError):
            pass
        except NotImplementedError:
            problem = "signing needs cryptography: pip install 'buildbot-keychain[vault]'"
    raise CannotSign(problem)
