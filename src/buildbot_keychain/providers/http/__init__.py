"""Secrets that an HTTP server returns (`SecretInHTTP`), and the HTTP client of all providers.

**The rule.** A request is data; so is a response. `HttpClient.send` takes a `Request` and a number
of seconds, and fires with a `Response`, whatever its status is, or with a `RequestError`:

* `NotSent` when the server has seen nothing of the request;
* `Interrupted` when it may have seen some of it, and no whole response came.

Whoever may send a request twice looks at nothing else. A reason is the end of a sentence about the
server, and holds nothing of requests and responses.

**The theory.** Twisted's agent does HTTP. Around it stand the promises that it does not make:

* The deadline covers everything from waiting for a free connection to the last byte of the body.
* A request is written when the TLS handshake is complete, with certificate and host name verified.
  Before that, any failure is `NotSent`. A persistent connection that the server has ended is found
  out before a request is written on it, although the reactor may not have noticed.
* Connections are aborted, never shut down politely: a server that hangs holds nothing.
* Host names are resolved, and files are read, in threads of the caller's `WorkPool`. The reactor's
  own pool is never used.
* A response is collected, and decompressed, as far as a limit.
* Redirects are not followed, and no proxy, cookie or variable of the environment is used: a token
  goes to the configured server and to no other.

**The plan.**

=====================  ==============================================================
`_messages`            requests, responses, errors
`_client`              `HttpClient`: slots, deadlines, current TLS files
`_agent`               one exchange over Twisted's agent and its persistent connections
`_connections`         what a connection is, and how it is opened and closed
`_names`               host names
`_tls`                 `TlsFiles`; the one module that knows pyOpenSSL
`_body`                collecting and decompressing a body
`_reasons`             errors of Twisted and OpenSSL in our words
`_service`             `HttpProvider`: a provider with a client
`_provider`            `SecretInHTTP`
`_url_template`        its URL with a place for a name
=====================  ==============================================================
"""

from __future__ import annotations

from buildbot_keychain.providers.http._client import HttpClient
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
from buildbot_keychain.providers.http._tls import TlsArguments, TlsFiles

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
]
