from __future__ import annotations

import contextlib
import json
import socket
import ssl
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.audit import AuditToSyslog, Decision, Hidden
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.interfaces import IAuditSink
from tests.support.audit_records import hidden, record
from tests.support.syslog import SyslogServer, listening_on
from tests.support.tls import Authority

LOCAL = ("127.0.0.1", 0)
STREAM, PACKETS = socket.SOCK_STREAM, socket.SOCK_DGRAM


class SyslogTests(SynchronousTestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def server(self, family: int, kind: int, place: Any, context: Any = None) -> SyslogServer:
        server = SyslogServer(listening_on(family, kind, place), context)
        self.addCleanup(server.stop)
        return server

    def sink(self, address: str, **arguments: Any) -> AuditToSyslog:
        sink = AuditToSyslog(address, **arguments)
        sink.check()
        self.addCleanup(sink.close)
        return sink

    def check(self, sink: AuditToSyslog, server: SyslogServer) -> None:
        denied = Decision("ö\n", Requester("unknown"), "denied")
        sink.write([record(Hidden("a", "log"), 1.25), record(denied)])
        sink.write(hidden("b"))
        messages = server.wait(3)
        self.assertEqual([each.kind for each in messages], ["hidden", "decision", "hidden"])
        self.assertEqual([each.severity for each in messages], [6, 5, 6])
        self.assertEqual(
            {(each.facility, each.app_name) for each in messages}, {(13, "buildbot-keychain")}
        )
        self.assertEqual(json.loads(messages[1].text)["secret"], "ö\n")
        self.assertEqual(server.errors, [])

    def test_each_way(self) -> None:
        for kind in (PACKETS, STREAM):
            path = str(self.directory / f"log{int(kind)}")
            server = self.server(socket.AF_UNIX, kind, path)
            self.check(self.sink(path), server)
        server = self.server(socket.AF_INET, PACKETS, LOCAL)
        self.check(self.sink(f"udp://localhost:{server.port}"), server)
        server = self.server(socket.AF_INET, STREAM, LOCAL)
        self.check(self.sink(f"tcp://127.0.0.1:{server.port}"), server)

    def tls(self, **trusted: Any) -> tuple[SyslogServer, Authority]:
        authority = Authority(self.directory)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, **trusted)
        context.load_cert_chain(authority.issue("server"))
        if trusted:
            context.verify_mode = ssl.CERT_REQUIRED
        return self.server(socket.AF_INET, STREAM, LOCAL, context), authority

    def test_tls(self) -> None:
        server, authority = self.tls()
        address = f"tls://127.0.0.1:{server.port}"
        self.check(self.sink(address, ca_file=str(authority.path)), server)
        self.assertRaises(ssl.SSLError, self.sink(address).write, hidden("c"))
        self.assertEqual(len(server.messages), 3)

    def test_tls_with_a_certificate_of_the_client(self) -> None:
        clients = Authority(self.directory, "clients")
        server, authority = self.tls(cafile=str(clients.path))
        sink = self.sink(
            f"tls://127.0.0.1:{server.port}",
            ca_file=str(authority.path),
            certificate=str(clients.issue("client")),
        )
        self.check(sink, server)

    def test_a_server_that_goes_away_is_connected_to_again(self) -> None:
        server = self.server(socket.AF_INET, STREAM, LOCAL)
        sink = self.sink(f"tcp://127.0.0.1:{server.port}")
        sink.write(hidden("a"))
        server.wait(1)
        server.disconnect()
        # Until the sink has seen the end of the connection, what it sends is lost.
        while not server.messages[1:]:
            with contextlib.suppress(OSError):
                sink.write(hidden("b"))
                server.wait(2)
        self.assertEqual(json.loads(server.messages[1].text)["secret"], "b")

    def test_nobody_listens(self) -> None:
        sink = self.sink(str(self.directory / "log"))
        error = self.assertRaises(OSError, sink.write, hidden("a"))
        self.assertIn("/log", str(error.filename))

    def test_a_server_that_does_not_read(self) -> None:
        listening = listening_on(socket.AF_INET, STREAM, LOCAL)
        self.addCleanup(listening.close)
        sink = self.sink(f"tcp://127.0.0.1:{listening.getsockname()[1]}", timeout=0.05)
        large = hidden(*(f"{number}" + "n" * 4000 for number in range(2000)))
        self.assertRaises(OSError, sink.write, large)

    def test_what_cannot_be(self) -> None:
        cases: tuple[dict[str, Any], ...] = (
            *(
                {"address": address}
                for address in ("", "log", "http://x", "udp://", "tcp://h:0", 3)
            ),
            *({"address": address} for address in ("tcp://h:99999", "tcp://h/path", "udp://u@h")),
            {"facility": "nobody"},
            {"app_name": "two words"},
            {"app_name": "n" * 49},
            {"ca_file": "x"},
            {"timeout": 0},
        )
        for arguments in cases:
            self.assertRaises(ConfigurationError, AuditToSyslog, **arguments)
        sink = AuditToSyslog("tls://h", ca_file="/nowhere")
        self.assertIn("cannot be read", str(self.assertRaises(ConfigurationError, sink.check)))

    def test_it_is_a_sink(self) -> None:
        self.assertTrue(verifyObject(IAuditSink, AuditToSyslog()))
        self.assertEqual(AuditToSyslog("udp://h"), AuditToSyslog("udp://h"))
        self.assertNotEqual(AuditToSyslog("udp://h"), AuditToSyslog("udp://h", facility="user"))
