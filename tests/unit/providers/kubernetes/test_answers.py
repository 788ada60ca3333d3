from __future__ import annotations

import base64
import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.kubernetes.answers import (
    NOT_HELD,
    Content,
    Refusal,
    Request,
    account_of,
    meaning,
)

REQUEST = Request("ci", "registry", "password", None)


def token(claims: object) -> str:
    """Give a token with these claims."""
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{body}.x"


class MeaningTests(SynchronousTestCase):
    @given(st.binary(max_size=300))
    def test_every_value_comes_out(self, value: bytes) -> None:
        data = {"password": base64.b64encode(value).decode()}
        body = json.dumps({"kind": "Secret", "data": data}).encode()
        self.assertEqual(meaning(200, body, REQUEST), Content(value))

    def test_what_has_no_such_key(self) -> None:
        for data in ({}, {"other": "YQ=="}, None):
            body = json.dumps({"kind": "Secret", "data": data}).encode()
            self.assertEqual(meaning(200, body, REQUEST), NOT_HELD)

    @given(st.integers(100, 599), st.binary(max_size=50))
    def test_nothing_but_kubernetes_saying_so_means_not_held(
        self, status: int, body: bytes
    ) -> None:
        found = meaning(status, body, REQUEST)
        assert isinstance(found, Refusal)
        self.assertIsNotNone(found.kind)

    def test_a_content_shows_nothing(self) -> None:
        self.assertNotIn("canary", repr(Content(b"canary")))


class AccountTests(SynchronousTestCase):
    def test_a_service_accounts_token_tells_whose_it_is(self) -> None:
        self.assertEqual(account_of(token({"sub": "system:serviceaccount:ci:a.b"})), "ci:a.b")

    def test_other_tokens_do_not(self) -> None:
        for other in (
            *("", "opaque", "a.b", "a.b.c", "a.é.c", "....", token([]), token({"sub": 5})),
            token({"sub": "system:serviceaccount:ci:a; rm -rf /"}),
            token({"sub": "alice"}),
        ):
            self.assertIsNone(account_of(other), other)
