"""Secrets that an HTTP server returns (`SecretInHTTP`), and the HTTP client of all providers.

To write a provider for another server, derive it from `HttpProvider`: it sends requests within the
lookup's deadline, and translates what goes wrong. `UrlTemplate` puts a secret's name into a URL.

**Contract.** Requests and responses are data. `HttpClient.send` takes a `Request` and a number of
seconds. It fires with a `Response`, whatever its status is, or fails with a `RequestError`:

* `NotSent`: the server has seen nothing of the request, so it can be sent again or elsewhere;
* `Interrupted`: the server may have seen some of it, and no whole response came.

To decide about a retry, check only which of the two it is. The reason of an error is the end of a
sentence about the server ("refused the connection"). It holds nothing of requests and responses.

**Design.** Twisted's agent speaks HTTP. This package adds these guarantees:

* The deadline covers everything, from waiting for a free connection to the last byte of the body.
* A request is written when the TLS handshake is complete, with certificate and host name verified.
  Until then, any failure is `NotSent`. A persistent connection that the server has closed is found
  out before a request is written to it, even if the reactor has been too busy to notice.
* Connections are aborted, never closed in an orderly way, so a server that hangs holds nothing.
* Host names are resolved, and files are read, in threads of the caller's `WorkPool`, never in the
  reactor's own pool.
* A response is collected, and decompressed, up to a limit.
* Redirects are not followed, and proxies, cookies and ``.netrc`` are not used: a token goes to the
  configured server and to no other.

**Modules.**

=====================  ==============================================================
`_service`             `HttpProvider`, the base class of providers that use the client
`_url_template`        `UrlTemplate`, a URL with a place for a secret's name
`_status`              what a status means for a lookup
`_unix_sockets`        URLs of servers that listen on a Unix socket
`_headers`             headers of a request, which may hold secrets
`_provider`            `SecretInHTTP`
`_client`              `HttpClient`: concurrency, deadlines, current TLS files
`_messages`            requests, responses, errors
`_agent`               sends a request with Twisted's agent; persistent connections
`_connections`         how a connection is opened, checked and closed
`_names`               resolving host names
`_expiries`            when certificates end
`_tls`                 `TlsFiles`; the one module that knows pyOpenSSL
`_body`                collecting and decompressing a body
`_reasons`             errors of Twisted and OpenSSL in plain words
=====================  ==============================================================
"""

from __future__ import annotations

from buildbot_keychain.providers.http._client import HttpClient
from buildbot_keychain.providers.http._expiries import expiries_of
from buildbot_keychain.providers.http._messages import (
    Interrupted,
    NotSent,
    Request,
    RequestError,
    Response,
    ResponseTooLarge,
    UnreadableTlsFile,
    UntrustedServer,
    UnusableTlsFiles,
)
from buildbot_keychain.providers.http._provider import SecretInHTTP
from buildbot_keychain.providers.http._service import HttpProvider
from buildbot_keychain.providers.http._status import error_of_status
from buildbot_keychain.providers.http._tls import TlsArguments, TlsFiles
from buildbot_keychain.providers.http._unix_sockets import socket_url
from buildbot_keychain.providers.http._url_template import UrlTemplate

__all__ = [
    "HttpClient",
    "HttpProvider",
    "Interrupted",
    "NotSent",
    "Request",
    "RequestError",
    "Response",
    "ResponseTooLarge",
    "SecretInHTTP",
    "TlsArguments",
    "TlsFiles",
    "UnreadableTlsFile",
    "UntrustedServer",
    "UnusableTlsFiles",
    "UrlTemplate",
    "error_of_status",
    "expiries_of",
    "socket_url",
]
