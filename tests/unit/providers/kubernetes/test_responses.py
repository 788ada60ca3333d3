from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied, ProviderError, ProviderUnavailable
from buildbot_keychain.providers.http import Response
from buildbot_keychain.providers.kubernetes._responses import (
    Forbidden,
    ResponseRejected,
    age_of,
    commands_that_allow,
    secret_in,
    value_in,
)
from tests.support.kubernetes_api import failure

DETAILS = {"name": "registry", "kind": "secrets"}


def response(status: int, content: object) -> Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Response(status, {}, body)


def secret(data: object) -> Response:
    return response(200, {"kind": "Secret", "data": data})


def looked_up(answer: Response, key: str) -> bytes | None:
    found = secret_in(answer)
    return None if found is None else value_in(found, key)


class AgeTests(SynchronousTestCase):
    def test_the_last_time_that_it_was_written(self) -> None:
        written = [{"time": "2026-11-30T01:00:00Z"}, {"time": "2026-11-29T01:00:00Z"}, {}, "x"]
        metadata = {
            "resourceVersion": "71",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "managedFields": written,
        }
        self.assertEqual(age_of({"metadata": metadata}), ("71", 1_796_000_400.0))
        metadata["managedFields"] = []
        self.assertEqual(age_of({"metadata": metadata}), ("71", 1_767_225_600.0))

    def test_a_server_that_says_nothing_of_it(self) -> None:
        found: dict[str, Any]
        for found in ({}, {"metadata": []}, {"metadata": {"resourceVersion": 7}}):
            self.assertEqual(age_of(found), (None, None))


class ValueTests(SynchronousTestCase):
    @given(st.binary(max_size=300))
    def test_any_value_is_decoded(self, value: bytes) -> None:
        content = base64.b64encode(value).decode()
        self.assertEqual(looked_up(secret({"password": content}), "password"), value)

    def test_a_secret_without_the_key(self) -> None:
        for data in ({}, {"other": "YQ=="}, None):
            self.assertIsNone(looked_up(secret(data), "password"))

    def test_a_secret_that_does_not_exist(self) -> None:
        status, body, _ = failure(404, "NotFound", "not found", DETAILS)
        self.assertIsNone(looked_up(response(status, body), "password"))

    @given(st.integers(100, 599), st.binary(max_size=50))
    def test_nothing_else_means_that_it_does_not_exist(self, status: int, body: bytes) -> None:
        self.assertRaises(ResponseRejected, looked_up, response(status, body), "password")


class RejectionTests(SynchronousTestCase):
    def rejected(self, status: int, content: object) -> ResponseRejected:
        return self.assertRaises(ResponseRejected, looked_up, response(status, content), "password")

    def test_statuses(self) -> None:
        for status, kind in (
            (401, AccessDenied),
            (403, AccessDenied),
            (429, ProviderUnavailable),
            (500, ProviderUnavailable),
            (503, ProviderUnavailable),
            (302, ProviderError),
            (400, ProviderError),
            (404, ProviderError),
        ):
            error = self.rejected(status, {"message": "canary"})
            self.assertIs(error.kind, kind)
            self.assertEqual(isinstance(error, Forbidden), status == 403)
            self.assertNotIn("canary", error.reason)

    def test_what_is_not_the_api_of_kubernetes(self) -> None:
        for status, content in (
            (200, b"<html>canary"),
            (200, b"[" * 200_000),
            (200, {"kind": "Pod", "data": {"password": "canary"}}),
            (200, {"kind": "Secret", "data": {"password": "not base64"}}),
            (200, {"kind": "Secret", "data": {"password": 5}}),
            (200, {"kind": "Secret", "data": ["canary"]}),
            (404, b"404 page not found\n"),
            (404, failure(404, "NotFound", "x", {"kind": "namespaces"})[1]),
        ):
            error = self.rejected(status, content)
            self.assertIs(error.kind, ProviderError)
            reason = "the response is not one of the Kubernetes API; correct server"
            self.assertEqual(error.reason, reason)


class CommandTests(SynchronousTestCase):
    def test_they_name_the_account_where_it_is_known(self) -> None:
        commands = commands_that_allow("ci", "ci:buildbot")
        self.assertIn("--verb=get --resource=secrets --namespace=ci && kubectl create", commands)
        self.assertTrue(commands.endswith("--serviceaccount=ci:buildbot --namespace=ci"))
        self.assertIn("--serviceaccount=NAMESPACE:NAME", commands_that_allow("ci", None))
