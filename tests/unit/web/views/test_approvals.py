from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

from twisted.internet.defer import Deferred, fail

from buildbot_keychain.approvals import (
    APPROVED,
    REFUSED,
    STATES,
    WAITING,
    ApprovalRequest,
    Demand,
    Revision,
    Vote,
)
from buildbot_keychain.errors import StoreUnavailable
from buildbot_keychain.policy import Allow, Policy
from tests.support.approvals_in_memory import request_for
from tests.support.page_client import forms_of
from tests.support.page_site import PEOPLE, ViewTestCase

XSS = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7777*7777 }}"


class ApprovalTestCase(ViewTestCase):
    def set_requests(self, *requests: ApprovalRequest) -> None:
        self.host.approvals.requests = {request.id: request for request in requests}

    def text(self, person: str, page: str = "approvals") -> str:
        return super().text(person, page)

    def call_list(self) -> None:
        self.pages.client().call("GET", "approvals", "t")


class ApprovalsTests(ApprovalTestCase):
    def test_who_asks_for_what_why_at_which_revision(self) -> None:
        text = self.text("rolf")
        for fact in (
            "vault!prod/db",
            "deploy",
            "olga",
            "release 2.1",
            "f00dcafe",
            "https://git.example.org/app",
            "main",
            "release",
            "2023-11-14 23:13Z",
            "#/buildrequests/7",
        ):
            self.assertIn(fact, text)

    def test_what_is_not_known_is_not_stated(self) -> None:
        self.assertNotIn("not known to be", self.text("rolf"))
        self.assertIn("from inside", self.text("rolf"))
        (revision,) = request_for().revisions
        said = replace(revision, brought=False, branch=None)
        for outside, shown in ((True, "<strong>from OUTSIDE"), (None, "<strong>unknown: nobody")):
            self.set_requests(request_for(outside=outside, revisions=(said,)))
            text = self.text("rolf")
            self.assertIn(f"<dt>Code</dt><dd>{shown}", text)
            self.assertIn("not known to be of the default branch of <bdi>https://git", text)

    def test_administrators_and_viewers_see_everything_and_decide_nothing(self) -> None:
        for person in ("ada", "vera"):
            text = self.text(person)
            self.assertIn("vault!prod/db", text)
            self.assertEqual(forms_of(text), [])

    def test_viewers_see_what_the_policy_lets_them_know_of(self) -> None:
        self.set_requests(request_for(), request_for("2", path="team/db", state=REFUSED))
        self.host.secrets.policy = Policy([Allow("vault!team/*", owners=["vera"])])
        text = self.text("vera")
        self.assertNotIn("prod/db", text)
        self.assertIn("vault!team/db", text)
        self.assertIn("Nothing waits", self.text("vera", ""))
        self.assertIn("prod/db", self.text("ada"))
        self.assertIn("prod/db", self.text("rolf"))  # who is asked for it
        token = self.token_of("nina", "approvals:read")
        listed = self.pages.client().call("GET", "approvals", token).text
        self.assertIn("prod/db", listed)  # which somebody has made for that

    def test_approvers_see_what_they_are_asked(self) -> None:
        others = request_for("2", path="other", demands=(Demand(("ops",)),))
        self.set_requests(request_for(), others)
        self.host.approver_roles = frozenset({"release", "ops"})
        self.assertNotIn("vault!other", self.text("rolf"))
        self.assertIn("vault!other", self.text("ada"))

    def test_whoever_cannot_approve_can_refuse(self) -> None:
        """For what was approved, that goes until the build has had it."""
        for request, fact in (
            (request_for(obstacle="you have asked for this"), "You have asked for this. You can"),
            (request_for(state=APPROVED), "It is approved."),
        ):
            self.set_requests(request)
            text = self.text("rolf")
            self.assertIn(fact, text)
            self.assertEqual(len(forms_of(text)), 1)
            self.assertIn('value="refuse"', text)
            self.assertNotIn('value="approve"', text)
            self.assertEqual(forms_of(self.text("ada")), [])

    def test_a_page_has_no_more_than_a_hundred(self) -> None:
        """The oldest come first, of which first those that the person can approve."""
        requests = [
            request_for(f"{number:03}", build_request=number, obstacle="you" * (number != 50))
            for number in range(250)
        ]
        self.set_requests(*reversed(requests))
        text, ids = self.text("rolf"), []
        self.assertEqual(forms_of(text)[0]["id"], "050")
        self.assertNotIn("From the beginning", text)
        for after in ("99-099", "199-199"):
            ids += [form["id"] for form in forms_of(text)]
            self.assertIn(f'<a href="approvals?after={after}">More</a>', text)
            text = self.text("rolf", f"approvals?after={after}")
        ids += [form["id"] for form in forms_of(text)]
        self.assertEqual(sorted(ids), [request.id for request in requests])
        self.assertNotIn("More", text)
        self.assertIn('<a href="approvals">From the beginning</a>', text)

    def test_of_thousands_no_more_are_read(self) -> None:
        """As many are wanted of the host by each page, however many wait."""
        wanted = []
        for count in (200, 2000):
            numbers = range(count)
            self.set_requests(*(request_for(f"{each}", build_request=each) for each in numbers))
            self.host.approvals.limits.clear()
            for person in ("ada", "rolf"):
                for page in ("", "approvals", "approvals?mine=yes", "approvals?after=150-150"):
                    self.text(person, page)
            self.call_list()
            wanted.append(list(self.host.approvals.limits))
        self.assertEqual(wanted[0], wanted[1])
        self.assertEqual(set(wanted[0]), {101})

    def test_whoever_is_asked_finds_that_among_others(self) -> None:
        self.host.people = {**PEOPLE, "rolf": PEOPLE["rolf"] | PEOPLE["ada"]}
        self.host.approver_roles = frozenset({"release", "ops"})
        ops = (Demand(("ops",)),)
        others = [request_for(f"{each:03}", build_request=1, demands=ops) for each in range(150)]
        self.set_requests(*others, request_for("mine"))
        self.assertNotIn("mine", [form["id"] for form in forms_of(self.text("rolf"))])
        text = self.text("rolf", "")
        self.assertIn('<a href="approvals?mine=yes">1 request waits for you</a>', text)
        text = self.text("rolf", "approvals?mine=yes")
        self.assertEqual([form["id"] for form in forms_of(text)], ["mine"])
        self.assertIn("100 or more requests wait</a> for others", self.text("ada", ""))

    def test_what_viewers_may_not_know_of_leaves_no_trace_on_pages(self) -> None:
        self.host.secrets.policy = Policy([Allow("vault!team/*", owners=["vera"])])
        seen = [
            request_for(f"{each:03}", build_request=5 * each, path="team/db") for each in range(102)
        ]
        self.set_requests(*seen)
        text = self.text("vera")
        self.assertIn("after=495-099", text)
        self.set_requests(
            *seen, *(request_for(f"x{each}", build_request=each) for each in range(400))
        )
        self.assertEqual(self.text("vera"), text)

    def test_an_address_that_no_page_has_said_is_refused(self) -> None:
        for query in ("after=x", "after=-1-a", "after=1-%2A", "mine=no"):
            reply = self.pages.client("rolf").open(f"approvals?{query}")
            self.assertEqual(reply.status, 400, query)

    def test_what_is_over_has_no_form(self) -> None:
        for state in set(STATES) - {WAITING, APPROVED}:
            self.set_requests(request_for(state=state))
            self.assertEqual(forms_of(self.text("rolf")), [])

    def test_approve_and_refuse(self) -> None:
        for decision, state in (("approve", APPROVED), ("refuse", REFUSED)):
            self.set_requests(request_for())
            (form,) = forms_of(self.text("rolf"))
            form |= {"decision": decision, "reason": "  because  "}
            self.assertEqual(self.pages.client("rolf").send("approvals", form).status, 303)
            decided = self.host.approvals.requests["1"]
            self.assertEqual((decided.state, decided.votes[0].reason), (state, "because"))
            self.assertIn("because", self.text("rolf"))

    def test_what_has_changed_since_is_not_approved(self) -> None:
        (form,) = forms_of(self.text("rolf"))
        self.set_requests(request_for(digest="d2"))
        form |= {"decision": "approve", "reason": "fine"}
        reply = self.pages.client("rolf").send("approvals", form)
        self.assertEqual(reply.status, 409)
        self.assertIn("<p>It has changed since you saw it.</p>", reply.text)

    def test_other_decisions_and_long_reasons_are_refused(self) -> None:
        (form,) = forms_of(self.text("rolf"))
        for changes in (
            {"decision": "Approve", "reason": "x"},
            {"decision": "approve", "reason": "x" * 1001},
        ):
            self.assertEqual(
                self.pages.client("rolf").send("approvals", form | changes).status, 400
            )

    def test_no_field_is_html(self) -> None:
        """Each field of a request, of a revision and of a vote, and the person's own name."""
        changes: dict[str, Any] = {
            field.name: XSS
            for field in fields(ApprovalRequest)
            if field.type in {"str", "str | None"} and field.name not in {"id", "state"}
        }
        request = request_for(
            **changes,
            revisions=(Revision(XSS, XSS, XSS, XSS, XSS),),
            excluded=(XSS,),
            demands=(Demand(("release", XSS)),),
            votes=(Vote(XSS, approves=True, roles=(XSS,), reason=XSS, at=0),),
        )
        self.set_requests(request, replace(request, id="2", state=REFUSED), request_for(XSS))
        self.host.people = {"ada": PEOPLE["ada"], "rolf": PEOPLE["rolf"]}
        self.host.title = XSS
        for person in ("ada", "rolf"):
            for page in ("", "approvals"):
                text = self.text(person, page)
                self.assertIn("&lt;script&gt;", text)
                self.assertNotIn("<script", text)
                self.assertNotIn("<img", text)
                self.assertNotIn("60481729", text)

    def test_a_database_that_does_not_answer(self) -> None:
        def failing(*_wanted: object) -> Deferred[Any]:
            return fail(StoreUnavailable("the canary"))

        self.patch(self.host.approvals, "waiting", failing)
        reply = self.pages.client("rolf").open("approvals")
        self.assertEqual(reply.status, 503)
        self.assertNotIn("the canary", reply.text)


class JsonTests(ApprovalTestCase):
    def call(self, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
        reply = self.pages.client().call(method, path, "t", body)
        self.assertEqual(reply.headers["content-type"], "application/json")
        return reply.status, json.loads(reply.text)

    def test_list(self) -> None:
        status, listed = self.call("GET", "approvals")
        self.assertEqual(status, 200)
        (waiting,) = listed["waiting"]
        self.assertEqual(waiting["digest"], "d1")
        self.assertEqual(waiting["revisions"][0]["revision"], "f00dcafe")
        self.assertIs(waiting["revisions"][0]["brought"], True)
        self.assertIs(waiting["outside"], False)
        self.assertEqual((listed["after"], listed["recent"]), (None, []))

    def test_a_long_list_has_parts(self) -> None:
        self.set_requests(*(request_for(f"{each:03}") for each in range(150)))
        first = self.call("GET", "approvals")[1]
        self.assertEqual((len(first["waiting"]), first["after"]), (100, "7-099"))
        second = self.call("GET", "approvals?after=7-099")[1]
        self.assertEqual((len(second["waiting"]), second["after"]), (50, None))

    def test_approve_and_refuse(self) -> None:
        for decision, state in (("approve", APPROVED), ("refuse", REFUSED)):
            self.set_requests(request_for())
            body = '{"digest": "d1", "reason": "by the robot"}'
            status, decided = self.call("POST", f"approvals/1/{decision}", body)
            self.assertEqual((status, decided["state"]), (200, state))
            self.assertEqual(decided["votes"][0]["person"], "rolf")

    def test_errors_are_json(self) -> None:
        for path, body, expected in (
            ("approvals/1/approve", '{"digest": "d2", "reason": "x"}', 409),
            ("approvals/2/approve", '{"digest": "d1", "reason": "x"}', 409),
            ("approvals/1/approve", '{"digest": "d1", "reason": ""}', 400),
            ("approvals/1/approve", '{"digest": "d1", "digest": "d1", "reason": "x"}', 400),
            ("approvals/1/approve", "", 415),
            ("none", "{}", 404),
        ):
            status, answer = self.call("POST", path, body or None)
            self.assertEqual((status, list(answer)), (expected, ["error"]))
