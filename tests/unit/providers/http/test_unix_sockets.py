from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.http._unix_sockets import socket_path, socket_url


class UnixSocketTests(SynchronousTestCase):
    def test_a_path_stands_in_place_of_a_host(self) -> None:
        for path, host in {
            "/run/vault.sock": "%2Frun%2Fvault.sock",
            "/run/a b:c%/é": "%2Frun%2Fa%20b%3Ac%25%2F%C3%A9",
        }.items():
            self.assertEqual(socket_url(path), f"http+unix://{host}")
            self.assertEqual(socket_path(host), path)

    def test_what_cannot_be_the_path_of_a_socket(self) -> None:
        for path, problem in {
            "": "the absolute path of a socket",
            "run/vault.sock": "the absolute path of a socket",
            "/run/a\nb": "the absolute path of a socket",
            "/" + 107 * "x": "at most 107 bytes",
            "/" + 54 * "é": "at most 107 bytes",
        }.items():
            for check in (socket_url, socket_path):
                error = self.assertRaises(ValueError, check, path)
                self.assertIn(problem, str(error))
