"""Deleted secrets, and removing them for good."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.web import Action
from tests.support.page_client import forms_of
from tests.support.page_site import ViewTestCase
from tests.support.page_stores import DELETED, VALUE
from tests.support.store_keys import NOW

ALL = "deleted?days=0"
ONE = f"purge?name={DELETED}"


class DeletedTestCase(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.stores = self.host.stores
        self.secrets = self.stores.opened.secrets
        self.ada = self.pages.client("ada")

    def delete(self, name: str, *, now: int = NOW, tags: tuple[str, ...] = ()) -> None:
        self.secrets.set(name, VALUE, now=NOW, tags=tags)
        self.secrets.delete(name, now=now)

    def form(self, page: str = ALL) -> dict[str, str]:
        (form,) = forms_of(self.ada.open(page).text, page.partition("?")[0])
        return {**form, "sure": "yes"}

    def names(self) -> list[str]:
        return [each.name for each in self.secrets.page(limit=999)]

    def send(self, form: dict[str, str], page: str = "deleted") -> Any:
        return self.ada.send(page, form)


class AllTests(DeletedTestCase):
    def test_what_goes_is_shown_and_goes(self) -> None:
        self.delete("<old>")
        text = self.ada.open(ALL).text
        self.assertIn("<bdi>&lt;old&gt;</bdi>", text)
        self.assertIn("2 secrets with 2 versions go", text)
        self.assertNotIn("two-persons", text)
        location = self.send(self.form()).headers["location"]
        self.assertEqual(self.names(), ["both", "changes/0123456789abcdef", "deploy/token"])
        text = self.ada.open(location).text
        self.assertIn("2 secrets are removed for good.", text)
        self.assertIn("There are none.", text)
        operations = [change.operation for _, change in self.stores.changed]
        self.assertEqual(operations, ["purge", "purge"])

    def test_those_of_the_last_month_are_left_alone(self) -> None:
        self.delete("old", now=NOW - 31 * 86_400)
        text = self.ada.open("deleted").text
        self.assertIn("<bdi>old</bdi>", text)
        self.assertNotIn("<bdi>gone</bdi>", text)
        self.send(self.form("deleted"))
        self.assertIn("gone", self.names())
        self.assertNotIn("old", self.names())

    def test_nothing_goes_that_was_not_shown(self) -> None:
        for meanwhile in ("delete another", "undelete"):
            form = self.form()
            if meanwhile == "undelete":
                self.secrets.undelete("gone", now=NOW)
            else:
                self.delete("another")
            reply = self.send(form)
            self.assertEqual(reply.status, 409)
            self.assertIn("not what the page has shown", reply.text)
            self.assertIn("gone", self.names())

    def test_a_form_for_one_list_removes_no_other(self) -> None:
        form = self.form("deleted?days=0")
        for name, value in (("days", "1"), ("after", "a"), ("store", "x"), ("digest", "0" * 64)):
            self.assertEqual(self.send({**form, name: value}).status, 403, name)
        self.assertIn("gone", self.names())

    def test_nobody_who_is_not_sure(self) -> None:
        form = self.form()
        self.assertEqual(self.send({**form, "sure": ""}).status, 400)
        del form["sure"]
        self.assertEqual(self.send(form).status, 400)
        self.assertIn("gone", self.names())

    def test_those_of_two_persons_wait(self) -> None:
        self.delete("shared", tags=("two-persons",))
        self.assertIn("wait for another administrator", self.ada.open(ALL).text)
        location = self.send(self.form()).headers["location"]
        text = self.ada.open(location).text
        self.assertIn("1 secret is removed for good. 1 waits for", text)
        self.assertIn("shared", self.names())
        self.host.people["olga"] = self.host.people["ada"]
        olga = self.pages.client("olga")
        form = forms_of(olga.open("changes").text, "confirm")[-1]
        self.assertEqual(olga.send("confirm", form).status, 303)
        self.assertNotIn("shared", self.names())

    def test_many_are_removed_page_by_page(self) -> None:
        with self.secrets.together(NOW - 9):
            for number in range(110):
                self.secrets.set(f"many/{number:03}", VALUE, now=NOW)
        for number in range(110):
            self.secrets.delete(f"many/{number:03}", now=NOW)
        text = self.ada.open(ALL).text
        self.assertIn("These are the first 100.", text)
        self.assertIn('href="deleted?store=store&amp;days=0&amp;after=many%2F098"', text)
        last = self.form("deleted?days=0&after=many/098")
        self.assertEqual(self.send(last).status, 303)
        self.assertEqual(sum(name.startswith("many/") for name in self.names()), 99)

    def test_what_host_rules_forbid(self) -> None:
        form = self.form()
        self.host.forbidden = {DELETED}
        reply = self.send(form)
        self.assertEqual(reply.status, 403)
        self.assertIn("You may not change a secret of that name. Nothing was removed.", reply.text)
        self.host.forbidden = {Action.CHANGE}
        self.assertEqual(self.send(form).status, 403)

    def test_addresses(self) -> None:
        for query in ("days=x", "days=99999", f"after={'x' * 1001}", "removed=x"):
            self.assertEqual(self.ada.open(f"deleted?{query}").status, 400, query[:9])
        self.assertIn("There are none.", self.ada.open("deleted?store=x").text)
        self.stores.names = ()
        self.assertIn("no encrypted store", self.ada.open("deleted").text)


class OneTests(DeletedTestCase):
    def test_it_goes_with_its_versions(self) -> None:
        self.assertIn(ONE.replace("!", "%21"), self.ada.open(f"change?name={DELETED}").text)
        text = self.ada.open(ONE).text
        self.assertIn("version 1, of", text)
        self.assertNotIn(VALUE[:6], text)
        reply = self.send(self.form(ONE), "purge")
        self.assertEqual(reply.headers["location"], "deleted?store=store&removed=1")
        self.assertNotIn("gone", self.names())
        self.assertEqual(self.ada.open(ONE).status, 404)

    def test_one_that_is_not_deleted(self) -> None:
        text = self.ada.open("purge?name=store!both").text
        self.assertIn("It is not deleted.", text)
        self.assertEqual(forms_of(text, "purge"), [])

    def test_one_that_was_brought_back(self) -> None:
        form = self.form(ONE)
        self.secrets.undelete("gone", now=NOW)
        reply = self.send(form, "purge")
        self.assertEqual(reply.status, 409)
        self.assertIn("somebody else has changed it. Nothing was removed.", reply.text)
        self.assertIn("gone", self.names())

    def test_one_of_two_persons_waits(self) -> None:
        self.secrets.delete("both", now=NOW)
        page = "purge?name=store!both"
        self.assertIn("Two people change this secret", self.ada.open(page).text)
        reply = self.send(self.form(page), "purge")
        self.assertEqual(reply.headers["location"], "changes?done=asked")
        self.assertIn("both", self.names())

    def test_nobody_who_is_not_sure(self) -> None:
        self.assertEqual(self.send({**self.form(ONE), "sure": "no"}, "purge").status, 400)
        self.assertIn("gone", self.names())

    def test_what_host_rules_forbid(self) -> None:
        self.host.forbidden = {DELETED}
        self.assertEqual(self.ada.open(ONE).status, 403)
