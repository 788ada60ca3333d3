from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor import _clocks
from buildbot_keychain.inspection.doctor._clocks import clocks, date_of
from buildbot_keychain.plugins import secrets
from tests.support.canned_server import CannedServer
from tests.support.installations import codes, installation


class ClockTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.server = CannedServer(200, {})
        self.addCleanup(self.server.stop)
        vault = secrets.SecretInVault(
            self.server.url, secrets.VaultAuthenticatorToken("x"), name="vault"
        )
        self.examined = installation(Path("/srv/master"), secretsProviders=[vault])

    def at(self, difference: float) -> None:
        """Have this machine's clock differ by so many seconds."""
        clock = SimpleNamespace(time=lambda: time.time() + difference)
        self.patch(_clocks, "time", clock)

    def test_the_same_time(self) -> None:
        self.assertEqual(list(clocks(self.examined)), [])

    def test_another_time(self) -> None:
        self.at(3600)
        found = list(clocks(self.examined))
        self.assertEqual(codes(found), ["clock"])
        self.assertRegex(found[0].sentence, r"36\d\d seconds ahead of that of the server of the")
        self.at(-3600)
        self.assertIn("behind", next(clocks(self.examined)).sentence)

    def test_what_does_not_answer(self) -> None:
        for address in ("http://127.0.0.1:1", "https://127.0.0.1:1", "none", "http://[", ""):
            self.assertIsNone(date_of(address))
        tls = self.server.url.replace("http:", "https:")
        self.assertIsNone(date_of(tls))
        self.assertIsNone(date_of(tls, "/none.pem"))
