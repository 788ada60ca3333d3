from __future__ import annotations

import base64
import json

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.kubernetes._service_account import (
    account_of,
    life_of,
    server_of_pod,
)


def token(claims: object) -> str:
    """Return a token with these claims."""
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{body}.x"


class AccountTests(SynchronousTestCase):
    def test_the_token_of_a_service_account_names_it(self) -> None:
        self.assertEqual(account_of(token({"sub": "system:serviceaccount:ci:a.b"})), "ci:a.b")

    def test_other_tokens_do_not(self) -> None:
        for other in (
            *("", "opaque", "a.b", "a.b.c", "a.é.c", "....", token([]), token({"sub": 5})),
            token({"sub": "system:serviceaccount:ci:a; rm -rf /"}),
            token({"sub": "alice"}),
            token("[" * 100_000),
        ):
            self.assertIsNone(account_of(other), other[:50])

    def test_when_a_token_begins_and_ends(self) -> None:
        self.assertEqual(life_of(token({"iat": 5, "exp": 9})), (5.0, 9.0))
        for other in ("opaque", token([]), token({"iat": 5}), token({"iat": 5, "exp": "9"})):
            self.assertIsNone(life_of(other))


class ServerTests(SynchronousTestCase):
    def test_the_environment_of_a_pod_has_it(self) -> None:
        for host, port, url in (
            ("10.0.0.1", "6443", "https://10.0.0.1:6443"),
            ("fd00::1", None, "https://[fd00::1]:443"),
            ("kubernetes", "443", "https://kubernetes:443"),
        ):
            variables = {"KUBERNETES_SERVICE_HOST": host}
            if port is not None:
                variables["KUBERNETES_SERVICE_PORT"] = port
            self.assertEqual(server_of_pod(variables), url)

    def test_any_other_does_not(self) -> None:
        self.assertIsNone(server_of_pod({}))
        self.assertIsNone(server_of_pod({"KUBERNETES_SERVICE_HOST": ""}))
