"""What is passed to an `HttpClient` and what comes back: requests, responses and errors, as data.

::

    RequestError
    ├── NotSent              the server was not reached: it has seen nothing of the request
    │   ├── UnusableTlsFiles    our own certificates or key cannot be loaded
    │   │   └── UnreadableTlsFile  one of the files is missing, or cannot be read
    │   └── UntrustedServer     the server's certificate cannot be verified
    └── Interrupted          the request was or may have been sent, and no whole response came
        └── ResponseTooLarge    the response is larger than the client accepts

A request that failed with `NotSent` can be sent again without being carried out twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from buildbot_keychain.secretive import secretive


@secretive
@dataclass(frozen=True)
class Request:
    """A request.

    :param method: ``GET``, ``POST``, ``LIST``, ...
    :param url: an absolute URL, with a quoted path and query: ``https``, ``http``, or ``http+unix``
        for a server that listens on a Unix socket.
    :param headers: one value for each name.
    :param body: the content; empty for none.
    """

    method: str
    # A query may hold a key.
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@secretive
@dataclass(frozen=True)
class Response:
    """A whole response, whatever its status is.

    :param headers: names are in lower case; values of a repeated name are joined by a comma.
    :param body: the content, decompressed.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class RequestError(Exception):
    """There is no usable response.

    :param reason: the end of a sentence about the server: "refused the connection". It holds
        nothing of the request or the response.
    :param timed_out: whether it failed because something took too long.
    """

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.timed_out = timed_out


class NotSent(RequestError):
    """The server was not reached; it has seen nothing of the request.

    :param answered: whether something runs there, but does not speak as it was spoken to.
    """

    def __init__(self, reason: str, *, timed_out: bool = False, answered: bool = False) -> None:
        super().__init__(reason, timed_out=timed_out)
        self.answered = answered


class UnusableTlsFiles(NotSent, ValueError):
    """Certificates or the key for TLS cannot be loaded.

    The reason is not about the server: it begins with the argument's name and the file.
    """


class UnreadableTlsFile(UnusableTlsFiles):
    """A file for TLS is missing, or cannot be read."""


class UntrustedServer(NotSent):
    """The server's certificate could not be verified."""


class Interrupted(RequestError):
    """The request was sent, or may have been, and no whole response came."""


class ResponseTooLarge(Interrupted):
    """The response is larger than the client accepts."""


@dataclass
class Progress:
    """How far a request has come.

    :param is_sent: whether the server may have seen something of it.
    """

    is_sent: bool = False
