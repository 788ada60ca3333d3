"""`ReverseProxy`: ends TLS and serves a master below ``/bb/``, as Buildbot's manual says."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.web.pages import notFound
from twisted.web.proxy import ProxyClient, ProxyClientFactory, ReverseProxyResource
from twisted.web.resource import Resource
from twisted.web.server import Site

PREFIX = "/bb/"


class ReverseProxy:
    """Runs in the reactor.

    :param port: of the master, which listens on 127.0.0.1.
    :param context: what it listens with, such as of an `Authority`.
    :ivar person: whom it has logged in; whatever a browser says of that is replaced.
    :ivar url: by which browsers reach the master.
    """

    def __init__(self, port: int, context: Any) -> None:
        self.person = ""
        root = Resource()
        root.putChild(PREFIX.strip("/").encode(), _Master(self, port))
        self._listening = reactor.listenSSL(0, Site(root), context, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.url = f"https://127.0.0.1:{self._listening.getHost().port}{PREFIX}"

    def stop(self) -> Deferred[Any]:
        return maybeDeferred(self._listening.stopListening)


class _Client(ProxyClient):
    def handleResponseEnd(self) -> None:
        if self.father._disconnected:  # the browser has gone on: there is nothing to finish
            self._finished = True
        super().handleResponseEnd()


class _ClientFactory(ProxyClientFactory):
    protocol = _Client


class _Proxied(ReverseProxyResource):
    proxyClientFactoryClass = _ClientFactory

    def getChild(self, path: bytes, request: Any) -> Any:
        below = self.path + b"/" + quote(path, safe="").encode()
        return _Proxied(self.host, self.port, below)


class _Master(_Proxied):
    def __init__(self, proxy: ReverseProxy, port: int) -> None:
        super().__init__("127.0.0.1", port, b"")
        self._proxy = proxy

    def getChild(self, path: bytes, request: Any) -> Any:
        if path == b"ws":  # this proxy knows no web sockets, of which the master would keep timers
            return notFound()
        request.requestHeaders.setRawHeaders("Remote-User", [self._proxy.person])
        return super().getChild(path, request)
