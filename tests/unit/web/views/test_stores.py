"""The JSON of encrypted stores."""

from __future__ import annotations

import base64
import json
from typing import Any

from buildbot_keychain.store.values import MAX_SIZE
from tests.support.page_site import ViewTestCase
from tests.support.page_stores import SECRET, VALUE, WAITING

CANARY = "Yc5HuJe1GaVfKw7"


class StoreTests(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.stores = self.host.stores

    def ask(self, method: str, path: str, **sent: Any) -> tuple[int, Any]:
        scope = "secrets:read" if method == "GET" else "secrets:write"
        token = self.token_of("ada", scope)
        body = None if method == "GET" else json.dumps(sent)
        reply = self.pages.client().call(method, f"store/{path}", token, body)
        self.assertNotIn(CANARY[:6], reply.text)
        self.assertNotIn(VALUE[:6], reply.text)
        return reply.status, json.loads(reply.text)

    def revision(self, name: str = SECRET) -> str:
        _, found = self.ask("GET", f"secret?name={name}")
        return str(found["versions"][-1]["revision"])

    def test_the_whole_life_of_a_secret(self) -> None:
        name = "store!a"
        steps: list[tuple[str, str, dict[str, Any], tuple[str, int]]] = [
            ("PUT", "secret", {"value": CANARY, "expected": 0, "tags": ["t"]}, ("a", 1)),
            ("PUT", "secret", {"generate": {"kind": "token"}, "expected": 1}, ("a", 2)),
            ("POST", "secret/edit", {"description": "d", "allowed": None}, ("a", 2)),
            ("POST", "secret/rollback", {"version": 1}, ("a", 1)),
            ("DELETE", "secret", {}, ("a", 0)),
            ("POST", "secret/undelete", {}, ("a", 1)),
            ("POST", "secret/rename", {"new": "b"}, ("b", 1)),
        ]
        for method, path, sent, (called, version) in steps:
            status, done = self.ask(method, path, name=name, **sent)
            self.assertEqual(
                (status, done.get("name"), done.get("version")), (200, called, version)
            )
        self.assertEqual(self.stores.value("b"), CANARY.encode())
        self.assertEqual(self.ask("DELETE", "secret", name="b")[0], 200)
        self.assertEqual(self.ask("DELETE", "secret", name="b", purge=True)[0], 200)
        self.assertEqual(self.ask("GET", "secret?name=store!b")[0], 404)
        self.assertEqual({person for person, _ in self.stores.changed}, {"ada"})

    def test_values_of_a_mebibyte(self) -> None:
        content = bytes(range(256)) * (MAX_SIZE // 256)
        encoded = base64.b64encode(content).decode()
        self.assertEqual(self.ask("PUT", "secret", name=SECRET, base64=encoded)[0], 200)
        self.assertTrue(self.stores.value() == content)
        self.assertEqual(self.ask("PUT", "secret", name=SECRET, value="x" * (MAX_SIZE + 1))[0], 422)
        self.assertEqual(self.ask("PUT", "secret", name=SECRET, value="x" * (3 << 20))[0], 413)

    def test_lists_are_paged(self) -> None:
        for name in ("a", "b"):
            self.ask("PUT", "secret", name=name, value="x")
        names: list[str] = []
        after: Any = ""
        while after is not None:
            status, page = self.ask("GET", f"secrets?limit=1&after={after}")
            self.assertEqual(status, 200)
            names += [each["name"] for each in page["secrets"]]
            after = page["after"]
        there = ["both", f"changes/{WAITING}", "deploy/token", "gone"]
        self.assertEqual(names, ["a", "b", *there])
        for wrong in ("limit=0", "limit=1001", "limit=x", "limit=%D9%A1"):
            self.assertEqual(self.ask("GET", f"secrets?{wrong}")[0], 400, wrong)
        self.assertEqual(self.ask("GET", "secrets?store=other")[0], 400)

    def test_somebody_else_was_first(self) -> None:
        seen = self.revision()
        self.ask("POST", "secret/edit", name=SECRET, tags=["other"])
        for method, path, sent in (
            ("PUT", "secret", {"value": CANARY}),
            ("POST", "secret/edit", {"tags": []}),
            ("POST", "secret/rollback", {"version": 1}),
            ("POST", "secret/rename", {"new": "b"}),
            ("DELETE", "secret", {}),
        ):
            status, found = self.ask(method, path, name=SECRET, revision=seen, **sent)
            self.assertEqual((status, list(found)), (409, ["error"]))

    def test_mistakes_have_nothing_of_a_value(self) -> None:
        for sent, status in (
            ({"name": SECRET}, 422),
            ({"name": SECRET, "value": ""}, 422),
            ({"name": SECRET, "value": CANARY, "other": CANARY}, 400),
            ({"name": SECRET, "value": [CANARY]}, 400),
            ({"name": SECRET, "value": CANARY, "base64": ""}, 400),
            ({"name": SECRET, "value": CANARY, "expires": CANARY}, 400),
            ({"name": "a|b", "value": CANARY}, 400),
            ({"name": "none!a", "value": CANARY}, 400),
            ({"value": CANARY}, 400),
        ):
            self.assertEqual(self.ask("PUT", "secret", **sent)[0], status, list(sent))
        token = self.token_of("ada", "secrets:write")
        twice = f'{{"name": "a", "value": "x", "value": "{CANARY}"}}'
        self.assertEqual(self.pages.client().call("PUT", "store/secret", token, twice).status, 400)
        self.assertEqual(self.stores.changed, [])

    def test_a_reader_a_stranger_and_another_scope(self) -> None:
        body = json.dumps({"name": SECRET, "value": CANARY})
        for person, scope in (
            ("vera", "secrets:write"),
            ("nina", "secrets:write"),
            ("ada", "secrets:read"),
            ("ada", "approvals:decide"),
        ):
            token = self.token_of(person, scope)
            reply = self.pages.client().call("PUT", "store/secret", token, body)
            self.assertEqual(reply.status, 403, (person, scope))
        token = self.token_of("vera", "secrets:read")
        self.assertEqual(self.pages.client().call("GET", "store/secrets", token).status, 403)
        self.assertEqual(self.stores.changed, [])
