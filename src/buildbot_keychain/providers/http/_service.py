"""`HttpProvider`: the base class of providers that look secrets up with an `HttpClient`."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.defer import TimeoutError as DeferredTimeout
from zope.interface import implementer

from buildbot_keychain.details import Expiry
from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.interfaces import IExpires
from buildbot_keychain.providers.arguments import RenderedArguments
from buildbot_keychain.providers.http._client import HttpClient
from buildbot_keychain.providers.http._expiries import expiries_of
from buildbot_keychain.providers.http._messages import (
    Request,
    RequestError,
    Response,
    UnreadableTlsFile,
    UnusableTlsFiles,
)
from buildbot_keychain.providers.http._status import error_of_status
from buildbot_keychain.providers.http._tls import TlsFiles
from buildbot_keychain.providers.service import BlockingProvider


@implementer(IExpires)
class HttpProvider(RenderedArguments, BlockingProvider):
    """A provider with an `HttpClient`. Its lookups end at the deadline, and when it is stopped.

    A subclass defines `ask`, and sets `server` in its ``__init__``. Everything else has a default:
    `tls`, `max_response_bytes`, `connections`, `timeout_hint`, and `request_error` for what a
    failed request means. `status_error` returns the error for a status.
    """

    name: str
    threads = 2
    """The most threads at once, for host names and files."""

    connections = 8
    """The most requests at once; others wait."""

    max_response_bytes = 1 << 20
    """Bytes of the largest response."""

    server: str
    """The URL of the server, as messages show it: without a user and a query."""

    tls = TlsFiles()
    """The files for ``https``; by default, the server's certificate is checked as the system does.

    A subclass sets its own before its first request.
    """

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

    def expiries(self) -> Deferred[list[Expiry]]:
        """Return when the certificates end that it shows and trusts."""
        return self.without_trace("", self.in_thread("", self.own_expiries))

    def own_expiries(self) -> list[Expiry]:
        """Return what `expiries` does. Called in a thread; blocks."""
        return expiries_of(self.tls)

    def timeout_hint(self) -> str:
        """Return what to look at when there is no response in time."""
        return f"is {self.server} running and reachable from here?"

    async def send(self, path: str, request: Request) -> Response:
        """Send a request, for the lookup of `path`, and return the response, whatever its status.

        :raise DeadlineExceeded: when there is no response in time.
        :raise ProviderError: when there is no whole response, as `request_error` has it.
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
            raise self.request_error(path, error) from error

    def request_error(self, path: str, error: RequestError) -> ProviderError:
        """Return the error of a lookup whose request has failed, other than by its deadline.

        A subclass overrides it where it can say more, such as which argument to correct.
        """
        if isinstance(error, UnreadableTlsFile):
            return ProviderUnavailable(self.name, path, error.reason)
        if isinstance(error, UnusableTlsFiles):
            return AccessDenied(self.name, path, error.reason)
        return ProviderUnavailable(self.name, path, f"{self.server} {error.reason}")

    def status_error(self, path: str, status: int) -> ProviderError:
        """Return the error of a lookup whose response has a status that is not a success."""
        problem = f"{self.server} responded with status {status}"
        kind = error_of_status(status)
        if kind is AccessDenied:
            hint = "is the token or the certificate right, and may it read this?"
        elif kind is ProviderUnavailable:
            hint = "see its log"
        else:
            hint = "correct its URL"
        if 300 <= status < 400:  # noqa: PLR2004 - redirections
            problem += ", a redirect, which is not followed"
        return kind(self.name, path, f"{problem}; {hint}")

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
