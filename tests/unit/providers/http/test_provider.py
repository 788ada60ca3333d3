from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock
from urllib.parse import quote

from buildbot.process.properties import Secret as BuildbotSecret
from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail, gatherResults, maybeDeferred, succeed
from twisted.internet.task import deferLater
from twisted.web.server import Request, Site
from zope.interface.verify import verifyObject

from buildbot_keychain import Secret, SecretManager
from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    DeadlineExceeded,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
    SecretNotFound,
)
from buildbot_keychain.interfaces import IRendersArguments
from buildbot_keychain.providers.files import MAX_SIZE
from buildbot_keychain.providers.http import SecretInHTTP
from buildbot_keychain.testing import ProviderContract
from tests.support.directories import FileTestCase
from tests.support.fakes import DictProvider
from tests.support.http_server import (
    TOKEN,
    SecretServer,
    beginning,
    listen,
    silence,
    status,
)
from tests.support.reachable import reachable_text
from tests.support.tls import Authority

VALUE = "s3cr3t-value-of-the-server"
CONNECTIONS = SecretInHTTP.connections


class HttpTestCase(FileTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = SecretServer()
        self.port = listen(self, self.server)

    def http(self, url: str = "/v1/{path}", port: int | None = None, **arguments: Any) -> Any:
        scheme = "https" if port else "http"
        provider = SecretInHTTP(f"{scheme}://127.0.0.1:{port or self.port}{url}", **arguments)
        return self.start(provider)

    def start(self, provider: SecretInHTTP) -> SecretInHTTP:
        provider.startService()
        self.addCleanup(lambda: provider.stopService() if provider.running else None)
        return provider


class SocketTests(HttpTestCase):
    async def test_a_server_on_a_unix_socket(self) -> None:
        with TemporaryDirectory() as directory:
            socket = f"{directory}/secrets.sock"
            untyped: Any = reactor
            port = untyped.listenUNIX(socket, Site(self.server))
            self.server.held["a/b"] = VALUE
            url = f"http+unix://{quote(socket, safe='')}/v1/{{path}}"
            provider = self.start(SecretInHTTP(url, TOKEN))
            for _ in range(2):
                self.assertEqual(await provider.get("a/b"), VALUE)
            self.assertEqual(self.server.hosts, ["localhost", "localhost"])
            await maybeDeferred(port.stopListening)
        provider = self.start(SecretInHTTP(url, TOKEN))
        error: Any = await self.assertFailure(provider.get("x"), ProviderUnavailable)
        self.assertIn("cannot be reached (No such file or directory)", str(error))


class ContractTests(ProviderContract, HttpTestCase):
    def make_provider(self) -> SecretInHTTP:
        return SecretInHTTP(f"http://127.0.0.1:{self.port}/v1/{{path}}", TOKEN)

    def store(self, name: str, value: str) -> None:
        self.server.held[name] = value

    def remove(self, name: str) -> None:
        del self.server.held[name]

    def break_store(self, provider: Any) -> None:
        self.server.answer = lambda request: str(self.server.held).encode()

    def repair_store(self, provider: Any) -> None:
        self.server.answer = None

    def make_unreachable_provider(self) -> SecretInHTTP:
        return SecretInHTTP("http://127.0.0.1:1/{path}", TOKEN)

    def hang(self, provider: Any) -> None:
        provider.deadline = 0.3
        self.server.answer = silence

    def wrong_arguments(self) -> Iterable[Callable[[], object]]:
        for url in (
            *(None, "", "x", "https://", "https:///{path}", "https://h/", "https://h/{path}{path}"),
            *("ftp://h/{path}", "https://{path}/", "https://h/#{path}", "https://h/{path}#x"),
            *(
                "https://u:p@h/{path}",
                "https://h:port/{path}",
                "http://h/{path}",
                "https://h/é{path}",
            ),
            *("http://127.0.0.1.example.org/{path}", "https://h/{path}\n", "https://[h/{path}"),
        ):
            yield lambda url=url: SecretInHTTP(url)  # type: ignore[misc]
        good = "https://h/{path}"
        for wrong in (
            *({"token": 5}, {"token": ""}, {"token": "a\nb"}, {"token": "é"}, {"field": ""}),
            *(
                {"timeout": 0},
                {"timeout": "5"},
                {"field": 5},
                {"certificate": 5},
                {"key": "x"},
                {"ca": ""},
                {"allow_http": 1},
            ),
        ):
            yield lambda wrong=wrong: SecretInHTTP(good, **wrong)  # type: ignore[misc]


class LookupTests(HttpTestCase):
    async def test_headers_with_secrets(self) -> None:
        self.server.held["token"] = VALUE
        headers = {"X-Api-Key": Secret("keys!api"), "X-Team": "ci"}
        provider = SecretInHTTP(f"http://127.0.0.1:{self.port}/v1/{{path}}", TOKEN, headers=headers)
        manager = SecretManager([DictProvider("keys", {"api": "k-1"}), provider])
        manager.startService()
        self.addCleanup(manager.stopService)
        seen: list[Any] = []

        def answer(request: Any) -> bytes:
            seen.append([request.getHeader(name) for name in ("X-Api-Key", "X-Team")])
            return json.dumps({"value": VALUE}).encode()

        self.server.answer = answer
        self.assertEqual((await manager.get("SecretInHTTP!token")).value, VALUE)
        self.assertEqual(seen, [["k-1", "ci"]])

    async def test_plain_text(self) -> None:
        self.server.answer = lambda request: f"{VALUE}\r\n".encode()
        provider = self.http(token=TOKEN, plain=True)
        self.assertEqual(await provider.get("token"), VALUE)
        error: Any = await self.assertFailure(provider.get("token|field"), InvalidSecret)
        self.assertIn("is plain text, which has no fields", str(error))
        self.server.answer = lambda request: b"\xff"
        error = await self.assertFailure(provider.get("token"), InvalidSecret)
        self.assertIn("is not UTF-8 text", str(error))

    async def test_line_ends_at_the_end(self) -> None:
        """As for a file; a field that was made of one has them too."""
        for body, plain, path in (
            (f"{VALUE}\r\n", True, "token"),
            (json.dumps({"value": f"{VALUE}\r\n"}), False, "token"),
            (json.dumps({"k": f"{VALUE}\r\n"}), False, "token|k"),
        ):
            self.server.answer = lambda request, body=body: body.encode()
            for strip, wanted in ((True, VALUE), (False, f"{VALUE}\r\n")):
                provider = self.http(token=TOKEN, strip=strip, plain=plain)
                self.assertEqual(await provider.get(path), wanted)

    async def test_base64_and_numbers(self) -> None:
        self.server.answer = lambda request: b'{"value": 5432, "k": {"e": "cHctMQ=="}}'
        provider = self.http(token=TOKEN, numbers="text")
        self.assertEqual(await provider.get("token"), "5432")
        self.assertEqual(await provider.get("token|k/e:base64"), "pw-1")

    async def test_a_name_in_the_path(self) -> None:
        for name, uri in (
            ("team/app/token", b"/v1/team/app/token"),
            ("a b?c#d&e=f%2f;é", b"/v1/a%20b%3Fc%23d%26e%3Df%252f%3B%C3%A9"),
        ):
            self.server.held[name] = VALUE
            self.assertEqual(await self.http().get(name), VALUE)
            self.assertEqual(self.server.paths[-1], uri)

    async def test_a_name_in_the_query(self) -> None:
        self.assertIsNone(await self.http("/find?name={path}&x=1").get("team/a&b=c"))
        self.assertEqual(self.server.paths, [b"/find?name=team%2Fa%26b%3Dc&x=1"])

    async def test_the_token_is_sent(self) -> None:
        await self.http(token=TOKEN).get("x")
        await self.http().get("x")
        self.assertEqual(self.server.authorizations, [f"Bearer {TOKEN}", None])

    async def test_the_token_may_be_a_secret_of_another_provider(self) -> None:
        tokens = DictProvider("tokens", {"http_token": "first"})
        self.server.held["x"] = VALUE
        http = self.http(token=Secret("http_token"))
        verifyObject(IRendersArguments, http)
        manager = SecretManager([http, tokens])
        self.assertEqual((await manager.get("x")).value, VALUE)
        tokens.answers["http_token"] = "second"
        await manager.get("x")
        self.assertEqual(self.server.authorizations, ["Bearer first", "Bearer second"])

    async def test_the_token_may_be_a_renderable_of_buildbot(self) -> None:
        http = self.http(token=BuildbotSecret("http_token"))
        http.use_renderer(lambda argument: succeed(TOKEN))
        self.assertIsNone(await http.get("x"))
        self.assertEqual(self.server.authorizations, [f"Bearer {TOKEN}"])

    async def test_a_token_that_cannot_be_rendered_is_an_error(self) -> None:
        for answer, kind, reason in (
            (succeed(None), ProviderError, "token renders to a value of type NoneType"),
            (succeed(Secret("x")), ProviderError, "token renders to a value of type Secret"),
            (
                succeed("a\r\nX-Odd: b"),
                ProviderError,
                "token renders to a text that holds other characters",
            ),
            (fail(SecretNotFound("other", ("files",))), ProviderError, "no provider holds"),
            (fail(ProviderUnavailable("files", "other", "away")), ProviderUnavailable, "away"),
        ):
            http = self.http(token=Secret("http_token"))
            http.use_renderer(lambda argument, answer=answer: answer)
            error: Any = await self.assertFailure(http.get("x"), kind)
            self.assertIs(type(error), kind)
            self.assertIn(reason, str(error))
        self.assertEqual(self.server.paths, [])

    async def test_fields(self) -> None:
        self.server.held["x"] = VALUE
        self.assertEqual(await self.http(field="group/other").get("x"), "of a group")
        self.assertEqual(await self.http().get("x|group/other"), "of a group")
        self.assertEqual(await self.http(field="nothing").get("x|value"), VALUE)
        for name in ("x|nothing", "x|", "x|group/", "x|value/deeper", "nobody|value"):
            self.assertIsNone(await self.http().get(name), name)

    async def test_a_response_that_is_the_value(self) -> None:
        self.server.answer = lambda request: b'"s\\u00e9cret"'
        self.assertEqual(await self.http(field=None).get("x"), "sécret")

    async def test_a_compressed_response(self) -> None:
        def answer(request: Request) -> bytes:
            request.setHeader("Content-Encoding", "gzip")
            return gzip.compress(b'{"value": "unpacked"}')

        self.server.answer = answer
        self.assertEqual(await self.http().get("x"), "unpacked")

    async def test_the_number_of_connections_is_limited(self) -> None:
        self.server.held["x"] = VALUE
        waiting: list[Any] = []
        most = 0

        def answer(request: Request) -> object:
            nonlocal most
            waiting.append(request)
            most = max(most, len(waiting))
            if len(waiting) == CONNECTIONS:
                for one in waiting:
                    one.write(b'{"value": "x"}')
                    one.finish()
                waiting.clear()
            return silence(request)

        self.server.answer = answer
        http = self.http()
        await gatherResults([http.get("x") for _ in range(10 * CONNECTIONS)])
        self.assertEqual(most, CONNECTIONS)


class ErrorTests(HttpTestCase):
    async def failure(self, kind: type[Exception], path: str = "x", **arguments: Any) -> str:
        error = await self.assertFailure(self.http(token=TOKEN, **arguments).get(path), kind)
        self.assertIs(type(error), kind)
        reachable = reachable_text(error)
        for secret in (VALUE, TOKEN):
            self.assertNotIn(secret, reachable)
        return str(error)

    async def test_statuses_other_than_200_and_404_are_errors(self) -> None:
        for code, kind in (
            *((401, AccessDenied), (403, AccessDenied), (400, ProviderError), (204, ProviderError)),
            *((410, ProviderError), (429, ProviderUnavailable), (503, ProviderUnavailable)),
            *((201, ProviderError), (206, ProviderError), (418, ProviderError)),
        ):
            self.server.answer = status(code)
            self.assertIn(
                f"127.0.0.1:{self.port} responded with status {code}", await self.failure(kind)
            )

    async def test_a_redirect_is_not_followed(self) -> None:
        elsewhere = SecretServer()
        elsewhere.held["x"] = "of elsewhere"
        port = listen(self, elsewhere)
        for code in (301, 302, 303, 307, 308):
            self.server.answer = status(code, Location=f"http://127.0.0.1:{port}/v1/x?{VALUE}")
            self.assertIn("a redirect, which is not followed", await self.failure(ProviderError))
        self.assertEqual(elsewhere.authorizations, [])

    async def test_responses_without_the_field(self) -> None:
        for body, reason in (
            (f"<b>{VALUE}</b>".encode(), "it is not JSON, at line 1"),
            (f'{{"value": "{VALUE}"'.encode(), "it is not JSON, at line 1"),
            (f'{{"value": "{VALUE}", "value": "2"}}'.encode(), "has a name twice"),
            (f'{{"value": "{VALUE}'.encode() + b'\xff"}', "is not UTF-8 text"),
            (f'["{VALUE}"]'.encode(), "has no text in the field 'value'"),
            (f'{{"error": "{VALUE}"}}'.encode(), "has no text in the field 'value'"),
            (b'{"value": 5}', "holds in its field 'value' a number; store it as a text"),
            (b'{"value": null}', "holds in its field 'value' null; store it as a text"),
            (b"[" * 100_000, "nested too deeply"),
            (b"", "it is not JSON"),
        ):
            self.server.answer = lambda request, body=body: body
            self.assertIn(reason, await self.failure(InvalidSecret))

    async def test_a_requested_field_that_is_not_a_text(self) -> None:
        self.server.held["x"] = VALUE
        reason = await self.failure(InvalidSecret, "x|group")
        self.assertIn("holds in that field an object; store it as a text", reason)

    async def test_a_response_that_is_too_large(self) -> None:
        self.server.answer = lambda request: b" " * (MAX_SIZE + 1)
        self.assertIn(
            "sent a response of more than 1048576 bytes", await self.failure(ProviderUnavailable)
        )

    async def test_a_small_response_that_decompresses_to_a_large_one(self) -> None:
        def answer(request: Request) -> bytes:
            request.setHeader("Content-Encoding", "gzip")
            return gzip.compress(b" " * (MAX_SIZE + 1))

        self.server.answer = answer
        self.assertIn(
            "sent a response of more than 1048576 bytes", await self.failure(ProviderUnavailable)
        )

    async def test_a_response_that_breaks_off(self) -> None:
        def answer(request: Any) -> object:
            request.setHeader("Content-Length", "100")
            request.write(b'{"value": ')
            request.channel.loseConnection()
            return silence(request)

        self.server.answer = answer
        self.assertIn(
            "closed the connection before its response was complete",
            await self.failure(ProviderUnavailable),
        )

    async def test_a_response_that_never_ends(self) -> None:
        self.server.answer = beginning
        http = self.http()
        http.deadline = 0.2
        error: Any = await self.assertFailure(http.get("x"), DeadlineExceeded)
        self.assertIn("0.2 seconds", str(error))

    async def test_a_server_that_does_not_listen(self) -> None:
        with mock.patch.object(self, "port", 1):
            reason = await self.failure(ProviderUnavailable)
        self.assertIn("127.0.0.1:1 refused the connection", reason)

    def test_a_missing_library_is_reported_with_the_command_to_run(self) -> None:
        with mock.patch("importlib.util.find_spec", return_value=None):
            error = self.assertRaises(ConfigurationError, SecretInHTTP, "https://h/{path}")
        self.assertIn("pip install 'buildbot-keychain[http]'", str(error))

    def test_configuration_errors_show_neither_url_nor_token(self) -> None:
        for arguments in (
            {"url": f"https://u:{VALUE}@h/{{path}}"},
            {"url": f"http://h/{{path}}?{VALUE}"},
            {"url": "https://h/{path}", "token": f"{VALUE}\n"},
            {"url": "https://h/{path}", "token": [VALUE]},
        ):
            error = self.assertRaises(ConfigurationError, SecretInHTTP, **arguments)
            self.assertNotIn(VALUE, reachable_text(error, frames=False))

    def test_the_url_is_checked(self) -> None:
        for url, reason in (
            (None, "url must be a str, such as 'https://secrets.example.org/v1/{path}'"),
            ("https://h/é{path}", "url must hold nothing but visible ASCII characters"),
            ("h/{path}", "url must begin with https:// or http:// and a host"),
            ("https://u:p@h/{path}", "url must not hold a user or a password; pass token instead"),
            ("https://h/{path}#x", "url must not hold a fragment (#)"),
            ("https://h/", "url must hold '{path}' once, in its path or its query"),
        ):
            untyped: Any = url
            error = self.assertRaises(ConfigurationError, SecretInHTTP, untyped)
            self.assertIn(f"SecretInHTTP: {reason}", str(error))

    def test_plain_http_is_for_this_machine_alone(self) -> None:
        for host in ("127.0.0.1", "127.1.2.3", "localhost", "[::1]"):
            SecretInHTTP(f"http://{host}:80/{{path}}")
        SecretInHTTP("http://example.org/{path}", allow_http=True)
        error = self.assertRaises(ConfigurationError, SecretInHTTP, "http://example.org/{path}")
        self.assertIn("allow_http=True", str(error))


class TlsTests(HttpTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server.held["x"] = VALUE
        self.authority = Authority(self.dir)
        self.ca = str(self.authority.path)
        # Those of Twisted about OpenSSL are Twisted's to mend.
        self.addCleanup(self.flushWarnings)

    async def rejected(self, port: int, **arguments: Any) -> str:
        http = self.http(port=port, token=TOKEN, **arguments)
        error = await self.assertFailure(http.get("x"), ProviderUnavailable)
        self.assertEqual(self.server.authorizations, [])
        return str(error)

    async def test_a_server_of_a_known_authority(self) -> None:
        port = listen(self, self.server, self.authority.context())
        self.assertEqual(await self.http(port=port, ca=self.ca).get("x"), VALUE)

    async def test_a_server_of_an_unknown_authority_gets_no_token(self) -> None:
        port = listen(self, self.server, Authority(self.dir, "stranger").context())
        self.assertIn("certificate verify failed", await self.rejected(port, ca=self.ca))
        self.assertIn("certificate verify failed", await self.rejected(port))

    async def test_a_server_with_a_certificate_for_another_host_gets_no_token(self) -> None:
        port = listen(self, self.server, self.authority.context())
        url = f"https://localhost:{port}/{{path}}"
        http = self.start(SecretInHTTP(url, TOKEN, ca=self.ca))
        await self.assertFailure(http.get("x"), ProviderUnavailable)
        self.assertEqual(self.server.authorizations, [])

    async def test_mutual_tls(self) -> None:
        context = self.authority.context(clients=self.authority)
        port = listen(self, self.server, context)
        await self.rejected(port, ca=self.ca)
        client = str(self.authority.issue("client"))
        self.assertEqual(await self.http(port=port, ca=self.ca, certificate=client).get("x"), VALUE)

    async def test_a_renewed_certificate_is_used_at_the_next_lookup(self) -> None:
        port = listen(self, self.server, self.authority.context(clients=self.authority))
        client = Authority(self.dir, "stranger").issue("client")
        http = self.http(port=port, ca=self.ca, certificate=str(client))
        await self.assertFailure(http.get("x"), ProviderUnavailable)
        self.authority.issue("client")
        self.assertEqual(await http.get("x"), VALUE)

    async def test_a_directory_of_authorities(self) -> None:
        port = listen(self, self.server, self.authority.context())
        ca = str(self.authority.hashed_directory())
        self.assertEqual(await self.http(port=port, ca=ca).get("x"), VALUE)

    async def test_the_mode_of_the_key_is_checked_at_each_lookup(self) -> None:
        port = listen(self, self.server, self.authority.context(clients=self.authority))
        client = self.authority.issue("client")
        http = self.http(port=port, ca=self.ca, certificate=str(client))
        self.assertEqual(await http.get("x"), VALUE)
        client.chmod(0o644)
        await self.assertFailure(http.get("x"), AccessDenied)

    async def test_a_key_that_others_can_read_is_rejected(self) -> None:
        client = self.authority.issue("client")
        client.chmod(0o644)
        http = self.http(port=1, certificate=str(client))
        error: Any = await self.assertFailure(http.get("x"), AccessDenied)
        self.assertIn("is open to other users; run: chmod 600", str(error))
        self.assertEqual(list(http.check_config()), [f"provider 'SecretInHTTP': {error.reason}"])

    async def test_files_without_a_certificate_or_a_key(self) -> None:
        client = str(self.authority.issue("client"))
        encrypted = self.write(
            "encrypted",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n-----END ENCRYPTED PRIVATE KEY-----\n",
        )
        broken = self.write("broken", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n")
        for arguments, reason in (
            ({"ca": str(encrypted)}, "holds no certificate in PEM"),
            (
                {"certificate": client, "key": str(encrypted)},
                "store the private key without a passphrase",
            ),
            ({"certificate": client, "key": str(broken)}, "holds a damaged private key"),
            (
                {"certificate": client, "key": str(self.authority.issue("other"))},
                "do not belong together",
            ),
        ):
            http = self.http(port=1, **arguments)
            error: Any = await self.assertFailure(http.get("x"), AccessDenied)
            self.assertIn(reason, str(error))
        http = self.http(port=1, ca=str(self.dir / "nothing"))
        error = await self.assertFailure(http.get("x"), ProviderUnavailable)
        self.assertIn("nothing cannot be read: No such file", str(error))

    async def test_a_stop_while_a_response_hangs(self) -> None:
        port = listen(self, self.server, self.authority.context())
        self.server.answer = beginning
        http = self.http(port=port, ca=self.ca)
        waiting: Deferred[Any] = http.get("x")
        while not self.server.paths:
            await self.turn()
        await http.stopService()
        error: Any = await self.assertFailure(waiting, ProviderUnavailable)
        self.assertIn("stopped", str(error))

    def turn(self) -> Deferred[None]:
        return deferLater(reactor, 0.01, lambda: None)
