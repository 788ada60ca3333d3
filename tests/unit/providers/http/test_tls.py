from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.http import (
    Interrupted,
    NotSent,
    Response,
    TlsArguments,
    TlsFiles,
    UnreadableTlsFile,
    UntrustedServer,
    UnusableTlsFiles,
)
from tests.support.http_client_case import HttpClientTestCase
from tests.support.raw_server import WHOLE, RawConnection, RawServer, answers_always
from tests.support.tls import PEM, Authority, private_pem


class FileTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.dir = Path(self.mktemp()).resolve()
        self.dir.mkdir(mode=0o700)
        self.authority = Authority(self.dir)
        self.ca = str(self.authority.path)
        self.client = str(self.authority.issue("client"))
        # Those of Twisted about OpenSSL are Twisted's to mend.
        self.addCleanup(self.flushWarnings)

    def write(self, name: str, content: bytes) -> str:
        path = self.dir / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        return str(path)


class LoadTests(FileTestCase):
    def rejected(self, kind: type[UnusableTlsFiles], says: str, **files: Any) -> None:
        error = self.assertRaises(kind, TlsFiles(**files).load)
        self.assertIn(says, str(error))
        self.assertNotIn("-----", str(error))

    def test_each_combination_of_files(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = self.authority.certificate.subject
        own = self.authority.sign(name, key.public_key()).public_bytes(PEM)
        certificate = self.write("certificate", own)
        key_file = self.write("key", private_pem(key))
        traditional = self.write("traditional", private_pem(key, traditional=True))
        for files in (
            TlsFiles(),
            TlsFiles(ca=self.ca),
            TlsFiles(ca=str(self.authority.hashed_directory())),
            TlsFiles(certificate=self.client),
            TlsFiles(certificate=certificate, key=key_file),
            TlsFiles(ca=self.ca, certificate=certificate, key=traditional),
        ):
            files.load()

    def test_a_key_that_others_can_read(self) -> None:
        Path(self.client).chmod(0o640)
        says = f"key: the file {self.client} (mode 0640, owner "
        self.rejected(UnusableTlsFiles, says, certificate=self.client)
        key = self.write("key", b"")
        Path(key).chmod(0o604)
        Path(self.client).chmod(0o644)
        says = f"is open to other users; run: chmod 600 {key}"
        self.rejected(UnusableTlsFiles, says, certificate=self.client, key=key)

    def test_what_is_not_a_file_is_not_waited_for(self) -> None:
        pipe = self.dir / "pipe"
        os.mkfifo(pipe)
        self.rejected(UnusableTlsFiles, f"ca {pipe} is not a regular file", ca=str(pipe))
        says = f"{pipe} is not a regular file"
        self.rejected(UnreadableTlsFile, says, certificate=self.client, key=str(pipe))

    def test_a_file_without_a_certificate(self) -> None:
        empty = self.write("empty", b"nothing in PEM")
        self.rejected(UnusableTlsFiles, f"ca {empty} holds no certificate in PEM", ca=empty)
        says = f"certificate {empty} holds no certificate in PEM"
        self.rejected(UnusableTlsFiles, says, certificate=empty)
        broken = self.write(
            "broken", b"-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"
        )
        self.rejected(UnusableTlsFiles, f"ca {broken} holds a damaged certificate", ca=broken)

    def test_a_file_without_a_key(self) -> None:
        says = f"key {self.ca} holds no private key in PEM"
        self.rejected(UnusableTlsFiles, says, certificate=self.ca)
        broken = self.write("key", b"-----BEGIN PRIVATE KEY-----\nYQ==\n-----END PRIVATE KEY-----")
        says = f"key {broken} holds a damaged private key"
        self.rejected(UnusableTlsFiles, says, certificate=self.client, key=broken)

    def test_a_key_of_another_certificate(self) -> None:
        other = str(self.authority.issue("other"))
        says = f"certificate {self.client} and key {other} do not belong together"
        self.rejected(UnusableTlsFiles, says, certificate=self.client, key=other)

    def test_an_encrypted_key_never_asks_for_its_passphrase(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        for traditional in (False, True):
            content = private_pem(key, b"passphrase", traditional=traditional)
            file = self.write("encrypted", content)
            says = f"key {file} is encrypted; store the private key without a passphrase"
            self.rejected(UnusableTlsFiles, says, certificate=self.client, key=file)

    def test_files_that_cannot_be_read(self) -> None:
        missing = str(self.dir / "missing")
        says = f"ca {missing} cannot be read: No such file or directory"
        self.rejected(UnreadableTlsFile, says, ca=missing)
        says = f"certificate {self.dir} cannot be read: Is a directory"
        self.rejected(UnreadableTlsFile, says, certificate=str(self.dir))
        large = self.write("large", b" " * ((4 << 20) + 1))
        self.rejected(UnusableTlsFiles, f"ca {large} is larger than 4 MiB", ca=large)

    def test_arguments_are_called_what_the_provider_calls_them(self) -> None:
        names = TlsArguments("ca_bundle", "client_cert", "client_cert")
        empty = self.write("empty", b"")
        self.rejected(UnusableTlsFiles, f"ca_bundle {empty} holds", ca=empty, arguments=names)
        self.rejected(
            UnusableTlsFiles, f"client_cert {empty} holds", certificate=empty, arguments=names
        )


class StampTests(FileTestCase):
    def test_it_changes_when_a_file_does(self) -> None:
        directory = self.authority.hashed_directory()
        files = TlsFiles(str(directory), self.client)
        stamps = [files.stamp()]
        self.assertEqual(files.stamp(), stamps[0])
        changes = (
            lambda: self.authority.issue("client"),
            lambda: Path(self.client).chmod(0o640),
            (directory / "another.0").touch,
            lambda: Path(self.client).unlink(),
        )
        for change in changes:
            change()
            stamps.append(files.stamp())
        self.assertEqual(len(set(stamps)), len(stamps))

    def test_without_files_there_is_nothing_to_change(self) -> None:
        self.assertEqual(TlsFiles().stamp(), ())


class ConnectionTests(HttpClientTestCase):
    """Clients and servers that do, or do not, trust one another."""

    def setUp(self) -> None:
        super().setUp()
        self.authority = Authority(self.dir)
        self.trusting = TlsFiles(str(self.authority.path))
        self.addCleanup(self.flushWarnings)

    def server(self, context: Any, **arguments: Any) -> RawServer:
        return RawServer(self, answers_always(WHOLE), context=context, **arguments)

    def ask(
        self, server: RawServer, files: TlsFiles, host: str = "127.0.0.1"
    ) -> Deferred[Response]:
        return self.get(self.client(files), server.url(host))

    async def rejected(self, server: RawServer, files: TlsFiles, host: str = "127.0.0.1") -> str:
        """Check that a server is not trusted, and has seen nothing of the request."""
        before = len(server.connections)
        error = await self.fails(self.ask(server, files, host), UntrustedServer)
        self.assertEqual(b"".join(server.requests[before:]), b"")
        self.assertIn("has a certificate that cannot be trusted (", error.reason)
        return error.reason

    async def test_a_server_of_the_authority(self) -> None:
        server = self.server(self.authority.context())
        self.assertEqual((await self.ask(server, self.trusting)).body, b"{}")

    async def test_a_directory_of_authorities(self) -> None:
        server = self.server(self.authority.context())
        files = TlsFiles(str(self.authority.hashed_directory()))
        self.assertEqual((await self.ask(server, files)).status, 200)
        empty = self.dir / "empty"
        empty.mkdir()
        says = await self.rejected(server, TlsFiles(str(empty)))
        self.assertIn("unable to get local issuer certificate", says)

    async def test_a_server_of_an_unknown_authority(self) -> None:
        server = self.server(Authority(self.dir, "stranger").context())
        for files in (self.trusting, TlsFiles()):
            says = await self.rejected(server, files)
            wanted = "certificate verify failed: unable to get local issuer certificate"
            self.assertIn(wanted, says)

    async def test_a_certificate_of_another_host(self) -> None:
        server = self.server(self.authority.context(hosts=("example.org", "127.0.0.2")))
        says = await self.rejected(server, self.trusting)
        self.assertIn("certificate verify failed: IP address mismatch", says)
        says = await self.rejected(server, self.trusting, "localhost")
        self.assertIn("certificate verify failed: hostname mismatch", says)

    async def test_a_certificate_of_no_host(self) -> None:
        server = self.server(self.authority.context(hosts=()))
        self.assertIn("hostname mismatch", await self.rejected(server, self.trusting, "localhost"))

    async def test_a_certificate_that_has_expired(self) -> None:
        server = self.server(self.authority.context(days=-1))
        says = await self.rejected(server, self.trusting)
        self.assertIn("certificate verify failed: certificate has expired", says)

    async def test_intermediate_certificates_are_sent_by_both_sides(self) -> None:
        between = Authority(self.dir, "between", signer=self.authority)
        server = self.server(between.context(clients=self.authority))
        files = TlsFiles(str(self.authority.path), str(between.issue("client")))
        self.assertEqual((await self.ask(server, files)).status, 200)

    async def test_an_intermediate_authority_may_be_trusted_by_itself(self) -> None:
        between = Authority(self.dir, "between", signer=self.authority)
        server = self.server(between.context())
        self.assertEqual((await self.ask(server, TlsFiles(str(between.path)))).status, 200)

    async def test_a_server_that_wants_a_certificate(self) -> None:
        server = self.server(self.authority.context(clients=self.authority))
        files = TlsFiles(str(self.authority.path), str(self.authority.issue("client")))
        self.assertEqual((await self.ask(server, files)).status, 200)
        stranger = Authority(self.dir, "stranger").issue("strange-client")
        for files in (self.trusting, TlsFiles(str(self.authority.path), str(stranger))):
            # With TLS 1.3 it says so when the handshake is over for us.
            error = await self.fails(self.ask(server, files), Interrupted)
            self.assertIn("closed the connection (", error.reason)
            self.assertIn("alert", error.reason)

    async def test_files_are_loaded_again_when_they_change(self) -> None:
        first = self.server(self.authority.context())
        client = self.client(self.trusting)
        await self.get(client, first.url())
        stranger = Authority(self.dir, "stranger")
        self.authority.path.write_bytes(stranger.path.read_bytes())
        # The connection of the former trust is not used any more.
        await self.fails(self.get(client, first.url()), UntrustedServer)
        self.assertEqual(len(first.connections), 2)
        second = self.server(stranger.context())
        await self.get(client, second.url())
        self.authority.path.unlink()
        error = await self.fails(self.get(client, second.url()), UnreadableTlsFile)
        self.assertIn("cannot be read", error.reason)
        await self.fails(self.get(client, second.url()), UnreadableTlsFile)
        self.authority.path.write_bytes(stranger.path.read_bytes())
        await self.get(client, second.url())

    async def test_an_exchange_that_outlives_a_change_leaves_no_connection(self) -> None:
        held: list[RawConnection] = []

        def talk(connection: RawConnection, _data: bytes) -> None:
            if b"/held" in connection.received:
                held.append(connection)
            else:
                connection.send(WHOLE)

        server = RawServer(self, talk, context=self.authority.context())
        client = self.client(self.trusting)
        waiting = self.get(client, server.url(path="/held"))
        while not held:
            await server.event()
        os.utime(self.authority.path)
        await self.get(client, server.url())
        held[0].send(WHOLE)
        self.assertEqual((await waiting).status, 200)
        await held[0].lost
        self.assertEqual(len(server.connections), 2)

    async def test_files_are_not_read_for_plain_http(self) -> None:
        server = RawServer(self, answers_always(WHOLE))
        await self.ask(server, TlsFiles(str(self.dir / "missing")))

    async def test_an_ipv6_address(self) -> None:
        if not socket.has_ipv6:
            self.skipTest("no IPv6")
        context = self.authority.context(hosts=("::1",))
        server = self.server(context, interface="::1")
        self.assertEqual((await self.ask(server, self.trusting, "[::1]")).status, 200)
        self.assertIn(f"Host: [::1]:{server.port}\r\n".encode(), server.requests[0])

    async def test_the_host_is_named_in_the_handshake(self) -> None:
        names: list[Any] = []
        pair = self.authority.context(hosts=("localhost", "127.0.0.1"))
        context = pair.getContext()
        context.set_tlsext_servername_callback(lambda conn: names.append(conn.get_servername()))
        server = self.server(pair)
        await self.ask(server, self.trusting, "localhost")
        await self.ask(server, self.trusting)
        self.assertEqual(names[0], b"localhost")
        self.assertNotIn(b"127.0.0.1", names)

    async def test_a_server_that_does_not_speak_tls(self) -> None:
        server = RawServer(self, lambda connection, _: connection.send(WHOLE))
        error = await self.fails(
            self.get(self.client(), f"https://127.0.0.1:{server.port}/"), NotSent
        )
        self.assertIn("did not complete the TLS handshake (", error.reason)
