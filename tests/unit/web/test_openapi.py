"""The OpenAPI document says what the table does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.audit import Typed
from buildbot_keychain.buildbot.state import BriefUse
from buildbot_keychain.policy import Allow, Policy
from buildbot_keychain.web import ROUTES, SCOPES, Action, Kind, Route
from buildbot_keychain.web._openapi import document
from buildbot_keychain.web.host_audit import Audited
from buildbot_keychain.web.host_secrets import Listed
from tests.support.page_routes import example_of, scope_of, send
from tests.support.page_site import ViewTestCase
from tests.support.page_stores import SECRET
from tests.support.secrets_in_memory import APP
from tests.unit.web.views.test_build import RECORD as RECORD_OF_BUILD
from tests.unit.web.views.test_secret import RECORD as RECORD_OF_SECRET


class DocumentTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.document: Any = document(ROUTES, "1", "./", lambda route: route.view)

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
            scopes = [] if route.action is None else [SCOPES[route.action]]
            self.assertEqual(operation["security"], [{"token": scopes}])
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
    def check(self, route: Route, person: str) -> Any:
        """Return the answer to an example of a route, which must be as the document says."""
        assert route.answers is not None
        self.setUp()
        self.fill()
        token = self.token_of(person, scope_of(route))
        reply = send(route, self.pages.client(), form=lambda _: {}, token=token)
        self.assertEqual(reply.status, 200, (route, reply.text))
        answer = json.loads(reply.text)
        Draft202012Validator(dict(route.answers)).validate(answer)
        return answer

    def fill(self) -> None:
        """Have something of each kind."""
        secrets = self.host.secrets
        secrets.policy = Policy([Allow("*", owners=["vera", "rolf"]), Allow("*")])
        secrets.problems = {"files": "slow"}
        provider, _, path = SECRET.partition("!")
        secret = Listed(provider, path)
        secrets.all[secret] = replace(secrets.all[APP], allowed=("deploy",), used=1)
        audit = (Audited("now", "lookup", "deploy, build 7", "given", "deploy", 7),)
        secrets.records[secret] = replace(RECORD_OF_SECRET, problems=("ill",), audit=audit)
        self.host.builds.records = [RECORD_OF_BUILD]
        self.host.audit.add(Typed(("form!pw",), person="olga"))
        self.host.builders.used.add([BriefUse("1", "team/app", "deploy", True, 1)])

    def test_answers_are_as_it_says(self) -> None:
        checked = set()
        for route in ROUTES:
            if route.kind is Kind.JSON and route.action not in {None, Action.SEE_METRICS}:
                # Approvals are decided on by whom they are asked of.
                self.check(route, "rolf" if route.action is Action.DECIDE else "ada")
                checked.add(route.path)
        self.assertGreaterEqual(len(checked), 18)

    def test_those_of_viewers_are_as_well(self) -> None:
        for route in ROUTES:
            if route.kind is Kind.JSON and route.action is Action.SEE_SECRETS:
                self.check(route, "vera")

    def test_no_list_of_the_example_is_empty(self) -> None:
        """Or its items would not be looked at."""
        for route in ROUTES:
            if route.path in ("api/v1/secret", "api/v1/builds/*", "api/v1/builders"):
                answer = self.check(route, "ada")
                empty = [name for name, value in answer.items() if value == []]
                self.assertEqual(empty, [], route)

    def test_what_is_not_in_it_is_found(self) -> None:
        """As no object has other members."""
        for route in ROUTES:
            if route.path == "api/v1/builds/*":
                answer = self.check(route, "ada")
                answer["given"][0]["value"] = "x"
                validator = Draft202012Validator(dict(route.answers or {}))
                self.assertFalse(validator.is_valid(answer))
