from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._addresses import is_encrypted, is_local, is_this_machine


class AddressTests(SynchronousTestCase):
    def test_this_machine(self) -> None:
        host: str | None
        for host in ("localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "ci.localhost"):
            self.assertTrue(is_this_machine(host), host)
        for host in ("ci.example.org", "10.0.0.1", "localhost.example.org", "", None):
            self.assertFalse(is_this_machine(host), host)

    def test_ports(self) -> None:
        port: str | int
        for port in ("tcp:8010:interface=127.0.0.1", "tcp:8010:interface=\\:\\:1", "unix:/run/s"):
            self.assertTrue(is_local(port), port)
        for port in (8010, "8010", "tcp:8010", "tcp:8010:interface=0.0.0.0", "systemd:domain=INET"):
            self.assertFalse(is_local(port), port)
        self.assertTrue(is_encrypted("ssl:port=9989:privateKey=a"))
        self.assertFalse(is_encrypted(9989))
