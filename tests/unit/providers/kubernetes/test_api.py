from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ProviderUnavailable
from buildbot_keychain.providers.kubernetes.answers import Refusal, Request
from buildbot_keychain.providers.kubernetes.api import read_secret
from tests.support.sockets import left_open, resetting_server


class ConnectionTests(SynchronousTestCase):
    def test_one_that_is_reset_leaves_nothing_open(self) -> None:
        def read() -> None:
            request = Request("ci", "registry", "password", None)
            answer = read_secret(f"https://127.0.0.1:{port}", None, "token", request, 5.0)
            assert isinstance(answer, Refusal)
            self.assertIs(answer.kind, ProviderUnavailable)
            self.assertIn("cannot be asked (ConnectionResetError)", answer.reason)

        with resetting_server() as port:
            self.assertEqual(left_open(read), [])
