"""The audit trail, as a page and for programs."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from markupsafe import escape

from buildbot_keychain.audit import Administration, Decision, Lookup, Typed, Warned
from buildbot_keychain.details import Requester
from tests.support.page_client import Reply
from tests.support.page_site import ViewTestCase
from tests.unit.web.views.test_overview import XSS


class AuditTests(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.audit = self.host.audit
        self.audit.add(Lookup("team/app", Requester("build", builder="deploy", build=7)))
        self.audit.add(
            Decision("other", Requester("build", builder="tests"), "denied", reason="a rule")
        )
        self.audit.add(Typed(("form!pw",), person="olga"))

    def export(self, query: str = "", person: str = "ada", scope: str = "audit:read") -> Reply:
        token = self.token_of(person, scope)
        return self.pages.client().call("GET", f"audit?{query}" if query else "audit", token)

    def json(self, query: str = "", **who: str) -> Any:
        return json.loads(self.export(query, **who).text)

    def test_the_page(self) -> None:
        text = self.text("ada", "audit")
        for fact in ("team/app", "deploy, build 7", "denied", "a rule", "form!pw", "olga"):
            self.assertIn(fact, text)
        self.assertIn('<th scope="row"', text)
        self.assertIn('<caption id="events"', text)
        text = self.text("ada", "audit?builder=tests&secret=&denied=yes&kind=decision&since=")
        self.assertIn("other", text)
        self.assertNotIn("deploy", text)
        filters = "builder=tests&amp;denied=yes&amp;kind=decision&amp;before=3"
        self.assertIn(f'href="audit?{filters}">Permanent link', text)
        self.assertIn(f'href="audit.csv?{filters}">Download as CSV', text)
        self.assertIn("No event among those since", self.text("ada", "audit?person=nobody"))

    def test_what_nobody_has_done_has_an_empty_cell(self) -> None:
        self.audit.add(Warned("expires", "secret", secret="team/app"))
        self.assertIn('<td data-label="Who"></td>', self.text("ada", "audit?kind=warning"))

    def test_it_goes_on(self) -> None:
        text = self.text("ada", "audit?limit=2&builder=*&outcome=")
        self.assertIn('href="audit?limit=2&amp;builder=%2A&amp;before=1">older', text)
        self.assertNotIn("older events", self.text("ada", "audit?before=1"))
        self.assertIn('href="audit?before=2">Permanent', self.text("ada", "audit?before=2"))

    def test_links_lead_to_the_same_events_when_there_are_more(self) -> None:
        text = self.text("ada", "audit")
        one = 'href="audit?before=3&amp;limit=1"'
        self.assertIn(one, text)
        self.assertIn('href="audit?before=4">Permanent', text)
        self.audit.add(Typed(("form!later",), person="otto"))
        self.assertNotIn("form!later", self.text("ada", "audit?before=4"))
        single = self.text("ada", "audit?before=3&limit=1")
        self.assertEqual((single.count("<tr>"), "a rule" in single), (2, True))

    def test_people_export_it(self) -> None:
        reply = self.pages.client("ada").open("audit.csv?builder=tests")
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.text, self.export("builder=tests&format=csv").text)
        self.assertIn("before=3", self.ada_link("audit.csv?limit=1"))
        self.assertEqual(self.pages.client("vera").open("audit.csv").status, 403)
        script = self.pages.client("ada").open("audit.csv", sec_fetch_dest="empty")
        self.assertEqual(script.status, 403)

    def ada_link(self, page: str) -> str:
        """Return where an answer goes on."""
        link: str = self.pages.client("ada").open(page).headers["link"]
        self.assertTrue(link.startswith("<audit.csv?"), link)
        return link

    def test_without_a_database(self) -> None:
        self.audit.is_kept = False
        self.assertIn("AuditToDatabase", self.text("ada", "audit"))
        self.assertIn("AuditToDatabase", self.text("ada", "audit.csv"))
        self.assertEqual(self.export().status, 503)
        self.host.audit = None
        self.assertEqual(self.pages.client("ada").open("audit").status, 503)

    def test_what_cannot_be_asked(self) -> None:
        for query in (
            "since=yesterday",
            "kind=x",
            "denied=no",
            "before=-1",
            "limit=1001",
            "limit=x",
            f"secret={'x' * 1001}",
        ):
            self.assertEqual(self.pages.client("ada").open(f"audit?{query}").status, 400, query)
            self.assertEqual(self.export(query).status, 400, query)
        self.assertEqual(self.export("format=xml").status, 400)

    def test_what_was_typed_wrongly_is_kept_to_be_corrected(self) -> None:
        self.audit.add(Typed(("x",), "builder", "person"))
        for since in ("yesterday", '"><img src=x>'):
            query = urlencode({"since": since, "builder": "tests", "kind": "decision"})
            reply = self.pages.client("ada").open(f"audit?{query}&denied=yes&before=x")
            self.assertEqual(reply.status, 400)
            self.assertIn('role="alert">The time must be like 2026-01-31', reply.text)
            fields = f'value="{escape(since)}"', 'value="tests"', 'value="decision" selected'
            for shown in (*fields, "checked"):
                self.assertIn(shown, reply.text)
            for left_out in ("<table", "No event", "audit.csv", "<img"):
                self.assertNotIn(left_out, reply.text)
        self.assertNotIn("<form", self.pages.client("rolf").open("audit?since=yesterday").text)

    def test_no_field_is_html(self) -> None:
        self.audit.add(Administration(XSS, XSS, XSS, XSS, XSS))
        self.audit.add(Decision(XSS, Requester(XSS, builder=XSS), XSS, reason=XSS))
        self.audit.add(Typed((XSS,), XSS, XSS))
        text = self.text("ada", "audit?limit=2&builder=*")
        self.assertNotIn("<img", text + self.text("ada", "audit"))
        self.assertNotIn("<script", text + self.text("ada", "audit"))

    def test_json(self) -> None:
        found = self.json("limit=2")
        self.assertEqual([each["id"] for each in found["events"]], [3, 2])
        self.assertEqual(found["before"], 2)
        found = self.json("limit=2&before=2")
        self.assertEqual([each["secret"] for each in found["events"]], ["team/app"])
        self.assertIsNone(found["before"])

    def test_json_lines_and_csv(self) -> None:
        reply = self.export("format=jsonl&limit=2")
        self.assertEqual(reply.headers["content-type"], "application/jsonl")
        self.assertEqual([json.loads(line)["id"] for line in reply.text.splitlines()], [3, 2])
        self.assertIn("before=2", reply.headers["link"])
        self.audit.add(Lookup("=cmd|' /C calc'!A0", Requester("build", builder="@x")))
        reply = self.export("format=csv")
        self.assertIn("attachment", reply.headers["content-disposition"])
        header, first, *rest = csv.reader(StringIO(reply.text, newline=""))
        row = dict(zip(header, first, strict=True))
        self.assertEqual(row["secret"], "'=cmd|' /C calc'!A0")
        self.assertEqual((row["who"], row["outcome"]), ("'@x", "given"))
        self.assertEqual(len(rest), 3)

    def test_other_tokens_and_people(self) -> None:
        self.assertEqual(self.export(scope="secrets:read").status, 403)
        self.assertEqual(self.export(person="vera").status, 403)
        self.assertEqual(self.pages.client("vera").open("audit").status, 403)
