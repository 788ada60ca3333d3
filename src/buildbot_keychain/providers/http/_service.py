"""`HttpProvider`: the base class of providers that look secrets up with an `HttpClient`."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.defer import TimeoutError as DeferredTimeout

from buildbot_keychain.errors import DeadlineExceeded
from buildbot_keychain.providers.arguments import RenderedArguments
from buildbot_keychain.providers.http._client import HttpClient
from buildbot_keychain.providers.http._messages import Request, RequestError, Response
from buildbot_keychain.providers.http._tls import TlsFiles
from buildbot_keychain.providers.service import BlockingProvider


class HttpProvider(RenderedArguments, BlockingProvider):
    """A provider with an `HttpClient`. Its lookups end at the deadline, and when it is stopped.

    A subclass defines `ask` and `timeout_hint`, and sets `tls` before its first request.
    """

    name: str
    threads = 2
    """The most threads at once, for host names and files."""

    connections = 8
    """The most requests at once; others wait."""

    max_response_bytes: int
    """Bytes of the largest response."""

    tls: TlsFiles
    """The files for ``https``."""

    def __init__(self, name: str | None, reactor: Any) -> None:  # noqa: ANN401 - Twisted's
        super().__init__(name, reactor)
        self._client: HttpClient | None = None
        self._lookups: set[Deferred[str | None]] = set()

    async def ask(self, path: str) -> str | None:
        """Do what `get` does; `look_up` ends it at the deadline."""
        raise NotImplementedError

    async def look_up(self, path: str) -> str | None:
        """Call `ask`, within the deadline."""
        lookup = Deferred.fromCoroutine(self.ask(path))
        self._lookups.add(lookup)
        try:
            return await lookup.addTimeout(self.deadline, self.reactor)
        except DeferredTimeout as error:
            raise self._too_late(path) from error
        except CancelledError:
            self.require_running(path)
            raise
        finally:
            self._lookups.discard(lookup)

    async def send(self, path: str, request: Request) -> Response:
        """Send a request, for the lookup of `path`.

        :raise RequestError: when there is no whole response.
        :raise DeadlineExceeded: when there is none in time.
        :raise ProviderUnavailable: when the service has been stopped.
        """
        self.require_running(path)
        if self._client is None:
            self._client = HttpClient(
                self.reactor,
                self.tls,
                pool=self.pool,
                connections=self.connections,
                max_response_bytes=self.max_response_bytes,
                resends=True,
            )
        try:
            return await self._client.send(request, self.deadline)
        except RequestError as error:
            if error.timed_out:
                raise self._too_late(path) from error
            raise

    def stopService(self) -> Deferred[None]:
        """Stop answering, fail lookups that are under way, and close the connections."""
        super().stopService()
        for lookup in list(self._lookups):
            lookup.cancel()
        client, self._client = self._client, None
        return succeed(None) if client is None else client.close()

    def _too_late(self, path: str) -> DeadlineExceeded:
        reason = f"no response within {self.deadline:g} seconds; {self.timeout_hint()}"
        return DeadlineExceeded(self.name, path, reason)
