"""Forms for builds, with any fields: what is shown of them, and read from what browsers send."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.web import Refused
from buildbot_keychain.web import _force_forms as forms
from buildbot_keychain.web.host_forms import Field, FieldKind
from tests.support.forms_in_memory import FORM

CANARY = "kZ4vt9Qw2LmX"
FIELDS = (
    Field(
        "",
        FieldKind.GROUP,
        fields=(
            Field("who", FieldKind.PERSON, "Your name"),
            Field("why", FieldKind.LINE, "Reason", default="because"),
            Field("priority", FieldKind.NUMBER, default=0),
        ),
    ),
    Field(
        "lib",
        FieldKind.GROUP,
        "Codebase: lib",
        fields=(
            Field("lib_branch", FieldKind.LINE, "Branch"),
            Field("lib_project", FieldKind.OTHER, default="p", is_hidden=True),
            Field("lib_patch", FieldKind.OTHER, "Patch"),
        ),
    ),
    Field("text", FieldKind.LINES, default="a\nb"),
    Field("fast", FieldKind.SWITCH, default=True),
    Field("target", FieldKind.CHOICE, choices=("a", "b"), default="a"),
    Field("tags", FieldKind.CHOICE, choices=("x", "y"), is_multiple=True, default=["y"]),
    Field("free", FieldKind.CHOICE, choices=("x",), is_multiple=True, is_strict=False),
    Field("none", FieldKind.LINE, default=None, is_hidden=True),
    Field("pw", FieldKind.SECRET),
    Field("key", FieldKind.SECRET_LINES),
    Field("why", FieldKind.LINE, "of the same name"),
)
ALL = replace(FORM, fields=FIELDS)
SENT = [
    ("f0", ""),
    ("f1", "for fun"),
    ("f2", "3"),
    ("f3", "main"),
    ("f6", "one\r\ntwo"),
    ("f8", "b"),
    ("f9", "x"),
    ("f9", "y"),
    ("f10", " p \r\n\r\nq"),
    ("f12", CANARY),
    ("f13", f"{CANARY}\r\nend\r\n"),
]
"""What a browser sends where nothing is ticked and two of the tags are chosen."""


class ReadTests(SynchronousTestCase):
    def refused(self, *sent: tuple[str, str], form: Any = ALL) -> int:
        refused = self.assertRaises(Refused, forms.read, form, sent)
        self.assertNotIn(CANARY, refused.sentence)
        return int(refused.status)

    def test_all_kinds_of_fields(self) -> None:
        filled = forms.read(ALL, SENT)
        public = {
            "who": "",
            "why": "for fun",
            "priority": "3",
            "lib_branch": "main",
            "lib_project": "p",
            "lib_patch": "",
            "text": "one\ntwo",
            "fast": False,
            "target": "b",
            "tags": ["x", "y"],
            "free": ["p", "q"],
        }
        secret = {"pw": CANARY, "key": f"{CANARY}\nend\n"}
        self.assertEqual(filled.public, public)
        self.assertEqual(filled.values, {**public, **secret})
        self.assertEqual(filled.shown["f10"], "p\nq")
        self.assertNotIn(CANARY, repr(filled) + str(filled.public) + str(filled.shown))

    def test_what_is_ticked_and_what_is_not_chosen(self) -> None:
        sent = [pair for pair in SENT if pair[0] != "f9"]
        filled = forms.read(ALL, [*sent, ("f7", "yes")])
        self.assertEqual((filled.values["fast"], filled.values["tags"]), (True, []))

    def test_other_fields_than_the_page_has(self) -> None:
        self.assertEqual(self.refused(*SENT[1:]), 400)
        for name in ("f4", "f5", "f11", "f14", "pw", "owner", "", "f0 "):
            self.assertEqual(self.refused(*SENT, (name, CANARY)), 400, name)
        self.assertEqual(self.refused(*SENT, ("f12", CANARY)), 400)
        self.assertEqual(self.refused(*SENT, ("f7", "yes"), ("f7", "yes")), 400)

    def test_what_the_host_is_asked_with_has_no_secret(self) -> None:
        defaults = forms.defaults(ALL)
        self.assertEqual(defaults["why"], "")
        self.assertFalse({"pw", "key", "none"} & set(defaults))

    @given(st.lists(st.tuples(st.sampled_from([*dict(SENT), "f7", "x"]), st.text()), max_size=14))
    def test_anything(self, sent: list[tuple[str, str]]) -> None:
        try:
            filled = forms.read(ALL, sent)
        except Refused as refused:
            self.assertEqual(refused.status, 400)
        else:
            self.assertEqual(set(filled.public) | {"pw", "key"}, set(filled.values))


class ShownTests(SynchronousTestCase):
    def flat(self, *args: Any) -> dict[str, forms.ShownField]:
        found: dict[str, forms.ShownField] = {}

        def add(fields: Any) -> None:
            for each in fields:
                if each.id:
                    self.assertNotIn(each.id, found)
                    found[each.id] = each
                add(each.fields)

        add(forms.shown(*args))
        return found

    def test_defaults(self) -> None:
        values = {name: each.value for name, each in self.flat(ALL).items()}
        self.assertEqual(values["f1"], "because")
        self.assertEqual((values["f2"], values["f6"], values["f7"]), ("0", "a\nb", True))
        self.assertEqual((values["f8"], values["f9"], values["f10"]), ("a", ["y"], ""))
        self.assertEqual(set(values), {*dict(SENT), "f7"})

    def test_what_was_sent_but_for_secrets(self) -> None:
        filled = forms.read(ALL, SENT)
        shown = self.flat(ALL, filled.shown, {"pw": "it is weak", "lib_branch": "none such"})
        self.assertEqual((shown["f1"].value, shown["f7"].value), ("for fun", False))
        self.assertEqual((shown["f12"].value, shown["f12"].error), ("", "it is weak"))
        self.assertEqual(shown["f3"].error, "none such")
        self.assertNotIn(CANARY, str({name: each.value for name, each in shown.items()}))

    def test_errors_of_what_is_not_shown(self) -> None:
        errors = {"lib_patch": "it is missing", "pw": "it is weak"}
        self.assertEqual(forms.unseen_errors(forms.shown(ALL), errors), ["it is missing"])

    def test_what_cannot_be_shown(self) -> None:
        self.assertEqual(forms.left_out(ALL), ["Patch"])

    def test_whoever_is_known_is_not_asked_for_a_name(self) -> None:
        self.assertNotIn("f0", self.flat(forms.for_visitor(ALL, is_known=True)))
        self.assertIn("f0", self.flat(forms.for_visitor(ALL, is_known=False)))

    def test_a_choice_that_is_none_can_be_seen(self) -> None:
        choice = Field("c", FieldKind.CHOICE, choices=("a", "b"))
        (shown,) = forms.shown(replace(FORM, fields=(choice,)))
        self.assertEqual(shown.options, [("", True), ("a", False), ("b", False)])

    def test_a_form_with_other_fields_is_another_one(self) -> None:
        found = {
            forms.signature(replace(FORM, fields=fields))
            for fields in ((), FIELDS, FIELDS[:-2], (Field("a", FieldKind.LINE),))
        }
        self.assertEqual(len(found), 4)
