"""`PageSite`: our pages on Twisted's web server, without a network and without Buildbot."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.pages import notFound
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from zope.interface import implementer

from buildbot_keychain.approvals import Person
from buildbot_keychain.web import SCOPES, Action, IPageHost, Page, Visitor, guarded
from tests.support.approvals_in_memory import ApprovalsInMemory, request_for
from tests.support.audit_in_memory import AuditInMemory
from tests.support.builders_in_memory import BuildersInMemory
from tests.support.builds_in_memory import BuildsInMemory
from tests.support.forms_in_memory import FormsInMemory
from tests.support.inspections_in_memory import InspectionsInMemory
from tests.support.page_client import PageClient, Reply, reply_of
from tests.support.page_stores import StoresOnDisk
from tests.support.secrets_in_memory import SecretsInMemory

ORIGIN = "https://ci.example.org"
PEOPLE = {
    "ada": frozenset({"admins"}),
    "vera": frozenset({"viewers"}),
    "rolf": frozenset({"release"}),
    "nina": frozenset({"developers"}),
}
"""The roles of each person: an administrator, a viewer, an approver, and somebody else."""


class MetricsInMemory:
    """Metrics of nothing."""

    def text(self) -> Deferred[str]:
        return succeed("keychain_builds_waiting 0\n")


@implementer(IPageHost)
class HostInMemory:
    """Knows people by a cookie ``session=NAME``, and tokens that a test gives it."""

    origin = ORIGIN
    title = "Example CI"
    theme = ":root { --bb-link-color: #123456; }"
    form_key = b"k" * 32
    admin_roles = frozenset({"admins"})
    viewer_roles = frozenset({"viewers"})
    approver_roles = frozenset({"release"})

    def __init__(self) -> None:
        self.plain_http = False
        self.approvals: Any = ApprovalsInMemory(PEOPLE, request_for())
        self.stores: Any = StoresOnDisk()
        self.metrics: Any = MetricsInMemory()
        self.secrets: Any = SecretsInMemory()
        self.builders: Any = BuildersInMemory(self.secrets)
        self.builds: Any = BuildsInMemory()
        self.audit: Any = AuditInMemory()
        self.inspections: Any = InspectionsInMemory()
        self.forms: Any = FormsInMemory()
        self.people = dict(PEOPLE)
        self.tokens: dict[str, Visitor] = {}
        self.forbidden: set[Action | str] = set()
        """Actions, and names of secrets."""
        self.clock = Clock()

    def now(self) -> float:
        return self.clock.seconds()

    def visitor(self, request: Any) -> Deferred[Visitor | None]:
        cookie = request.getCookie(b"session")
        name = "" if cookie is None else cookie.decode()
        if name not in self.people:
            return succeed(None)
        return succeed(Visitor(Person(name, self.people[name]), cookie))

    def bearer(self, token: str) -> Deferred[Visitor | None]:
        return succeed(self.tokens.get(token))

    def allows(self, visitor: Visitor, action: Action, name: str | None = None) -> Deferred[bool]:
        return succeed(self.forbidden.isdisjoint({action, name or action}))


class _Plugins(Resource):
    """Takes several slashes for one, as Buildbot's resources do."""

    def getChild(self, path: bytes, request: Any) -> Any:
        return self if path == b"" else notFound()


class PageSite:
    """A site with the page of a `HostInMemory`, as `host`."""

    def __init__(self) -> None:
        self.host = HostInMemory()
        root, plugins = Resource(), _Plugins()
        root.putChild(b"plugins", plugins)
        root.putChild(b"change_hook", notFound())
        plugins.putChild(b"keychain", Page(self.host, self.host.clock.callLater))
        self.site = Site(root, reactor=self.host.clock)
        self.site.requestFactory = guarded(
            Request, b"/plugins/keychain", lambda: True, self.host.clock.callLater
        )

    def connect(self) -> tuple[Any, StringTransport]:
        """Return the server's end of a new connection, and what it writes to."""
        channel = self.site.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
        transport = StringTransport()
        channel.callLater = self.host.clock.callLater
        channel.makeConnection(transport)
        return channel, transport

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Send one request on a connection of its own, and return what is answered at once."""
        lines = [f"{method} {path} HTTP/1.1", "Host: ci.example.org"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        channel, transport = self.connect()
        self.host.clock.advance(0)
        channel.dataReceived("\r\n".join([*lines, "", ""]).encode() + (body or b""))
        self.settle()
        channel.connectionLost(Failure(ConnectionDone()))
        return parsed(transport.value(), method)

    def settle(self) -> None:
        """Do all that is left to do now, as long answers are made piece by piece."""
        while any(call.getTime() <= self.host.now() for call in self.host.clock.getDelayedCalls()):
            self.host.clock.advance(0)

    def client(self, person: str = "") -> PageClient:
        """Return a browser in which a person is logged in, or nobody."""
        return PageClient(self.ask, ORIGIN, f"session={person}" if person else "")


class ViewTestCase(SynchronousTestCase):
    """Has a site as `pages`, its `host`, and ``t``: a token of rolf's for everything."""

    def setUp(self) -> None:
        self.pages = PageSite()
        self.host = self.pages.host
        scopes = frozenset(SCOPES.values())
        self.host.tokens["t"] = Visitor(Person("rolf", PEOPLE["rolf"]), scopes=scopes)

    def token_of(self, person: str, scope: str) -> str:
        """Return a token of a person."""
        roles = self.host.people[person]
        visitor = Visitor(Person(person, roles), scopes=frozenset({scope}))
        self.host.tokens["one"] = visitor
        return "one"

    def text(self, person: str, page: str = "") -> str:
        """Return a page as a person sees it."""
        return self.pages.client(person).open(page).text


def parsed(response: bytes, method: str = "GET") -> Reply:
    """Return a response that was written to a transport."""

    class Socket:
        def makefile(self, *_: object) -> BytesIO:
            return BytesIO(response)

    read = http.client.HTTPResponse(Socket(), method=method)  # type: ignore[arg-type]
    read.begin()
    return reply_of(read)
