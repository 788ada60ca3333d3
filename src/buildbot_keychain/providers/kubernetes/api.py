"""One request to the Kubernetes API, over TLS, blocking.

The standard library's client: it follows no redirect, so that the token goes to no other server,
and uses no proxy. The authority's file is read anew for each connection, since it is renewed.
"""

from __future__ import annotations

import http.client
import ssl
from time import monotonic
from urllib.parse import quote, urlsplit

from buildbot_keychain.errors import AccessDenied, DeadlineExceeded, ProviderUnavailable
from buildbot_keychain.providers.http._tls_socket import TlsSocket
from buildbot_keychain.providers.kubernetes.answers import (
    NOT_KUBERNETES,
    Content,
    Refusal,
    Request,
    meaning,
)

MAX_SIZE = 4 << 20
"""Bytes of an answer: a Secret has at most 1 MiB, in base64, with what is noted beside it."""

_CHUNK = 1 << 16


def read_secret(
    server: str, ca_file: str | None, token: str, request: Request, timeout: float
) -> Content | Refusal:
    """Read a key of a Secret.

    :param server: the URL of the API server.
    :param ca_file: the certificates of its authority in PEM; ``None`` for those of the system.
    :param token: the bearer token.
    :param request: what is asked for.
    :param timeout: seconds for the whole.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        where = f"ca_file {ca_file} is not there or holds no certificate; correct ca_file"
        return Refusal(AccessDenied, where)
    context.sslsocket_class = TlsSocket
    try:
        status, body = _asked(server, context, token, request, timeout)
    except ssl.SSLCertVerificationError as error:
        wanted = (
            f"set ca_file to the authority's certificates, and server to a name in it ({server})"
        )
        return Refusal(AccessDenied, f"the server is not trusted: {error.verify_message}; {wanted}")
    except TimeoutError:
        reason = f"no answer within {timeout:g} seconds; is {server} reachable from here?"
        return Refusal(DeadlineExceeded, reason)
    except (OSError, http.client.HTTPException) as error:
        what = type(error).__name__
        return Refusal(ProviderUnavailable, f"{server} cannot be asked ({what}); is it reachable?")
    return NOT_KUBERNETES if body is None else meaning(status, body, request)


def _asked(
    server: str, context: ssl.SSLContext, token: str, request: Request, timeout: float
) -> tuple[int, bytes | None]:
    """Give the status and the body; ``None`` for one that is too large."""
    end = monotonic() + timeout
    parts = urlsplit(server)
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, timeout=timeout, context=context
    )
    namespace, secret = quote(request.namespace, safe=""), quote(request.secret, safe="")
    path = f"{parts.path.rstrip('/')}/api/v1/namespaces/{namespace}/secrets/{secret}"
    try:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = b""
        while len(body) <= MAX_SIZE and (chunk := answer.read1(_CHUNK)):
            body += chunk
            if monotonic() > end:
                raise TimeoutError
        return answer.status, body if len(body) <= MAX_SIZE else None
    finally:
        connection.close()
