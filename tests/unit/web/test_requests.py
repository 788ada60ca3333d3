from __future__ import annotations

import tempfile
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.server import Request

from buildbot_keychain.web import LONGEST_BODY, guarded
from buildbot_keychain.web._requests import _MOST_LONG, _PATIENCE, _QUICK
from buildbot_keychain.web._routes import LONGEST_VALUE_BODY
from tests.support.page_client import FORM, NAVIGATION, PAGE, forms_of
from tests.support.page_routes import ABOUT, NO_VALUE
from tests.support.page_site import ORIGIN, PageSite, parsed

LARGE = 200_000
"""Bytes, which Twisted writes to a file."""


class BodyTests(SynchronousTestCase):
    """What is sent is in no file, whoever sends it."""

    def setUp(self) -> None:
        self.pages = PageSite()
        self.files: list[Any] = []
        original = tempfile.TemporaryFile

        def noted(*args: Any, **kwargs: Any) -> Any:
            self.files.append(original(*args, **kwargs))
            return self.files[-1]

        self.patch(tempfile, "TemporaryFile", noted)

    def send(self, path: str) -> int:
        body = b"reason=" + b"x" * LARGE
        return self.pages.ask("POST", path, {"Content-Type": FORM}, body).status

    def test_without_the_guard_a_body_is_in_a_file_before_anybody_is_asked(self) -> None:
        self.pages.site.requestFactory = Request
        self.assertEqual(self.send(f"{PAGE}approvals"), 403)
        self.assertEqual(len(self.files), 1)

    def test_ours_is_not_however_its_path_is_spelled(self) -> None:
        spelled = "/%70lugins/k%65ychain/approvals?x=1", "/plugins///keychain/approvals"
        for path in (f"{PAGE}approvals", f"{PAGE}none", *spelled):
            self.assertNotEqual(self.send(path), 200)
        self.assertEqual(self.files, [])

    def test_the_bodies_of_others_are_as_before(self) -> None:
        self.assertEqual(self.send("/change_hook/github"), 404)
        self.assertEqual(len(self.files), 1)

    def test_a_chunked_one_does_not_grow(self) -> None:
        channel, transport = self.pages.connect()
        head = f"POST {PAGE}approvals HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        channel.dataReceived(head.encode())
        request = channel._channel.requests[-1]
        for _ in range(20):
            channel.dataReceived(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        self.assertEqual(request.content.tell(), LONGEST_BODY + 1)
        channel.dataReceived(b"0\r\n\r\n")
        self.pages.settle()
        self.assertEqual(parsed(transport.value()).status, 403)
        self.assertEqual(self.files, [])
        channel.connectionLost(Failure(ConnectionDone()))

    def test_a_value_of_a_mebibyte_is_in_memory_alone(self) -> None:
        ada = self.pages.client("ada")
        (form,) = forms_of(ada.open("add").text, "add")
        fields = {**NO_VALUE, **ABOUT, "store": "store", "path": "large"}
        content = bytes(range(256)) * 4096
        self.assertEqual(ada.upload("add", {**form, **fields, "file": content}).status, 303)
        self.assertTrue(self.pages.host.stores.value("large") == content)
        too_long = b"x" * LONGEST_VALUE_BODY
        self.assertEqual(ada.upload("add", {**form, **fields, "file": too_long}).status, 413)
        self.assertEqual(self.files, [])

    def test_twisted_does_not_read_what_is_sent(self) -> None:
        """It would keep it in `args`, and take its time for it."""
        channel, _ = self.pages.connect()
        body = b"reason=canary"
        head = f"POST {PAGE}approvals?a=b HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n"
        channel.dataReceived(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        request = channel._channel.requests[-1]
        channel.dataReceived(body)
        self.assertEqual(request.args, {b"a": [b"b"]})
        channel.connectionLost(Failure(ConnectionDone()))

    def test_few_long_bodies_are_kept_at_once(self) -> None:
        """Whoever sends one need not be logged in."""
        channels = []
        for _ in range(_MOST_LONG + 1):
            channel, transport = self.pages.connect()
            head = f"POST {PAGE}add HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
            channel.dataReceived(head.encode() + b"x" * 99_999)
            channels.append((channel, transport, channel._channel.requests[-1]))
        sizes = [request.content.tell() for _, _, request in channels]
        self.assertEqual(sizes, [*[99_999] * _MOST_LONG, LONGEST_BODY + 1])
        ada = self.pages.client("ada")
        (form,) = forms_of(ada.open("add").text, "add")
        fields = {**NO_VALUE, **ABOUT, "store": "store", "path": "a"}
        for value, status in ((b"x" * 100_000, 503), (b"x", 303)):
            self.assertEqual(ada.upload("add", {**form, **fields, "file": value}).status, status)
        for channel, _, _ in channels:
            channel.connectionLost(Failure(ConnectionDone()))
        fields["path"] = "b"
        reply = ada.upload("add", {**form, **fields, "file": b"x" * 100_000})
        self.assertEqual(reply.status, 303)

    def test_of_long_bodies_the_one_that_is_slow_for_longest_gives_way(self) -> None:
        """And is refused when it ends, as what it has sent is gone."""
        ada = self.pages.client("ada")
        usual = {**NAVIGATION, "Origin": ORIGIN, "Cookie": ada.cookie, "Content-Length": "100000"}
        head = "".join(f"{name}: {value}\r\n" for name, value in usual.items())
        connections = []
        for _ in range(_MOST_LONG):
            channel, transport = self.pages.connect()
            channel.dataReceived(f"POST {PAGE}add HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode())
            channel.dataReceived(b"x" * 99_999)
            connections.append((channel, transport, channel._channel.requests[-1]))
        (form,) = forms_of(ada.open("add").text, "add")
        fields = {**form, **NO_VALUE, **ABOUT, "store": "store", "file": b"x" * 100_000}
        for seconds, path, status in ((_QUICK - 1, "a", 503), (1, "a", 303), (0, "b", 303)):
            self.pages.host.clock.advance(seconds)
            self.assertEqual(ada.upload("add", {**fields, "path": path}).status, status)
        sizes = [request.content.tell() for _, _, request in connections]
        self.assertEqual(sizes, [0, *[99_999] * (_MOST_LONG - 1)])
        for channel, _, _ in connections[:2]:
            channel.dataReceived(b"x")
        self.pages.settle()
        replies = [parsed(transport.value()) for _, transport, _ in connections[:2]]
        self.assertEqual([reply.status for reply in replies], [503, 415])
        for channel, _, _ in connections:
            channel.connectionLost(Failure(ConnectionDone()))

    def test_a_slow_one_ends_its_connection(self) -> None:
        channel, transport = self.pages.connect()
        head = f"POST {PAGE}approvals HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
        channel.dataReceived(head.encode())
        for _ in range(_PATIENCE):
            self.assertFalse(transport.disconnecting)
            self.pages.host.clock.advance(1)
            channel.dataReceived(b"x")
        self.assertTrue(transport.disconnecting)
        channel.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(self.pages.host.clock.getDelayedCalls(), [])


class CookieTests(SynchronousTestCase):
    """No script reads a session's cookie, and no other site's request brings it along."""

    def cookies(self, *, is_https: bool) -> list[bytes]:
        factory = guarded(Request, b"/x", lambda: is_https, Clock().callLater)
        channel, _ = PageSite().connect()
        request: Any = factory(channel._channel)
        request.addCookie(b"TWISTED_SESSION", b"s", path=b"/", secure=False)
        request.addCookie("TWISTED_SECURE_SESSION", "s", path="/", secure=True)
        request.addCookie("colour", "blue")
        channel.connectionLost(Failure(ConnectionDone()))
        found: list[bytes] = request.cookies
        return found

    def test_over_http(self) -> None:
        plain, secure, others = self.cookies(is_https=False)
        self.assertEqual(plain, b"TWISTED_SESSION=s; Path=/; HttpOnly; SameSite=lax")
        self.assertIn(b"; Secure; HttpOnly; SameSite=lax", secure)
        self.assertEqual(others, b"colour=blue")

    def test_where_a_proxy_ends_https(self) -> None:
        plain, secure, _ = self.cookies(is_https=True)
        self.assertIn(b"; Secure; HttpOnly; SameSite=lax", plain)
        self.assertIn(b"; Secure; HttpOnly; SameSite=lax", secure)


class FactoryTests(SynchronousTestCase):
    def test_it_is_made_anew_of_what_was_there_before(self) -> None:
        class Another(Request):
            pass

        first = guarded(Another, b"/x", lambda: False, Clock().callLater)
        second = guarded(first, b"/y", lambda: True, Clock().callLater)
        self.assertTrue(issubclass(second, Another))
        self.assertFalse(issubclass(second, first))
