"""Fields for secrets in pages of other plug-ins: what is shown, and what comes back."""

from __future__ import annotations

import re
from typing import Any

import jinja2
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.sealed_field import SealedField
from buildbot_keychain.store.values import MAX_SIZE
from buildbot_keychain.testing import SealedStateInMemory
from buildbot_keychain.web import Refused, SecretChange, SecretFields
from buildbot_keychain.web._form_tokens import LIFE

KEY = b"k" * 32
CANARY = "canary-tr0ub4dor&3"
XSS = "\"'><script>alert(1)</script>"


class FieldsTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.now = 0.0
        self.fields = self.of(b"session=ada")
        self.sealer = self.successResultOf(
            Deferred.fromCoroutine(SealedStateInMemory("account").sealer())
        )

    def of(self, session: bytes, owner: str = "account 7", key: bytes = KEY) -> SecretFields:
        return SecretFields(key, session, owner, lambda: self.now)

    def form(self, value: str = "", version: Any = 3, **more: str) -> dict[str, str]:
        """Return what a browser sends of the field ``token``."""
        shown = self.fields.field("token", version)
        return {"token": value, "token.unchanged": shown.token, **more}

    def read(self, form: dict[str, str], version: Any = 3) -> Any:
        return self.fields.read(form, "token", version, self.sealer)

    def refused(self, form: dict[str, str], version: Any = 3) -> int:
        refused = self.assertRaises(Refused, self.read, form, version)
        self.assertNotIn(CANARY, repr(refused) + refused.sentence)
        return int(refused.status)


class ReadTests(FieldsTestCase):
    def test_an_empty_field_is_left_as_it_is(self) -> None:
        for version in (3, None, "a:b"):
            self.assertIs(self.read(self.form("", version), version), SecretChange.UNCHANGED)

    def test_a_value_is_sealed(self) -> None:
        change = self.read(self.form(CANARY))
        self.assertIsInstance(change, SealedField)
        self.assertEqual(change.reveal(), CANARY)
        self.assertNotIn(CANARY, f"{change!r} {change.sealed()}")

    def test_a_value_can_be_removed(self) -> None:
        removed = {"token.remove": "yes"}
        self.assertIs(self.read(self.form() | removed), SecretChange.REMOVED)
        self.assertEqual(self.refused(self.form(CANARY) | removed), 400)

    def test_line_ends_of_a_browser_are_those_of_a_key(self) -> None:
        for typed in ("BEGIN\r\nabc\r\nEND", "BEGIN\r\nabc\r\nEND\r\n"):
            self.assertEqual(self.read(self.form(typed)).reveal(), "BEGIN\nabc\nEND\n")
        self.assertEqual(self.read(self.form(" a b \r\n")).reveal(), " a b ")

    def test_a_very_long_value_is_refused(self) -> None:
        self.assertEqual(self.refused(self.form(CANARY + "x" * MAX_SIZE)), 422)

    def test_half_of_a_character_is_refused(self) -> None:
        self.assertEqual(self.refused(self.form(f"{CANARY}\ud800")), 400)
        token = {"token.unchanged": "v3:\ud800.0"}
        self.assertEqual(self.refused(self.form(CANARY) | token), 400)

    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1))
    def test_any_line_comes_through(self, value: str) -> None:
        self.assertEqual(self.read(self.form(value)).reveal(), value)


class TokenTests(FieldsTestCase):
    def test_forms_that_were_not_made_for_this_one_are_refused(self) -> None:
        """Of another login, another secret, another field, another key, and of nobody."""
        for fields, name in (
            (self.of(b"session=eve"), "token"),
            (self.of(b"session=ada", "account 8"), "token"),
            (self.of(b"session=ada", key=b"e" * 32), "token"),
            (self.fields, "key"),
        ):
            token = fields.field(name, 3).token
            self.assertEqual(self.refused({"token": CANARY, "token.unchanged": token}), 403)
        for token in ("", "v3:", "v3:0.", ":", "v3:99999999999.0", "é:٣.x"):
            self.assertEqual(self.refused({"token": CANARY, "token.unchanged": token}), 403, token)
        self.assertEqual(self.refused({"token": CANARY}), 403)

    def test_a_version_that_is_written_over_the_true_one_is_refused(self) -> None:
        token = self.fields.field("token", 2).token.replace("v2:", "v3:")
        self.assertEqual(self.refused({"token": CANARY, "token.unchanged": token}), 403)

    def test_the_second_of_two_editors_is_told(self) -> None:
        for seen, now in ((2, 3), (None, 1), (3, None)):
            self.assertEqual(self.refused(self.form(CANARY, seen), now), 409)

    def test_a_form_is_good_for_an_hour(self) -> None:
        form = self.form(CANARY)
        self.now = LIFE - 1
        self.read(form)
        self.now = LIFE
        self.assertEqual(self.refused(form), 403)

    def test_mistakes_of_an_author_are_errors(self) -> None:
        self.assertRaises(ValueError, SecretFields, b"short", b"session", "account")
        self.assertRaises(ValueError, SecretFields, KEY, b"", "account")
        for name in ("", "a-b", "a b", "1", XSS, "a.remove", "\u0660"):
            self.assertRaises(ValueError, self.fields.field, name)


class MacroTests(FieldsTestCase):
    def html(self, macro: str, version: Any = 3, *, autoescape: bool = True) -> str:
        environment = jinja2.Environment(loader=SecretFields.loader(), autoescape=autoescape)
        template = environment.from_string(
            '{% import "keychain/secret_fields.html" as secret %}' + macro
        )
        return template.render(field=self.fields.field("token", version), label=XSS)

    def test_a_page_says_that_there_is_a_value_and_sends_what_leaves_it(self) -> None:
        for macro in ("{{ secret.line(field, 'Token') }}", "{{ secret.lines(field, 'Token') }}"):
            for autoescape in (True, False):
                html = self.html(macro, autoescape=autoescape)
                self.assertIn("Concealed. Leave it empty to keep it.", html)
                self.assertIn('name="token.remove"', html)
                self.assertEqual(html.count('aria-describedby="keychain-token-hint"'), 1)
                (token,) = re.findall(r'name="token\.unchanged" value="([^"]+)"', html)
                form = {"token": "", "token.unchanged": token}
                self.assertIs(self.read(form), SecretChange.UNCHANGED)
                self.assertNotIn("Concealed", self.html(macro, None, autoescape=autoescape))

    def test_browsers_are_told_to_keep_nothing(self) -> None:
        line = self.html("{{ secret.line(field, 'Token') }}")
        self.assertIn('type="password" autocomplete="new-password"', line)
        lines = self.html("{{ secret.lines(field, 'Token', rows=8) }}")
        self.assertIn('class="keychain-concealed" rows="8" autocomplete="off"', lines)
        self.assertIn(".keychain-concealed { -webkit-text-security: disc; }", SecretFields.style())

    def test_a_label_is_not_html(self) -> None:
        for macro in ("{{ secret.line(field, label) }}", "{{ secret.lines(field, label) }}"):
            for autoescape in (True, False):
                self.assertNotIn("<script", self.html(macro, autoescape=autoescape))
