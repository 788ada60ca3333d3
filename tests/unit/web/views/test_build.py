"""What one build had of secrets, as a page and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from buildbot_keychain.approvals import Vote
from buildbot_keychain.audit import Hidden, Lookup
from buildbot_keychain.details import Requester
from buildbot_keychain.policy import Allow, Policy
from buildbot_keychain.uses import Use
from buildbot_keychain.web.host_builds import BuildFacts, BuildRecord, Decided, HiddenIn
from buildbot_keychain.web.host_secrets import BuildUse, Listed, Record
from tests.support.approvals_in_memory import request_for
from tests.support.builds_in_memory import DEPLOY
from tests.support.page_client import Reply
from tests.support.page_site import ViewTestCase
from tests.support.secrets_in_memory import APP
from tests.unit.web.views.test_overview import HIDDEN, XSS

VOTE = Vote("rolf", approves=True, roles=("release",), reason="it was announced", at=86_400)
REQUEST = replace(
    request_for(), provider="files", path="team/app", name="team/app", votes=(VOTE,), state="used"
)
RECORD = BuildRecord(
    DEPLOY,
    given=(
        Decided("team/app|user", (APP,), 86_400, "allowed", "by a rule"),
        Decided("both", (APP, HIDDEN), 86_400, "allowed", "by a rule"),
        Decided("hidden/canary", (HIDDEN,)),
        Decided("nobody's", ()),
    ),
    refused=(Decided("team/other", (Listed("files", "team/other"),), 1, "denied", "no rule"),),
    hidden=(HiddenIn("team/app", (APP,), "log", "shell", "stdio", 7, 3, 2 * 86_400),),
    approvals=(REQUEST, replace(REQUEST, path="hidden/canary", name="hidden/canary")),
)
PAGE = "build?builder=deploy&number=33"


class BuildTestCase(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host.builds.records = [RECORD]
        self.host.secrets.policy = Policy([Allow("team/*", owners=["vera"])])

    def call(self, path: str, person: str = "ada", scope: str = "secrets:read") -> Reply:
        return self.pages.client().call("GET", path, self.token_of(person, scope))

    def json(self, path: str = PAGE, person: str = "ada") -> Any:
        reply = self.call(path, person)
        self.assertEqual(reply.status, 200, reply.text)
        return json.loads(reply.text)


class PageTests(BuildTestCase):
    def test_all_of_it_for_administrators(self) -> None:
        text = self.text("ada", PAGE)
        for part in (
            "Build 33 of <bdi>deploy</bdi>",
            'href="../../#/builders/2/builds/33"',
            '<a href="secret?name=files%21team%2Fapp"><bdi>team/app|user</bdi></a>',
            "<bdi>both</bdi>",
            'allowed</td><td class="long" data-label="Why">by a rule',
            'denied</td><td class="long" data-label="Why">no rule',
            '<td data-label="In">log <bdi>stdio</bdi></td>',
            '<td data-label="Step"><bdi>shell</bdi></td>',
            '<td data-label="First line">7</td><td data-label="Times">3</td>',
            "approved by <bdi>rolf</bdi> (release)",
            "<q>it was announced</q>",
        ):
            self.assertIn(part, text)

    def test_viewers_see_what_they_may_know_of(self) -> None:
        text = self.text("vera", PAGE)
        self.assertIn("team/app|user", text)
        self.assertIn("approved by", text)
        for hidden in (
            "both",
            "canary",
            "nobody",
            "other",
            "stdio",
            "rule",
            "allowed",
            "not given",
        ):
            self.assertNotIn(hidden, text)
        less = replace(RECORD, given=RECORD.given[:1], approvals=(REQUEST,), refused=(), hidden=())
        self.host.builds.records = [less]
        self.assertEqual(self.text("vera", PAGE), text)

    def test_a_build_that_had_nothing(self) -> None:
        self.host.builds.records = [BuildRecord(DEPLOY)]
        for said in (
            "None.",
            "None that it has asked for",
            "None, neither there nor in",
            "Nobody was asked",
        ):
            self.assertIn(said, self.text("ada", PAGE))
        self.assertEqual(self.text("vera", PAGE).count("that you may know of"), 2)

    def test_which_build(self) -> None:
        ada = self.pages.client("ada")
        for query, status in (
            ("id=1", 200),
            ("builder=deploy&number=33", 200),
            ("builderid=2&number=33", 200),
            ("id=6", 404),
            ("builder=2&number=33", 404),
            ("id=99999999999", 400),
            ("id=2999999999", 404),
            ("builderid=2&number=2999999999", 404),
            ("builder=deploy%00&number=33", 404),
            ("id=x", 400),
            ("id=\u0663", 400),
            ("number=33", 400),
            ("builder=deploy", 400),
            ("id=1&number=33", 400),
            ("builder=deploy&builderid=2&number=33", 400),
            ("builder=deploy&number=-1", 400),
            (f"builder={'x' * 1001}&number=33", 400),
            ("", 400),
        ):
            self.assertEqual(ada.open(f"build?{query}").status, status, query)
            self.assertEqual(self.call(f"build?{query}").status, status, query)
        self.host.builds = None
        self.assertEqual(ada.open(PAGE).status, 503)

    def test_long_lists_are_cut(self) -> None:
        self.host.builds.records = [replace(RECORD, most=1)]
        self.assertEqual(self.text("ada", PAGE).count("Only the first 1 are shown"), 3)

    def test_nothing_is_html(self) -> None:
        facts = BuildFacts(1, XSS, 33, "#/builds/1")
        odd = Listed(XSS, XSS)
        vote = Vote(XSS, approves=False, roles=(XSS,), reason=XSS, at=1)
        decided = (Decided(XSS, (odd,), 1, XSS, XSS), Decided(XSS, ()))
        record = BuildRecord(
            facts,
            decided,
            decided,
            (HiddenIn(XSS, (odd,), XSS, XSS, XSS, 1, 1, 1),),
            (replace(REQUEST, name=XSS, state=XSS, votes=(vote,)),),
        )
        self.host.builds.records = [record]
        text = self.text("ada", "build?id=1")
        for shown in ("<script", "<img", "60481729", "\u202e"):
            self.assertNotIn(shown, text)

    def test_the_other_pages_lead_to_it(self) -> None:
        asker = Requester("build", builder="deploy", build=33)
        use = BuildUse(Use("team/app", asker), "deploy", 33, "#/builds/5", 1.0)
        self.host.secrets.records[APP] = Record(builds=(use,))
        link = 'href="build?builder=deploy&amp;number=33"'
        self.assertIn(link, self.text("ada", "secret?name=files%21team%2Fapp"))
        self.host.audit.add(Lookup("team/app", asker))
        self.host.audit.add(Hidden("team/app", "log", builder="deploy", build=5, number=33))
        self.host.audit.add(Hidden("team/app", "twistd.log"))
        self.assertEqual(self.text("ada", "audit").count(link), 2)


class JsonTests(BuildTestCase):
    def test_by_id_and_by_number(self) -> None:
        found = self.json()
        self.assertEqual(self.json("builds/1"), found)
        self.assertEqual(self.json("build?id=1"), found)
        self.assertEqual((found["id"], found["builder"], found["number"]), (1, "deploy", 33))
        self.assertEqual(found["given"][0]["secrets"], ["files!team/app"])
        self.assertEqual(found["refused"][0]["reason"], "no rule")
        self.assertEqual(found["hidden"][0]["line"], 7)
        self.assertEqual(found["approvals"][0]["votes"][0]["person"], "rolf")
        for path in ("builds/6", "builds/99999999999999", "builds/x"):
            self.assertIn(self.call(path).status, (400, 404))

    def test_for_viewers_and_others(self) -> None:
        found = self.json(person="vera")
        self.assertEqual([each["name"] for each in found["given"]], ["team/app|user"])
        self.assertEqual(found["given"][0]["reason"], "")
        self.assertFalse({"refused", "hidden"} & found.keys())
        self.assertEqual(len(found["approvals"]), 1)
        self.assertEqual(self.call(PAGE, scope="audit:read").status, 403)
        for person in ("rolf", "nina"):
            self.assertEqual(self.pages.client(person).open(PAGE).status, 403)
