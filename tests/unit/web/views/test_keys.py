"""The page of keys, and its JSON."""

from __future__ import annotations

import json
from typing import Any

from buildbot_keychain.web import Action
from tests.support.page_client import forms_of
from tests.support.page_site import ViewTestCase
from tests.support.page_stores import KEY, VALUE
from tests.support.store_keys import NOW


class KeyTests(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.stores = self.host.stores
        self.ada = self.pages.client("ada")

    def form(self) -> dict[str, str]:
        (form,) = forms_of(self.ada.open("keys").text, "keys")
        return form

    def uses(self) -> list[str]:
        return [key.use for key in self.stores.opened.rotation.known_keys()]

    def test_a_key_is_replaced(self) -> None:
        text = self.ada.open("keys").text
        (key,) = self.stores.opened.rotation.known_keys()
        self.assertIn(key.id.hex(), text)
        self.assertIn("Replace the key", text)
        self.assertEqual(self.ada.send("keys", self.form()).status, 303)
        self.assertEqual(self.uses(), ["older", "primary"])
        text = self.ada.open("keys").text
        self.assertIn("as <bdi>ada</bdi> asked", text)
        self.assertIn(f"0 data keys are sealed again, and {key.data_keys} are left", text)
        self.assertEqual(forms_of(text, "keys"), [])
        self.stores.go_on_rotating()
        text = self.ada.open("keys").text
        self.assertIn("The key was replaced", text)
        self.assertIn("retired", text)
        self.assertEqual(self.stores.value(), VALUE.encode())

    def test_a_form_that_was_sent_begins_no_other_rotation(self) -> None:
        form = self.form()
        for status in (303, 403):
            reply = self.ada.send("keys", form)
            self.assertEqual((reply.status, "there is now" in reply.text), (status, status == 403))
            self.stores.go_on_rotating()
        self.assertEqual(self.uses(), ["retired", "primary"])

    def test_a_master_that_lacks_the_key(self) -> None:
        rotation = self.stores.opened.rotation
        rotation.announce("<m2>", NOW)
        reply = self.ada.send("keys", self.form())
        self.assertEqual(reply.status, 409)
        self.assertIn("is not in the ring of", reply.text)
        self.assertIn("<bdi>&lt;m2&gt;</bdi>", reply.text)
        self.assertIn("<strong>lacks</strong>", reply.text)
        self.assertIn(">Go on</button>", reply.text)
        rotation.announce("<m2>", NOW)
        self.assertEqual(self.ada.send("keys", self.form()).status, 303)

    def test_what_was_interrupted(self) -> None:
        rotation = self.stores.opened.rotation
        rotation.promote(rotation.start(1), now=1, alive_since=2)
        text = self.ada.open("keys").text
        self.assertIn("A rotation was begun and is not finished", text)
        self.assertEqual(self.ada.send("keys", self.form()).status, 303)
        self.stores.go_on_rotating()
        self.assertEqual(self.uses(), ["retired", "primary"])

    def test_a_store_that_does_not_answer(self) -> None:
        form = self.form()
        self.stores.away = True
        self.assertIn("The database does not answer.", self.ada.open("keys").text)
        self.assertEqual(self.ada.send("keys", form).status, 503)
        self.assertEqual(self.ada.send("keys", {**form, "store": "x"}).status, 403)

    def test_what_host_rules_forbid(self) -> None:
        form = self.form()
        self.host.forbidden = {Action.CHANGE}
        self.assertEqual(self.ada.send("keys", form).status, 403)

    def test_programs(self) -> None:
        def call(method: str, path: str, scope: str) -> Any:
            token = self.token_of("ada", scope)
            body = None if method == "GET" else json.dumps(sent)
            return self.pages.client().call(method, f"store/{path}", token, body)

        sent: dict[str, Any] = {"primary": KEY}
        found = json.loads(call("GET", "keys", "secrets:read").text)
        self.assertEqual([key["use"] for key in found["keys"]], ["primary"])
        self.assertEqual(found["progress"], None)
        self.assertEqual(call("POST", "keys/rotate", "secrets:read").status, 403)
        found = json.loads(call("POST", "keys/rotate", "secrets:write").text)
        self.assertEqual([key["use"] for key in found["keys"]], ["older", "primary"])
        self.assertEqual((found["progress"]["actor"], found["interrupted"]), ("ada", True))
        self.assertEqual(call("POST", "keys/rotate", "secrets:write").status, 409)
        self.stores.go_on_rotating()
        reply = call("POST", "keys/rotate", "secrets:write")
        self.assertEqual(reply.status, 409)
        self.assertIn("The keys are not as they were seen", json.loads(reply.text)["error"])
        self.assertEqual(self.uses(), ["retired", "primary"])
        sent = {}
        self.assertEqual(call("POST", "keys/rotate", "secrets:write").status, 400)

    def test_programs_go_on_with_what_was_interrupted(self) -> None:
        rotation = self.stores.opened.rotation
        rotation.promote(rotation.start(1), now=1, alive_since=2)
        sent = {"primary": rotation.primary().hex()}
        for interrupted, status in ((False, 409), (True, 200), (True, 409)):
            token = self.token_of("ada", "secrets:write")
            body = json.dumps({**sent, "interrupted": interrupted})
            reply = self.pages.client().call("POST", "store/keys/rotate", token, body)
            self.assertEqual(reply.status, status)
            self.stores.go_on_rotating()
        self.assertEqual(self.uses(), ["retired", "primary"])
