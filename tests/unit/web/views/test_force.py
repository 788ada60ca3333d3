"""The page of a form for builds, for whoever the host lets use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from buildbot_keychain.web.host_forms import Field, FieldKind, Forced, FormFacts
from tests.support.forms_in_memory import FORM
from tests.support.page_client import Reply, forms_of
from tests.support.page_site import ViewTestCase
from tests.unit.web.views.test_overview import XSS

CANARY = "kZ4vt9Qw2LmX"
PAGE = "force?scheduler=force&builder=builder"


class ForceTests(ViewTestCase):
    def form(self, person: str = "nina", page: str = PAGE) -> dict[str, Any]:
        (form,) = forms_of(self.text(person, page))
        return {**form, "f0": "for fun", "f1": CANARY}

    def send(self, form: dict[str, Any], person: str = "nina") -> Reply:
        reply = self.pages.client(person).upload("force", form)
        self.assertFalse(CANARY in reply.text + str(reply.headers), "a secret is in the answer")
        return reply

    def test_a_build_is_asked_for(self) -> None:
        reply = self.send(self.form())
        done = f"{PAGE}&done=7"
        self.assertEqual((reply.status, reply.headers["location"]), (303, done))
        sent = {"reason": "for fun", "keychain_secret_pw": CANARY}
        self.assertEqual(self.host.forms.forced, [("nina", sent)])
        self.assertEqual(self.host.forms.asked[-1], {"reason": "for fun"})
        text = self.text("nina", done)
        self.assertIn('href="../../#/buildrequests/7?redirect_to_build=true"', text)
        self.assertEqual(forms_of(text), [])

    def test_somebody_who_is_not_logged_in(self) -> None:
        self.assertEqual(self.send(self.form(""), "").status, 303)
        self.assertEqual(self.host.forms.forced[0][0], "")
        self.assertEqual(self.send(self.form("nina"), "").status, 403)

    def test_whom_the_host_does_not_let(self) -> None:
        form = self.form()
        for forbidden in ("nina", "see nina"):
            self.host.forms.forbidden = {forbidden}
            replies = [self.pages.client("nina").open(PAGE), self.send(form)]
            missing = self.pages.client("nina").open("force?scheduler=none&builder=builder")
            for reply in replies:
                self.assertEqual((reply.status, reply.text), (403, missing.text))
        self.assertNotIn("Deploy it", self.text("nina", "force"))
        self.assertEqual(self.host.forms.forced, [])

    def test_what_there_is(self) -> None:
        text = self.text("", "force")
        self.assertIn('<a href="force?scheduler=force&amp;builder=other"><bdi>other</bdi>', text)
        self.assertIn("Force a build</a>", self.text("vera"))
        self.patch(type(self.host.forms), "with_secrets", [])
        self.assertIn("There is no form", self.text("", "force"))
        self.assertNotIn("Force a build</a>", self.text("vera"))
        for page in ("force?scheduler=force&builder=none", "force?scheduler=none&builder=builder"):
            self.assertEqual(self.pages.client("ada").open(page).status, 403)

    def test_other_pages_look_for_no_more_than_one(self) -> None:
        def found(_: object) -> Iterator[FormFacts]:
            yield FormFacts("force", "Deploy it", ())
            self.fail("a second one was looked for")

        self.patch(type(self.host.forms), "with_secrets", property(found))
        self.assertIn("Force a build</a>", self.text("vera"))

    def test_a_form_is_good_once_and_as_it_was(self) -> None:
        form = self.form()
        for changes in ({"once": "1"}, {"builder": "other"}, {"scheduler": "x"}, {"token": "1.x"}):
            self.assertEqual(self.send({**form, **changes}).status, 403)
        field = Field("other", FieldKind.LINE)
        self.host.forms.form = replace(FORM, fields=(field, *FORM.fields[1:]))
        self.assertEqual(self.send(form).status, 403)
        self.host.forms.form = FORM
        self.assertEqual([self.send(form).status for _ in range(2)], [303, 409])
        self.assertEqual(len(self.host.forms.forced), 1)

    def test_mistakes_are_beside_their_fields(self) -> None:
        errors = {"keychain_secret_pw": "it is weak", "hidden": "it is wrong"}
        self.host.forms.result = Forced(errors=errors)
        reply = self.send(self.form())
        self.assertEqual(reply.status, 422)
        for part in (
            '<p class="problem" id="f1-error">It is weak.</p>',
            "<p>It is wrong.</p>",
            'aria-describedby="f1-error f1-hint" aria-invalid="true"',
            'value="for fun"',
            "must be typed again",
        ):
            self.assertIn(part, reply.text)
        self.host.forms.result = Forced(8)
        (form,) = forms_of(reply.text)
        self.assertEqual(self.send({**form, "f0": "x", "f1": CANARY}).status, 303)

    def test_what_is_no_form(self) -> None:
        form = self.form()
        for changes, status in (
            ({"f0": b"file"}, 400),
            ({"f9": "x"}, 400),
            ({"f1": [CANARY, CANARY]}, 400),
            ({f"g{number}": "x" for number in range(1000)}, 400),
            ({"f1": CANARY * 400_000}, 413),
        ):
            self.assertEqual(self.send({**form, **changes}).status, status)
        self.assertEqual(self.send({**form, "f1": CANARY * 80_000}).status, 303)

    def test_whatever_administrators_write_is_shown_as_text(self) -> None:
        kinds = [kind for kind in FieldKind if kind is not FieldKind.GROUP]
        fields = [
            Field(f"{kind}{many}{strict}", kind, XSS, XSS, XSS, (XSS, "a"), strict, many, rows=3)
            for kind in kinds
            for many in (False, kind is FieldKind.CHOICE)
            for strict in (False, True)
        ]
        group = Field(XSS, FieldKind.GROUP, XSS, fields=tuple(fields))
        self.host.forms.form = replace(FORM, scheduler=XSS, label=XSS, button=XSS, fields=(group,))
        for page in ("force", f"force?scheduler={_in_query(XSS)}&builder=builder"):
            text = self.text("", page)
            self.assertIn("&lt;", text)
            self.assertNotIn(XSS, text)
        self.assertEqual(text.count('type="checkbox"'), 2)
        self.assertIn(" multiple>", text)

    def test_a_host_without_secrets(self) -> None:
        self.host.forms = None
        self.assertEqual(self.pages.client("ada").open("force").status, 503)


def _in_query(text: str) -> str:
    return quote(text, safe="")
