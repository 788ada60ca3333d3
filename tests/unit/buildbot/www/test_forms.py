"""What becomes of the parameters of force schedulers; the forms themselves are in integration."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.www.rest import BadJsonRpc2
from twisted.internet.defer import fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.approvals import Person
from buildbot_keychain.buildbot.www._forms import _SENT, BuildbotForms, _field
from buildbot_keychain.plugins import util
from buildbot_keychain.web import IForms, Visitor
from buildbot_keychain.web.host_forms import BuildForm, FieldKind, Forced

FORM = BuildForm("deploy", "Deploy", "Go", "builder", 4, ())


class _Master:
    """A master with some parts; weakly referenced, as a real one can be."""

    def __init__(self, **parts: object) -> None:
        vars(self).update(parts)


class FormsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.sent: list[Any] = []
        self.result: Any = succeed((1, {4: 17}))
        self.clock = Clock()
        self.master = _Master(
            reactor=self.clock,
            allSchedulers=list,
            data=SimpleNamespace(control=self.control),
        )
        self.forms = BuildbotForms(self.master)

    def control(self, *sent: Any) -> Any:
        self.sent.append(sent)
        return self.result

    def force(self, visitor: Visitor | None = None) -> Forced:
        forced: Forced = self.successResultOf(self.forms.force(visitor, FORM, {"a": "b"}))
        return forced

    def test_they_are_what_pages_ask_for(self) -> None:
        verifyObject(IForms, self.forms)
        self.assertEqual(list(self.forms.with_secrets), [])
        self.assertIsNone(self.successResultOf(self.forms.find("none", "builder")))

    def test_whose_the_build_is(self) -> None:
        self.assertEqual(self.force(), Forced(17))
        for details, owner in (
            ({"username": "ada"}, "ada"),
            ({"username": "ada", "email": "ada@example.org"}, "ada@example.org"),
            ({"username": "", "full_name": "Ada"}, "Ada"),
            ({}, None),
        ):
            self.force(Visitor(Person("ada"), details=details))
            self.assertEqual(self.sent[-1][1]["owner"], owner)
        options = {"a": "b", "builderid": "4", "owner": "anonymous"}
        self.assertEqual(self.sent[0], ("force", options, ("forceschedulers", "deploy")))

    def test_what_is_wrong(self) -> None:
        self.result = fail(BadJsonRpc2({"a": "it is weak"}, -32602))
        self.assertEqual(self.force(), Forced(errors={"a": "it is weak"}))

    def test_a_form_is_sent_once_in_an_hour(self) -> None:
        self.assertEqual([self.forms.is_first("1"), self.forms.is_first("1")], [True, False])
        self.assertFalse(BuildbotForms(self.master).is_first("1"))  # after a reconfiguration
        self.clock.advance(3601)
        self.assertTrue(self.forms.is_first("2"))
        self.assertEqual(len(_SENT[self.master]), 1)

    def test_kinds_of_parameters(self) -> None:
        for parameter, kind in (
            (util.StringParameter("x"), FieldKind.LINE),
            (util.TextParameter("x"), FieldKind.LINES),
            (util.IntParameter("x"), FieldKind.NUMBER),
            (util.BooleanParameter("x"), FieldKind.SWITCH),
            (util.ChoiceStringParameter("x", choices=["a"]), FieldKind.CHOICE),
            (util.WorkerChoiceParameter(), FieldKind.CHOICE),
            (util.UserNameParameter(), FieldKind.PERSON),
            (util.FileParameter("x"), FieldKind.OTHER),
            (util.FixedParameter("x"), FieldKind.OTHER),
            (util.SecretParameter("x"), FieldKind.SECRET),
            (util.SecretParameter("x", multiline=True), FieldKind.SECRET_LINES),
            (util.NestedParameter("x", fields=[util.IntParameter("y")]), FieldKind.GROUP),
        ):
            self.assertIs(_field(parameter.getSpec()).kind, kind, parameter)
        group = _field(util.CodebaseParameter("lib", project="p").getSpec())
        found = {each.name: each.is_hidden for each in group.fields}
        self.assertEqual((found["lib_branch"], found["lib_project"]), (False, True))
        inner = util.NestedParameter("b", fields=[util.StringParameter("c")])
        group = _field(util.NestedParameter("a", fields=[inner], hide=True).getSpec())
        self.assertTrue(group.fields[0].fields[0].is_hidden)
        hint = _field(util.SecretParameter("x", tooltip="<b>a</b> &amp; b").getSpec()).hint
        self.assertEqual(hint, "a & b")
