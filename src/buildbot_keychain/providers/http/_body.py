"""The body of a response: collected up to a limit, and decompressed up to the same limit."""

from __future__ import annotations

import zlib

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.http import PotentialDataLoss

from buildbot_keychain.providers.http._messages import Interrupted, ResponseTooLarge
from buildbot_keychain.providers.http._reasons import NOT_WHOLE
from buildbot_keychain.secretive import secretive

_GZIP = 16 + zlib.MAX_WBITS


@secretive
class BodyCollector(Protocol):
    """Collects a body of at most `max_bytes` bytes.

    :ivar collected: a Deferred of the body; cancelling it closes the connection.
    """

    def __init__(self, max_bytes: int) -> None:
        self.collected: Deferred[bytes] = Deferred(lambda _: self._abort())
        self._max_bytes = max_bytes
        self._body = bytearray()

    def dataReceived(self, data: bytes) -> None:
        """Add a part of the body."""
        self._body += data
        if len(self._body) > self._max_bytes and not self.collected.called:
            self.collected.errback(too_large(self._max_bytes))
            self._abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Fire with the body, or fail if it is not whole."""
        if self.collected.called:
            return
        # A body whose length the headers do not give ends with the connection. Where that is empty,
        # the connection more likely broke.
        if reason.check(ResponseDone) or (reason.check(PotentialDataLoss) and self._body):
            self.collected.callback(bytes(self._body))
        elif reason.check(PotentialDataLoss):
            self.collected.errback(Interrupted(NOT_WHOLE))
        else:
            self.collected.errback(reason)

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


def decompressed(body: bytes, encoding: str | None, max_bytes: int) -> bytes:
    """Return a body without its ``Content-Encoding``.

    None is ever requested, but some servers compress all the same.

    :raise Interrupted: when it cannot be decompressed, or is larger than `max_bytes` then.
    """
    if encoding is None or encoding.strip().lower() in {"", "identity"} or not body:
        return body
    if encoding.strip().lower() not in {"gzip", "x-gzip"}:
        raise Interrupted("sent a response in an encoding that was not asked for")
    unpacker = zlib.decompressobj(_GZIP)
    try:
        content = unpacker.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise Interrupted("sent a response that cannot be decompressed") from error
    if len(content) > max_bytes:
        raise too_large(max_bytes)
    if not unpacker.eof or unpacker.unused_data:
        raise Interrupted("sent a response that cannot be decompressed")
    return content


def too_large(max_bytes: int) -> ResponseTooLarge:
    """Return the error for a response of more than `max_bytes` bytes."""
    return ResponseTooLarge(f"sent a response of more than {max_bytes} bytes")
