"""The pages of check and doctor, and their JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from buildbot_keychain.errors import AuditUnavailable
from buildbot_keychain.web import Action
from buildbot_keychain.web.host_inspections import Begun, Found, Running
from tests.support.inspections_in_memory import FINDINGS, PAGE
from tests.support.page_client import forms_of
from tests.support.page_site import ViewTestCase

TASKS = ("check", "doctor")


class InspectionTestCase(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.inspections = self.host.inspections
        self.ada = self.pages.client("ada")

    def form(self, task: str) -> dict[str, str]:
        (form,) = forms_of(self.ada.open(task).text, task)
        return {**form, "offline": "no"}


class PageTests(InspectionTestCase):
    def test_one_is_begun(self) -> None:
        for task in TASKS:
            self.setUp()
            self.assertEqual(self.ada.send(task, self.form(task)).headers["location"], task)
            (begun,) = self.inspections.begun
            self.assertEqual((begun.task, begun.person, begun.offline), (task, "ada", False))
            text = self.ada.open(task).text
            self.assertIn("asking for secrets, 5 of 9", text)
            self.assertIn(f'<a href="{task}">How far is it now?</a>', text)
            self.assertEqual(forms_of(text, task), [])

    def test_providers_are_not_asked(self) -> None:
        self.ada.send("check", {**self.form("check"), "offline": "yes"})
        self.assertTrue(self.inspections.begun[0].offline)
        self.setUp()
        self.assertEqual(self.ada.send("check", {**self.form("check"), "offline": ""}).status, 400)
        self.assertEqual(self.inspections.begun, [])

    def test_a_form_that_was_sent_begins_no_other(self) -> None:
        form = self.form("check")
        for status in (303, 403):
            self.assertEqual(self.ada.send("check", form).status, status)
            last = self.inspections.last["check"]
            self.inspections.last["check"] = replace(last, begun=self.inspections.begun[0])
            self.inspections.running = None
        self.assertEqual(len(self.inspections.begun), 1)

    def test_the_form_of_one_task_begins_no_other_task(self) -> None:
        self.assertEqual(self.ada.send("doctor", self.form("check")).status, 403)

    def test_only_one_goes_on(self) -> None:
        form = self.form("doctor")
        begun = Begun("x", "check", "<otto>", 1.0, offline=False)
        self.inspections.running = Running(begun, "examining")
        reply = self.ada.send("doctor", form)
        self.assertEqual(reply.status, 409)
        self.assertIn("Check goes on already", reply.text)
        self.assertIn("check goes on, begun by <bdi>&lt;otto&gt;</bdi>", reply.text)

    def test_what_must_be_recorded_and_cannot_be(self) -> None:
        self.inspections.error = AuditUnavailable("audit", "the disk is full")
        self.assertEqual(self.ada.send("check", self.form("check")).status, 503)

    def test_findings(self) -> None:
        text = self.ada.open("doctor").text
        self.assertIn(f'<a href="{PAGE}" rel="noreferrer">http</a>', text)
        self.assertIn("<li><bdi>/srv/m/master.cfg</bdi></li><li>and 2 more</li>", text)
        self.assertIn("use TLS", text)
        self.assertIn("Findings 1 to 3 of 3", text)
        text = self.ada.open("doctor?level=note").text
        self.assertIn("there is swap", text)
        self.assertNotIn("use TLS", text)
        self.assertEqual(self.ada.open("doctor?level=x").status, 400)

    def test_they_are_shown_as_they_are(self) -> None:
        self.inspections.found = [Found("note", "<i>", "<b>\u202e", ("<u>",), 0, "<s>")]
        text = self.ada.open("check").text
        for shown in ("&lt;i&gt;", "&lt;b&gt;\\u202e", "&lt;u&gt;", "&lt;s&gt;"):
            self.assertIn(shown, text)

    def test_many_are_paged(self) -> None:
        self.inspections.found = [Found("note", "n", f"number {each}") for each in range(250)]
        first = self.ada.open("check?level=note").text
        self.assertIn("check?level=note&amp;after=100", first)
        self.assertNotIn("number 100<", first)
        last = self.ada.open("check?level=note&after=200").text
        self.assertIn("Findings 201 to 250 of 250", last)
        self.assertIn('<a href="check?level=note">From the beginning</a>', last)
        self.assertNotIn("More findings", last)
        self.assertIn("None.", self.ada.open("check?after=9999").text)

    def test_one_that_failed_and_one_that_is_outdated(self) -> None:
        last = self.inspections.last["check"]
        self.inspections.last["check"] = replace(last, problem="<it> fails", is_outdated=True)
        text = self.ada.open("check").text
        self.assertIn("did not come to its end: &lt;it&gt; fails.", text)
        self.assertIn("has read its configuration again", text)

    def test_none_was_begun(self) -> None:
        self.inspections.last.clear()
        self.assertIn("Nobody has begun one", self.ada.open("doctor").text)
        self.assertIn("There is no result", self.ada.open("check-secrets").text)

    def test_a_master_without_secrets(self) -> None:
        self.host.inspections = None
        self.assertEqual(self.ada.open("check").status, 503)

    def test_what_host_rules_forbid(self) -> None:
        form = self.form("check")
        self.host.forbidden = {Action.INSPECT}
        self.assertEqual(self.ada.send("check", form).status, 403)
        self.host.forbidden = {Action.SEE_INSPECTIONS}
        self.assertEqual(self.ada.open("check").status, 403)


class ProgramTests(InspectionTestCase):
    def call(self, method: str, path: str, scope: str = "secrets:read", body: str = "") -> Any:
        token = self.token_of("ada", scope)
        return self.pages.client().call(method, path, token, body or None)

    def test_one_is_begun_and_followed(self) -> None:
        for task in TASKS:
            self.setUp()
            self.assertEqual(self.call("POST", task, body="{}").status, 403)
            reply = self.call("POST", task, "inspections:run", '{"offline": true}')
            state = json.loads(reply.text)
            self.assertEqual(state["running"]["begun"]["person"], "ada")
            self.assertEqual(state["running"]["begun"]["offline"], True)
            self.assertEqual(self.call("POST", task, "inspections:run", "{}").status, 409)
            self.assertEqual(json.loads(self.call("GET", task).text), state)

    def test_findings_one_after_the_other(self) -> None:
        found: list[str] = []
        after: int | None = 0
        while after is not None:
            answer = json.loads(self.call("GET", f"doctor/findings?limit=2&after={after}").text)
            self.assertEqual((answer["id"], answer["count"]), ("doctor0", 3))
            found += [each["kind"] for each in answer["findings"]]
            after = answer["after"]
        self.assertEqual(found, [each.kind for each in FINDINGS])
        self.assertEqual(self.call("GET", "doctor/findings?limit=201").status, 400)

    def test_there_is_no_result(self) -> None:
        self.inspections.last.clear()
        for path in ("check/findings", "doctor/findings", "check/secrets"):
            self.assertEqual(self.call("GET", path).status, 404, path)
