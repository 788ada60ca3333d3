"""Changes that wait for a second person, on the page and as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from twisted.internet.defer import succeed

from buildbot_keychain.store import pending
from buildbot_keychain.web import ROUTES, Action, Kind, Route
from tests.support.page_client import forms_of
from tests.support.page_routes import ABOUT, NO_VALUE, example_of
from tests.support.page_site import ViewTestCase
from tests.support.page_stores import STORE, WAITING

PAGE = "change?name=store!both"
CANARY = "Yc5HuJe1GaVfKw7"


class PendingTestCase(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.stores = self.host.stores
        self.ada = self.pages.client("ada")
        self.host.people["olga"] = self.host.people["ada"]
        self.olga = self.pages.client("olga")

    def decide(self, client: Any, action: str, **changes: str) -> Any:
        form = forms_of(client.open("changes").text, action)[0]
        return client.send(action, {**form, **changes})

    def ask(self) -> Any:
        (form,) = forms_of(self.ada.open(PAGE).text, "change")
        about = {**ABOUT, "tags": "two-persons"}
        return self.ada.upload("change", {**form, **NO_VALUE, **about, "line": CANARY})

    def call(self, person: str, method: str, path: str, **sent: Any) -> Any:
        """Return what a program of a person is answered."""
        token = self.token_of(person, "secrets:read" if method == "GET" else "secrets:write")
        body = None if method == "GET" else json.dumps(sent)
        reply = self.pages.client().call(method, f"store/{path}", token, body)
        self.assertNotIn(CANARY[:6], reply.text)
        return json.loads(reply.text)


class PendingTests(PendingTestCase):
    def test_one_asks_and_another_confirms(self) -> None:
        self.assertIn("Two people change this secret", self.ada.open(PAGE).text)
        self.decide(self.ada, "discard")
        reply = self.ask()
        self.assertEqual(reply.headers["location"], "changes?done=asked")
        self.assertNotEqual(self.stores.value("both"), CANARY.encode())
        text = self.ada.open("changes?done=asked").text
        self.assertIn("a new one, concealed", text)
        self.assertNotIn(CANARY[:6], text)
        reply = self.decide(self.ada, "confirm")
        self.assertEqual(reply.status, 409)
        self.assertIn("omebody else than who has asked", reply.text)
        self.assertEqual(self.decide(self.olga, "confirm").status, 303)
        self.assertEqual(self.stores.value("both"), CANARY.encode())
        self.assertIn("No change waits", self.ada.open("changes").text)

    def test_forms_of_others_and_of_other_changes(self) -> None:
        form = forms_of(self.olga.open("changes").text, "confirm")[0]
        self.assertEqual(self.ada.send("confirm", form).status, 403)
        self.assertEqual(self.olga.send("confirm", {**form, "id": "0"}).status, 403)
        self.assertEqual(self.olga.send("discard", form).status, 403)
        self.host.forbidden = {"store!both"}
        for action in ("confirm", "discard"):
            self.assertEqual(self.decide(self.olga, action).status, 403)
        self.host.forbidden = set()
        self.assertEqual(self.olga.send("confirm", form).status, 303)
        self.assertEqual(self.olga.send("confirm", form).status, 404)

    def test_the_secret_was_changed_meanwhile(self) -> None:
        self.stores.opened.secrets.edit("both", now=1, description="other")
        reply = self.decide(self.ada, "confirm")
        self.assertEqual(reply.status, 409)
        self.assertIn("omebody else has changed it", reply.text)
        self.assertEqual(self.decide(self.ada, "discard").status, 303)

    def test_who_may_change_and_have_it_stays_after_a_deletion(self) -> None:
        secrets = self.stores.opened.secrets
        secrets.edit("both", now=1, allowed=["r-*"])
        secrets.delete("both", now=1)
        asked = self.call("ada", "PUT", "secret", name="both", value=CANARY)["pending"]
        waiting = self.call("ada", "GET", "changes")["changes"]
        self.assertEqual({each["ends_two_persons"] for each in waiting}, {False})
        self.assertEqual(self.call("olga", "POST", f"changes/{asked}/confirm")["version"], 2)
        known = secrets.describe("both").metadata
        self.assertEqual((known.tags, known.allowed), (("two-persons",), ("r-*",)))
        text = self.ada.open(f"{PAGE}&done=add").text
        self.assertIn("for the same builders unless you have named others", text)
        secrets.set("a", CANARY, now=1)
        self.assertNotIn("the same builders", self.ada.open("change?name=store!a&done=add").text)

    def test_one_that_is_damaged_is_withheld_alone(self) -> None:
        (change,) = self.successResultOf(self.stores.waiting(STORE)).changes
        found = pending.Waiting([change], {"0": "the rows of <b> were changed"})
        self.patch(self.stores, "waiting", lambda _store: succeed(found))
        text = self.olga.open("changes").text
        self.assertIn("nobody can confirm it: The rows of &lt;b&gt; were changed.", text)
        self.assertEqual(len(forms_of(text, "confirm")), 1)
        self.assertEqual(self.decide(self.olga, "confirm").status, 303)
        (withheld,) = self.call("ada", "GET", "changes")["problems"]
        self.assertEqual(withheld["id"], "0")

    def test_whoever_confirms_sees_all_of_it(self) -> None:
        builders = [f"release-{number}-*" for number in range(200)]
        last = "x" * 900 + "-last, \u202eall"
        sent = {"allowed": [*builders, last], "description": f"{'d' * 2000}-end"}
        self.call("ada", "POST", "secret/edit", name="both", **sent)
        text = self.olga.open("changes").text
        self.assertTrue(all(f"<li><bdi>{each}</bdi></li>" in text for each in builders))
        self.assertIn("x-last, \\u202eall</bdi></li>", text)
        self.assertIn("d-end", text)

    def test_the_page_says_what_takes_the_second_person_away(self) -> None:
        said = "After this, one person alone changes"
        self.assertNotIn(said, self.ada.open("changes").text)
        (form,) = forms_of(self.ada.open(PAGE).text, "change")
        self.ada.upload("change", {**form, **NO_VALUE, **ABOUT, "tags": "other"})
        self.assertEqual(self.olga.open("changes").text.count(said), 1)
        waiting = self.call("ada", "GET", "changes")["changes"]
        self.assertEqual(sum(each["ends_two_persons"] for each in waiting), 1)
        self.call("ada", "POST", "secret/rename", name="both", new="other")
        said = "one person alone adds another secret of the name <bdi>both</bdi>."
        self.assertEqual(self.olga.open("changes").text.count(said), 1)

    def test_programs(self) -> None:
        asked = self.call("ada", "PUT", "secret", name="both", value=CANARY)
        self.assertEqual((asked["version"], len(asked["pending"])), (1, 16))
        waiting = self.call("ada", "GET", "changes")["changes"]
        self.assertEqual({each["asked_by"] for each in waiting}, {"ada", "otto"})
        self.assertEqual({each["has_value"] for each in waiting}, {True, False})
        for path, said in (
            (f"changes/{asked['pending']}/confirm", "omebody else than who has asked"),
            ("changes/0/confirm", "does not wait any more"),
        ):
            self.assertIn(said, self.call("ada", "POST", path)["error"])
        refused = self.call("ada", "POST", "changes/0/discard", store="x")
        self.assertIn("no such store", refused["error"])
        self.assertEqual(self.call("ada", "POST", f"changes/{WAITING}/confirm")["name"], "both")
        self.assertEqual(self.call("ada", "POST", f"changes/{asked['pending']}/discard"), {})
        self.assertEqual(self.call("ada", "GET", "changes")["changes"], [])


class EveryRouteTests(PendingTestCase):
    """One person changes such a secret by no route, whatever the spelling of the login."""

    def setUp(self) -> None:
        super().setUp()
        self.host.people |= dict.fromkeys(("ADA", "\uff41da"), self.host.people["ada"])
        self.call("ada", "POST", f"changes/{WAITING}/discard")
        self.stores.opened.secrets.set("both", "x", now=1)

    @property
    def history(self) -> list[str]:
        return [each.operation for each in self.stores.opened.secrets.history("both")]

    def ask_by(self, route: Route) -> None:
        fields = dict(example_of(route).fields)
        if route.kind is Kind.JSON:
            path = route.path.removeprefix("api/v1/store/")
            asked = self.call("ada", route.method, path, **{**fields, "name": "both"})
            self.assertNotEqual(asked["pending"], "", route)
            return
        page = PAGE.replace("change", "purge") if route.path == "purge" else PAGE
        (form,) = forms_of(self.ada.open(page).text, route.path)
        send = self.ada.upload if route.has_files else self.ada.send
        reply = send(route.path, {**form, **fields})
        self.assertEqual(reply.headers.get("location"), "changes?done=asked", route)

    def test_no_route_is_enough_for_one(self) -> None:
        before = self.history
        routes = [each for each in ROUTES if each.action is Action.CHANGE and "name" in _says(each)]
        of_deleted = [each for each in routes if each.path.endswith(("undelete", "purge"))]
        for route in routes:
            if route not in of_deleted:
                self.ask_by(route)
        self.assertEqual(self.history, before)
        self.stores.opened.secrets.delete("both", now=1)
        before = self.history
        for route in of_deleted:
            self.ask_by(route)
        self.assertEqual(self.history, before)
        changes = self.call("ada", "GET", "changes")["changes"]
        waiting = [each["id"] for each in changes]
        self.assertEqual(
            {each["operation"] for each in changes},
            {"replace", "edit", "rollback", "rename", "delete", "undelete", "purge"},
        )
        for person in ("ada", "ADA", "\uff41da"):
            for number in waiting:
                refused = self.call(person, "POST", f"changes/{number}/confirm")
                self.assertIn("omebody else than who has asked", refused["error"])
        browsers = [self.pages.client(person) for person in ("ada", "ada", "ADA")]
        self.assertEqual([self.decide(each, "confirm").status for each in browsers], [409] * 3)
        self.assertEqual(self.history, before)

    def test_one_of_several_is_done_and_once(self) -> None:
        asked = [
            self.call("ada", "PUT", "secret", name="both", value=f"{CANARY}{number}")["pending"]
            for number in range(3)
        ]
        before = self.history
        form = forms_of(self.olga.open("changes").text, "confirm")[0]
        self.assertEqual(self.olga.send("confirm", form).status, 303)
        self.assertEqual(self.olga.send("confirm", form).status, 404)
        for number in asked:
            self.assertIn("error", self.call("olga", "POST", f"changes/{number}/confirm"))
        self.assertEqual(len(self.history), len(before) + 1)

    def test_a_new_secret_of_the_name_is_not_what_was_asked_for(self) -> None:
        asked = self.call("ada", "PUT", "secret", name="both", value=CANARY)["pending"]
        secrets = self.stores.opened.secrets
        for again in (
            lambda: secrets.undelete("both", now=1),
            lambda: secrets.set("both", "other", now=1),
            lambda: (secrets.purge("both", now=1), secrets.set("both", "other", now=1)),
        ):
            secrets.delete("both", now=1)
            again()
            self.assertIn("error", self.call("olga", "POST", f"changes/{asked}/confirm"))
        secrets.rename("both", "elsewhere", now=1)
        secrets.set("both", "other", now=1)
        self.assertIn("error", self.call("olga", "POST", f"changes/{asked}/confirm"))
        self.assertEqual(self.stores.value("both"), b"other")


def _says(route: Route) -> Collection[str]:
    """Return what is sent to a route."""
    return route.fields if route.sends is None else route.sends["properties"]
