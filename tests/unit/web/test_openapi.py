"""The OpenAPI document says what the table does."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web import ROUTES, SCOPES, Kind
from buildbot_keychain.web._openapi import document
from tests.support.page_routes import example_of, scope_of, send
from tests.support.page_site import ViewTestCase


class DocumentTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.document: Any = document(ROUTES, "1", lambda route: route.view)

    def test_it_is_valid(self) -> None:
        validate(json.loads(json.dumps(self.document)))

    def test_it_has_each_route_of_json_and_no_other(self) -> None:
        found = {
            (method.upper(), path[1:].replace("{id}", "*"))
            for path, operations in self.document["paths"].items()
            for method in operations
        }
        expected = {(each.method, each.path) for each in ROUTES if each.kind is Kind.JSON}
        self.assertEqual(found, expected)

    def test_scopes_and_what_is_sent(self) -> None:
        for route in ROUTES:
            if route.kind is not Kind.JSON:
                continue
            operation = self.document["paths"]["/" + route.path.replace("*", "{id}")][
                route.method.lower()
            ]
            assert route.action is not None
            self.assertEqual(operation["security"], [{"token": [SCOPES[route.action]]}])
            sent = operation.get("requestBody")
            self.assertEqual(sent is not None, bool(route.fields or route.sends), route)
            if sent is not None:
                schema = sent["content"]["application/json"]["schema"]
                example = json.loads(json.dumps(dict(example_of(route).fields)))
                Draft202012Validator(schema).validate(example)
            names = {
                each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
            }
            self.assertEqual(names, set(route.query))


class AnswerTests(ViewTestCase):
    def test_answers_are_as_it_says(self) -> None:
        checked = 0
        for route in ROUTES:
            if route.kind is Kind.JSON and route.answers is not None:
                self.setUp()
                token = self.token_of("ada", scope_of(route))
                reply = send(route, self.pages.client(), form=lambda _: {}, token=token)
                self.assertEqual(reply.status, 200, (route, reply.text))
                Draft202012Validator(dict(route.answers)).validate(json.loads(reply.text))
                checked += 1
        self.assertGreaterEqual(checked, 8)
