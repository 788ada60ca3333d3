"""The forms that change secrets, from the first to the last, and what goes wrong with them."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.store.values import MAX_SIZE
from tests.support.page_client import Reply, forms_of
from tests.support.page_routes import ABOUT, NO_VALUE
from tests.support.page_site import ViewTestCase
from tests.support.page_stores import SECRET, VALUE
from tests.support.store_keys import NOW

PAGE = f"change?name={SECRET}"
CANARY = "Yc5HuJe1GaVfKw7"
NEW = {"store": "store", "path": "new/one", **NO_VALUE, **ABOUT, "tags": ""}


class ChangeTestCase(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.stores = self.host.stores
        self.ada = self.pages.client("ada")

    def shown(self, action: str, page: str = PAGE) -> dict[str, str]:
        """Return the hidden fields of a form."""
        (form,) = forms_of(self.ada.open(page).text, action)
        return form

    def save(self, form: Any = None, **fields: Any) -> Reply:
        form = self.shown("change") if form is None else form
        return self.ada.upload("change", {**form, **NO_VALUE, **ABOUT, **fields})

    def send(self, action: str, page: str = PAGE, **fields: str) -> Reply:
        return self.ada.send(action, {**self.shown(action, page), **fields})

    def known(self, name: str = "deploy/token") -> Any:
        return self.stores.opened.secrets.describe(name)

    def check_form_again(self, reply: Reply, status: int, said: str, action: str) -> None:
        """A page with the form, what went wrong, and nothing of a value."""
        self.assertEqual(reply.status, status, reply.text)
        self.assertIn(said, reply.text)
        self.assertEqual(len(forms_of(reply.text, action)), 1)
        self.assertNotIn(CANARY[:6], reply.text)
        self.assertNotIn("location", reply.headers)


class LifeTests(ChangeTestCase):
    def test_the_whole_life_of_a_secret(self) -> None:
        new = {**self.shown("add", "add"), **NEW, "line": CANARY, "description": "of the registry"}
        reply = self.ada.upload("add", new)
        self.assertEqual(reply.headers["location"], "change?name=store%21new%2Fone&done=add")
        page = reply.headers["location"]
        self.assertIn("The secret is added.", self.ada.open(page).text)
        self.assertEqual(self.stores.value("new/one"), CANARY.encode())
        replaced = {**self.shown("change", page), **NO_VALUE, **ABOUT, "description": "d"}
        reply = self.ada.upload("change", {**replaced, "text": "a\r\nb", "tags": "x, y"})
        self.assertTrue(reply.headers["location"].endswith("done=replace"))
        self.assertEqual(self.stores.value("new/one"), b"a\nb\n")
        for action, done, fields in (
            ("roll-back", "done=rollback", {"version": "1"}),
            ("delete", "done=delete", {}),
            ("undelete", "done=undelete", {}),
            ("rename", "name=store%21b%26c&done=rename", {"new": " b&c "}),
        ):
            reply = self.send(action, page, **fields)
            self.assertEqual(reply.status, 303, reply.text)
            self.assertTrue(reply.headers["location"].endswith(done), reply.headers)
            page = reply.headers["location"]
            self.assertIn('role="status"', self.ada.open(page).text)
        self.assertEqual(self.stores.value("b&c"), CANARY.encode())
        self.assertEqual({person for person, _ in self.stores.changed}, {"ada"})
        text = self.ada.open(page).text
        self.assertIn("rename b&amp;c", text)
        self.assertNotIn(CANARY[:6], text)

    def test_what_is_known_of_it_is_changed_and_the_value_stays(self) -> None:
        reply = self.save(tags="prod, new", expires="2099-01-01", limit="named", allowed="r-*")
        self.assertTrue(reply.headers["location"].endswith("done=edit"))
        about = self.known().metadata
        self.assertEqual((about.tags, about.allowed), (("new", "prod"), ("r-*",)))
        self.assertEqual((self.known().version, self.stores.value()), (2, VALUE.encode()))

    def test_values_that_are_made_and_large_ones(self) -> None:
        self.assertEqual(self.save(generate="ssh").status, 303)
        self.assertIn("public key: ssh-ed25519", self.ada.open(PAGE).text)
        large = bytes(range(256)) * (MAX_SIZE // 256)
        self.assertEqual(
            self.save(file=large, description=self.known().metadata.description).status, 303
        )
        self.assertTrue(self.stores.value() == large)

    def test_a_secret_of_the_store_that_there_is_not(self) -> None:
        for name, status in (("store!none", 404), ("other!a", 400), ("", 404)):
            self.assertEqual(self.ada.open(f"change?name={name}").status, status)

    def test_a_master_without_a_store(self) -> None:
        self.stores.names = ()
        text = self.ada.open("add").text
        self.assertIn("has no encrypted store", text)
        self.assertEqual(forms_of(text), [])


class MistakeTests(ChangeTestCase):
    def test_after_any_mistake_the_form_comes_back_without_the_value(self) -> None:
        for fields, status, said in (
            ({"text": "x"}, 400, "in one way"),
            ({"expires": "soon"}, 400, "must be like 2027-01-31"),
            ({"redact": "perhaps"}, 400, "a choice that there is not"),
            ({"description": "d" * (64 << 10)}, 422, "longer than 64 KiB"),
        ):
            reply = self.save(line=CANARY, **fields)
            self.check_form_again(reply, status, said, "change")
        self.assertEqual((self.known().version, self.stores.changed), (2, []))

    def test_of_a_new_one_too(self) -> None:
        token = self.shown("add", "add")
        for fields, status, said in (
            ({"path": "a|b"}, 400, "must not contain"),
            ({"path": "deploy/token"}, 409, "its version is 2, not 0"),
            ({"store": "other"}, 400, "no such store"),
            ({"line": ""}, 400, "The value is missing"),
        ):
            new = {**token, **NEW, "line": CANARY, "description": "kept <b>", **fields}
            reply = self.ada.upload("add", new)
            self.check_form_again(reply, status, said, "add")
            self.assertIn("kept &lt;b&gt;", reply.text)
            self.assertIn(f'value="{new["path"]}"', reply.text)

    def test_a_database_that_does_not_answer(self) -> None:
        form = self.shown("change")
        self.stores.away = True
        reply = self.save(form, line=CANARY)
        self.assertEqual(reply.status, 503)
        self.assertNotIn(CANARY[:6], reply.text)

    def test_a_form_as_it_was_shown(self) -> None:
        self.check_form_again(self.save(), 400, "The form is as it was", "change")

    def test_wrong_versions_and_names(self) -> None:
        self.check_form_again(
            self.send("roll-back", version="7"), 404, "has no version 7", "change"
        )
        self.assertEqual(self.send("roll-back", version="\u0667").status, 400)
        self.check_form_again(self.send("rename", new="gone"), 409, "exists already", "rename")

    def test_files_in_place_of_texts(self) -> None:
        form = self.shown("change")
        for name in ("token", "revision", "unchanged", "tags", "redact", "line"):
            fields: dict[str, Any] = {name: b"x"}
            reply = self.save({**form, **({name: b"x"} if name in form else {})}, **fields)
            self.assertEqual(reply.status, 400, name)


class EditorTests(ChangeTestCase):
    """Two at once: the second is told, and nothing is lost."""

    def test_the_second_is_told_and_what_was_typed_is_there(self) -> None:
        seen = {
            action: self.shown(action) for action in ("change", "roll-back", "rename", "delete")
        }
        self.stores.opened.secrets.edit("deploy/token", now=NOW, tags=["by another"])
        reply = self.save(seen["change"], line=CANARY, tags="mine", description="typed by me")
        self.check_form_again(reply, 409, "omebody else has changed it", "change")
        self.assertIn("typed by me", reply.text)
        self.assertIn("by another", reply.text)
        for action, fields in (
            ("roll-back", {"version": "1"}),
            ("rename", {"new": "b"}),
            ("delete", {}),
        ):
            reply = self.ada.send(action, {**seen[action], **fields})
            self.check_form_again(reply, 409, "omebody else has changed it", "change")
        self.assertEqual((self.known().version, self.known().metadata.tags), (2, ("by another",)))
        (again,) = forms_of(self.save(seen["change"], line="x").text, "change")
        self.assertEqual(self.save(again, line=CANARY, tags="mine").status, 303)
        self.assertEqual(self.stores.value(), CANARY.encode())

    def test_a_form_that_is_sent_again(self) -> None:
        new = {**self.shown("add", "add"), **NEW, "line": CANARY}
        forms = {action: self.shown(action) for action in ("change", "delete")}
        self.assertEqual([self.ada.upload("add", new).status for _ in range(2)], [303, 409])
        self.assertEqual(
            [self.save(forms["change"], line="x").status for _ in range(2)], [303, 409]
        )
        deleting = self.shown("delete")
        self.assertEqual(self.ada.send("delete", deleting).status, 303)
        self.assertEqual(self.send("undelete").status, 303)
        for old in (deleting, forms["delete"]):
            self.assertEqual(self.ada.send("delete", old).status, 409)
        self.assertEqual(self.known().version, 3)

    def test_it_was_deleted_meanwhile(self) -> None:
        form = self.shown("change")
        secrets = self.stores.opened.secrets
        secrets.delete("deploy/token", now=NOW)
        self.check_form_again(self.save(form, line=CANARY), 409, "omebody else", "undelete")
        secrets.purge("deploy/token", now=NOW)
        reply = self.save(form, line=CANARY)
        self.assertEqual(reply.status, 404)
        self.assertNotIn(CANARY[:6], reply.text)


class TokenTests(ChangeTestCase):
    """What ties a form to a session and to what was seen."""

    def test_an_unchanged_value_needs_its_token(self) -> None:
        form = self.shown("change")
        for unchanged in ("", form["token"], form["unchanged"][:-1] + "x"):
            reply = self.save({**form, "unchanged": unchanged}, tags="new")
            self.assertEqual(reply.status, 403)
        other = self.shown("change", "change?name=store!deploy/token")
        self.assertEqual(self.save(other, tags="new").status, 303)

    def test_forms_of_other_secrets_sessions_and_purposes(self) -> None:
        form = self.shown("change")
        self.host.people["otto"] = self.host.people["ada"]
        otto = self.pages.client("otto")
        full = {**form, **NO_VALUE, **ABOUT, "line": CANARY}
        self.assertEqual(otto.upload("change", full).status, 403)
        for changes in ({"name": "store!gone"}, {"revision": "1-x"}, {"token": form["unchanged"]}):
            reply = self.ada.upload("change", {**full, **changes})
            self.assertEqual(reply.status, 403)
            self.assertNotIn(CANARY[:6], reply.text)
        self.host.clock.advance(3601)
        self.assertEqual(self.ada.upload("change", full).status, 403)
        self.assertEqual(self.stores.changed, [])

    def test_the_token_of_one_form_is_good_for_no_other(self) -> None:
        changed = {**self.shown("change"), **NO_VALUE, **ABOUT, "tags": "new"}
        forms = {
            "change": changed,
            "roll-back": {**self.shown("roll-back"), "version": "1"},
            "rename": {**self.shown("rename"), "new": "other"},
            "delete": self.shown("delete"),
        }
        for action, form in forms.items():
            send = self.ada.upload if action == "change" else self.ada.send
            for other in forms.keys() - {action}:
                reply = send(action, {**form, "token": forms[other]["token"]})
                self.assertEqual(reply.status, 403, f"{other} for {action}")
        self.assertEqual(self.stores.changed, [])

    def test_a_role_or_session_that_is_no_more(self) -> None:
        full = {**self.shown("change"), **NO_VALUE, **ABOUT, "line": CANARY}
        for people in ({"ada": frozenset({"viewers"})}, {}):
            self.host.people = people
            reply = self.ada.upload("change", full)
            self.assertEqual(reply.status, 403)
            self.assertNotIn(CANARY[:6], reply.text)
        self.assertEqual(self.stores.changed, [])

    def test_rules_of_the_host_are_asked_about_the_secret(self) -> None:
        self.host.forbidden = {"store!new/one", "store!other"}
        new = {**self.shown("add", "add"), **NEW, "line": CANARY}
        self.assertEqual(self.ada.upload("add", new).status, 403)
        self.assertEqual(self.send("rename", new="other").status, 403)
        self.assertEqual(self.stores.changed, [])


class LookTests(ChangeTestCase):
    def test_fields_of_values_are_masked_and_not_kept(self) -> None:
        for page in ("add", PAGE):
            text = self.ada.open(page).text
            self.assertIn('id="line" name="line" type="password" autocomplete="new-password"', text)
            self.assertIn('name="text" class="keychain-concealed" rows="4"', text)
            self.assertNotIn(VALUE[:6], text)
            self.assertNotIn("<script", text)
        self.assertIn("Concealed.", self.ada.open(PAGE).text)

    def test_names_of_others_are_text(self) -> None:
        evil = '"><script>alert(1)</script>'
        secrets = self.stores.opened.secrets
        secrets.edit("deploy/token", now=NOW, description=evil, tags=[evil], allowed=[evil])
        self.assertNotIn("<script", self.ada.open(PAGE).text)
        secrets.rename("deploy/token", evil, now=NOW)
        for client in (self.ada,):
            page = self.ada.open("change?name=store%21%22%3E%3Cscript%3Ealert%281%29%3C/script%3E")
            self.assertEqual((page.status, client.open("add").status), (200, 200))
            self.assertNotIn("<script", page.text)
