"""What is sent, and what of all that a server may send back is a response."""

from __future__ import annotations

import gzip

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred

from buildbot_keychain.providers.http import (
    HttpClient,
    Interrupted,
    NotSent,
    Request,
    RequestError,
    Response,
    ResponseTooLarge,
    TlsFiles,
)
from buildbot_keychain.providers.http._reasons import NOT_WHOLE
from tests.support.http_client_case import MAX_RESPONSE_BYTES, HttpClientTestCase
from tests.support.raw_server import (
    WHOLE,
    RawConnection,
    RawServer,
    Talk,
    answers,
    answers_always,
    ends,
    resets,
)
from tests.support.tls import Authority

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class RequestTests(HttpClientTestCase):
    async def sent(self, request: Request) -> bytes:
        def talk(connection: RawConnection, _data: bytes) -> None:
            if connection.received.endswith(request.body):
                connection.send(WHOLE)

        server = RawServer(self, talk)
        url = request.url.replace("{server}", f"127.0.0.1:{server.port}")
        request = Request(request.method, url, request.headers, request.body)
        await self.client().send(request, 20)
        (received,) = server.requests
        return received.replace(f":{server.port}".encode(), b":PORT")

    async def test_each_part_of_it(self) -> None:
        request = Request(
            "POST", "http://{server}/v1/a%20b?x=%2F", {"X-Vault-Token": "t"}, b'{"a": 1}'
        )
        self.assertEqual(
            await self.sent(request),
            b"POST /v1/a%20b?x=%2F HTTP/1.1\r\n"
            b"Content-Length: 8\r\n"
            b"Accept-Encoding: identity\r\n"
            b"X-Vault-Token: t\r\n"
            b"Host: 127.0.0.1:PORT\r\n"
            b"\r\n"
            b'{"a": 1}',
        )

    async def test_without_a_body(self) -> None:
        sent = await self.sent(Request("GET", "http://{server}"))
        self.assertTrue(sent.startswith(b"GET / HTTP/1.1\r\n"))
        self.assertNotIn(b"Content-Length", sent)
        sent = await self.sent(Request("POST", "http://{server}/"))
        self.assertIn(b"Content-Length: 0\r\n", sent)

    async def test_any_method_and_a_large_body(self) -> None:
        sent = await self.sent(Request("LIST", "http://{server}/", {}, b"x" * 1_000_000))
        self.assertTrue(sent.startswith(b"LIST / HTTP/1.1\r\n"))
        self.assertTrue(sent.endswith(b"x" * 1_000_000))

    async def test_a_header_ends_where_its_line_does(self) -> None:
        sent = await self.sent(Request("GET", "http://{server}/", {"X-A": "b\r\nX-C: d"}))
        self.assertNotIn(b"\nX-C", sent)

    async def test_what_is_not_a_request_is_not_sent(self) -> None:
        for method, url in (
            ("GET", "http://127.0.0.1:1/a b"),
            ("GET", "http://127.0.0.1:1/\n"),
            ("GET /\r\n", "http://127.0.0.1:1/"),
            ("GÉT", "http://127.0.0.1:1/"),
            ("GET", "http://127.0.0.1:1/é"),
            ("GET", "no URL"),
            ("GET", "http://"),
        ):
            await self.fails(self.client().send(Request(method, url), 20), NotSent)

    async def test_an_international_host_name(self) -> None:
        error = await self.fails(self.get(self.client(), "http://bücher.invalid:1/"), NotSent)
        self.assertIn("has a host name that cannot be resolved", error.reason)


class ResponseTests(HttpClientTestCase):
    async def response(self, content: bytes) -> Response:
        return await self.get(self.client(), RawServer(self, answers(content)).url())

    async def test_each_part_of_it(self) -> None:
        response = await self.response(
            b"HTTP/1.1 404 No\r\nRetry-After: 5\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\n{}"
        )
        self.assertEqual(response, Response(404, {"retry-after": "5", "x-a": "1, 2"}, b"{}"))

    async def test_a_body_in_chunks(self) -> None:
        response = await self.response(CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        self.assertEqual(response.body, b"abcde")

    async def test_a_body_that_ends_with_the_connection(self) -> None:
        self.assertEqual((await self.response(HEAD + b"\r\nabc")).body, b"abc")

    async def test_statuses_without_a_body(self) -> None:
        for status in (204, 304):
            response = await self.response(f"HTTP/1.1 {status} X\r\n\r\n".encode())
            self.assertEqual((response.status, response.body), (status, b""))

    async def test_a_status_before_the_status(self) -> None:
        self.assertEqual((await self.response(b"HTTP/1.1 100 C\r\n\r\n" + WHOLE)).status, 200)

    async def test_a_compressed_body(self) -> None:
        content = gzip.compress(b"unpacked")
        head = f"Content-Encoding: gzip\r\nContent-Length: {len(content)}\r\n\r\n"
        response = await self.response(HEAD + head.encode() + content)
        self.assertEqual((response.body, response.headers), (b"unpacked", {}))

    async def test_a_redirect_is_not_followed_and_a_cookie_not_kept(self) -> None:
        elsewhere = RawServer(self, answers_always(WHOLE))
        redirect = f"HTTP/1.1 307 T\r\nLocation: {elsewhere.url()}\r\nSet-Cookie: a=b\r\n"
        server = RawServer(self, answers_always(redirect.encode() + b"Content-Length: 0\r\n\r\n"))
        client = self.client()
        for _ in range(2):
            response = await self.get(client, server.url())
            self.assertEqual((response.status, response.body), (307, b""))
            self.assertEqual(response.headers["location"], elsewhere.url())
        self.assertEqual(elsewhere.connections, [])
        self.assertNotIn(b"ookie", server.requests[0])

    async def test_responses_that_are_not_whole(self) -> None:
        for content in (
            b"",
            b"HTTP/1.1 20",
            HEAD,
            HEAD + b"\r\n",
            HEAD + b"Content-Length: 9\r\n\r\n{}",
            CHUNKED + b"9\r\n{}",
            CHUNKED + b"2\r\n{}\r\n",
        ):
            sending = self.get(self.client(), RawServer(self, answers(content)).url())
            self.assertEqual((await self.fails(sending, Interrupted)).reason, NOT_WHOLE)
        sending = self.get(self.client(), RawServer(self, resets).url())
        self.assertEqual((await self.fails(sending, Interrupted)).reason, NOT_WHOLE)

    async def test_responses_that_are_not_http(self) -> None:
        for content in (
            b"nonsense\r\n\r\n",
            b"HTTP/1.1 OK 200\r\n\r\n",
            CHUNKED + b"zz\r\n{}",
            HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
            HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
            b"x" * 100_000,
        ):
            sending = self.get(self.client(), RawServer(self, answers_always(content)).url())
            error = await self.fails(sending, Interrupted)
            self.assertIn("that is not valid HTTP", error.reason, content[:100])

    async def test_responses_that_are_too_large(self) -> None:
        body = b"x" * (MAX_RESPONSE_BYTES + 1)
        length = f"Content-Length: {len(body)}\r\n\r\n".encode()
        bomb = gzip.compress(body)
        packed = f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
        for content in (
            HEAD + length + body,
            HEAD + b"\r\n" + body,
            CHUNKED + b"%x\r\n" % len(body) + body,
            HEAD + packed + bomb,
        ):
            server = RawServer(self, answers_always(content))
            error = await self.fails(self.get(self.client(), server.url()), ResponseTooLarge)
            self.assertIn(f"more than {MAX_RESPONSE_BYTES} bytes", error.reason)


class PersistenceTests(HttpClientTestCase):
    async def test_a_connection_is_used_again(self) -> None:
        server, client = RawServer(self, answers_always(WHOLE)), self.client()
        for _ in range(5):
            await self.get(client, server.url())
        self.assertEqual(len(server.connections), 1)

    async def test_one_over_tls(self) -> None:
        self.addCleanup(self.flushWarnings)
        authority = Authority(self.dir)
        server = RawServer(self, answers_always(WHOLE), context=authority.context())
        client = self.client(TlsFiles(str(authority.path)))
        for method in ("GET", "POST", "GET"):
            await client.send(Request(method, server.url(), body=b"x"), 20)
        self.assertEqual(len(server.connections), 1)

    async def test_one_connection_for_each_request_at_once(self) -> None:
        server, client = RawServer(self, answers_always(WHOLE)), self.client(connections=3)
        for _ in range(3):
            await gatherResults([self.get(client, server.url()) for _ in range(3)])
        self.assertEqual(len(server.connections), 3)

    async def test_unless_the_server_wants_it_closed(self) -> None:
        content = WHOLE.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        server, client = RawServer(self, answers_always(content)), self.client()
        for _ in range(3):
            await self.get(client, server.url())
        self.assertEqual(len(server.connections), 3)

    async def test_one_that_ended_while_idle_is_made_anew(self) -> None:
        server, client = RawServer(self, answers(WHOLE)), self.client()
        for method in ("GET", "POST", "GET"):
            await client.send(Request(method, server.url(), body=b"x"), 20)
            await server.connections[-1].lost
        self.assertEqual(len(server.connections), 3)


class ResendTests(HttpClientTestCase):
    """A server that ends a persistent connection when it receives a request."""

    def server(self, end: Talk = ends) -> RawServer:
        def talk(connection: RawConnection, data: bytes) -> None:
            if connection.received == data:
                connection.send(WHOLE)
            else:
                end(connection, data)

        return RawServer(self, talk)

    async def second(
        self, client: HttpClient, server: RawServer, method: str, body: bytes = b""
    ) -> Response:
        await self.get(client, server.url())
        return await client.send(Request(method, server.url(), body=body), 20)

    async def test_what_only_reads_is_sent_again_if_that_is_wanted(self) -> None:
        for end in (ends, resets):
            server = self.server(end)
            response = await self.second(self.client(resends=True), server, "GET")
            self.assertEqual((response.status, len(server.connections)), (200, 2))

    async def test_anything_else_may_have_been_done(self) -> None:
        for resends, method, body in (
            (True, "POST", b""),
            (True, "POST", b"x"),
            (True, "GET", b"x"),
            (False, "GET", b""),
            (False, "POST", b"x"),
        ):
            server = self.server()
            sending = Deferred.fromCoroutine(
                self.second(self.client(resends=resends), server, method, body)
            )
            await self.fails(sending, Interrupted)
            self.assertEqual(len(server.connections), 1)

    async def test_a_server_that_is_gone_then_may_have_seen_the_request(self) -> None:
        def stops(connection: RawConnection, _data: bytes) -> None:
            stopping = maybeDeferred(server.stop_listening)
            stopping.addCallback(lambda _: connection.end())

        server = self.server(stops)
        sending = Deferred.fromCoroutine(self.second(self.client(resends=True), server, "GET"))
        error: RequestError = await self.fails(sending, Interrupted)
        self.assertEqual(error.reason, "refused the connection")
