from __future__ import annotations

import hashlib
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.metrics import MetricsPort, checked_port

TOKEN = b"d41c2f0a5c1b9e37"
DIGEST = hashlib.sha256(TOKEN).hexdigest()


class MetricsPortTests(SynchronousTestCase):
    def test_what_it_cannot_be(self) -> None:
        wrong: list[tuple[dict[str, Any], str]] = [
            ({"port": -1}, "port must be an int"),
            ({"port": 65536}, "port must be an int"),
            ({"port": True}, "port must be an int"),
            ({"port": "9464"}, "port must be an int"),
            ({"port": 1, "interface": "localhost"}, "must be an IP address"),
            ({"port": 1, "interface": None}, "must be an IP address"),
            ({"port": 1, "interface": "0.0.0.0"}, "give token_sha256"),
            ({"port": 1, "interface": "::"}, "give token_sha256"),
            ({"port": 1, "interface": "192.0.2.1"}, "give token_sha256"),
            ({"port": 1, "token_sha256": TOKEN.decode()}, "64 hex digits"),
            ({"port": 1, "token_sha256": DIGEST.upper()}, "64 hex digits"),
            ({"port": 1, "token_sha256": DIGEST.encode()}, "64 hex digits"),
        ]
        for arguments, problem in wrong:
            error = self.assertRaises(ConfigurationError, MetricsPort, **arguments)
            self.assertIn(problem, str(error))
            self.assertNotIn(TOKEN.decode(), str(error))

    def test_where_it_may_listen(self) -> None:
        for interface in ("127.0.0.1", "127.8.0.1", "::1"):
            MetricsPort(0, interface)
        for interface in ("0.0.0.0", "::", "192.0.2.1"):
            MetricsPort(0, interface, DIGEST)

    def test_whom_it_accepts(self) -> None:
        port = MetricsPort(9464, token_sha256=DIGEST)
        for header in (b"Bearer " + TOKEN, b"bearer  " + TOKEN + b" "):
            self.assertTrue(port.accepts(header))
        refused: tuple[bytes | None, ...] = (
            None, b"", b"Bearer", b"Bearer ", TOKEN, b"Basic " + TOKEN, b"Bearer " + TOKEN[:-1],
            b"Bearer " + DIGEST.encode(), b"Bearer \xff",
        )  # fmt: skip
        for wrong in refused:
            self.assertFalse(port.accepts(wrong), wrong)
        self.assertTrue(MetricsPort(9464).accepts(None))

    def test_it_does_not_show_the_digest(self) -> None:
        self.assertNotIn(DIGEST, repr(MetricsPort(9464, token_sha256=DIGEST)))

    def test_an_argument_may_be_a_number(self) -> None:
        self.assertEqual(checked_port(9464), MetricsPort(9464))
        self.assertIs(checked_port(None), None)
        for wrong in ("9464", True, MetricsPort):
            self.assertRaises(ConfigurationError, checked_port, wrong)
