"""The matrix of secrets and builders, as a page, for spreadsheets and for programs."""

from __future__ import annotations

import csv
import json
import re
from copy import copy
from io import StringIO
from typing import Any
from unittest.mock import patch

from buildbot_keychain.buildbot.state import BriefUse
from buildbot_keychain.policy import Allow, Deny, Policy
from buildbot_keychain.web.host_secrets import Known, Listed
from tests.support.page_client import Reply
from tests.support.page_site import ViewTestCase
from tests.unit.web.views.test_overview import HIDDEN, XSS

RULES = (
    Allow("team/*", tags=["prod"], branches=["main"], location="here:1"),
    Allow("team/*", owners=["vera"], location="here:3"),
    Deny("*", builders=["tests"], location="here:2"),
)


class BuildersTestCase(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.secrets, self.builders = self.host.secrets, self.host.builders
        self.secrets.all[HIDDEN] = Known(exists=True)
        self.secrets.policy = Policy(RULES)
        self.builders.used.add(
            [
                BriefUse("1", "team/app|user", "deploy", was_given=False, last_at=86_400),
                BriefUse("2", "files!team/app@3", "tests", was_given=True, last_at=2 * 86_400),
            ]
        )

    def call(self, query: str = "", person: str = "ada", scope: str = "secrets:read") -> Reply:
        token = self.token_of(person, scope)
        return self.pages.client().call("GET", f"builders?{query}", token)

    def json(self, query: str = "", person: str = "ada") -> Any:
        reply = self.call(query, person)
        self.assertEqual(reply.status, 200, reply.text)
        return json.loads(reply.text)


class PageTests(BuildersTestCase):
    def test_the_policy_is_read_again_meanwhile(self) -> None:
        """As where its file has changed: the rules are those by which it is decided."""
        providers = self.secrets.providers

        def and_reload(**more: Any) -> Any:
            self.secrets.policy = Policy([Deny("other"), *map(copy, RULES)])
            return providers(**more)

        with patch.object(self.secrets, "providers", and_reload):
            text = self.text("ada", "builders")
        self.assertIn('<a href="#rule-2">rule 2</a>', text)

    def test_a_table_that_can_be_listened_to(self) -> None:
        text = self.text("ada", "builders")
        for part in (
            '<caption id="matrix">',
            '<th scope="col"><bdi>deploy</bdi></th><th scope="col"><bdi>tests</bdi></th>',
            '<th scope="row"><a href="secret?name=files%21team%2Fapp">',
            'aria-label="allowed, depending on the build: try files!team/app for deploy"',
            'href="secret?name=files%21team%2Fapp&amp;builder=deploy#tried"',
            ">allowed</a>, depending on branches</span>",
            '<span><a href="#rule-1">rule 1</a></span>',
            '<li id="rule-1" tabindex="-1">',
            "not given <time>1970-01-02</time>",
            '<a href="#rule-3">rule 3</a></span><span>given <time>1970-01-03</time>',
            'aria-current="page">Secrets of builders',
        ):
            self.assertIn(part, text)

    def test_filters(self) -> None:
        for query, builders, secrets in (
            ("builder=DEP", ["deploy"], 2),
            ("tag=prod", ["deploy"], 2),
            ("tag=pro", [], 0),
            ("secret=TEAM", ["deploy", "tests"], 1),
            ("provider=files", ["deploy", "tests"], 2),
            ("provider=none", ["deploy", "tests"], 0),
            ("only=allowed", ["deploy", "tests"], 1),
            ("only=denied&builder=deploy", ["deploy"], 1),
            ("only=refused", ["deploy", "tests"], 1),
            ("only=differences&builder=tests", ["tests"], 1),
        ):
            found = self.json(query)
            self.assertEqual(found["builders"], builders, query)
            self.assertEqual(len({each["secret"] for each in found["cells"]}), secrets, query)
        self.assertIn("No builder is found", self.text("ada", "builders?tag=pro"))
        self.assertIn("No secret is found", self.text("ada", "builders?provider=none"))

    def test_it_goes_on_both_ways(self) -> None:
        for number in range(30):
            self.secrets.all[Listed("a", f"{number:02}")] = Known(exists=True)
        self.builders.have(*(f"b{number:02}" for number in range(12)))
        text = self.text("ada", "builders?secret=a%21")
        self.assertEqual(text.count('<th scope="row">'), 25)
        self.assertEqual(text.count("#tried"), 250)
        self.assertIn('href="builders?secret=a%21&amp;after=a%2124">more secrets', text)
        self.assertIn('href="builders?secret=a%21&amp;begin=b09">more builders', text)
        self.assertNotIn(">first ", text)
        text = self.text("ada", "builders?secret=a%21&after=a%2124&begin=b09")
        self.assertEqual(text.count("#tried"), 10)
        self.assertIn('href="builders?secret=a%21&amp;begin=b09">first secrets', text)
        self.assertIn('href="builders?secret=a%21&amp;after=a%2124">first builders', text)
        self.assertNotIn(">more ", text)
        self.assertIn('href="builders.csv?secret=a%21"', text)

    def test_what_is_not_known(self) -> None:
        self.builders.problem = "the canary"
        self.builders.used.is_complete = False
        text = self.text("ada", "builders")
        self.assertIn("The canary.", text)
        self.assertIn("more secrets than are gone through", text)
        self.assertNotIn("canary.", self.text("vera", "builders"))
        self.assertEqual(self.json(person="vera")["problems"]["files"][:7], "not all")

    def test_without_a_policy_every_build_may_have_it(self) -> None:
        self.secrets.policy = None
        self.builders.limits = {"files": {"team/app": ("dep*",)}}
        cells = {(each["secret"], each["builder"]): each for each in self.json()["cells"]}
        self.assertEqual(cells["files!team/app", "deploy"]["outcome"], "allowed")
        self.assertEqual(cells["files!team/app", "tests"]["outcome"], "denied by its provider")
        self.assertIn("What providers give to", self.text("ada", "builders"))

    def test_nothing_is_html(self) -> None:
        self.secrets.policy = Policy([Allow(["*"], builders=[XSS, "*"], location=XSS)])
        self.secrets.all = {Listed(XSS, XSS): Known(exists=True)}
        self.builders.have(XSS)
        self.builders.problem = XSS
        for page in ("builders", "builders?builder=%3Cimg", "builders?tag=%22%3E%3Cimg"):
            # What is sent back must be as it was.
            text = re.sub('value="[^"]*"', "", self.text("ada", page))
            for shown in ("<script", "<img", "60481729", "\u202e"):
                self.assertNotIn(shown, text)

    def test_what_cannot_be_asked(self) -> None:
        ada = self.pages.client("ada")
        for query in ("only=some", f"builder={'x' * 1001}", "from=x"):
            self.assertEqual(ada.open(f"builders?{query}").status, 400, query)
            self.assertEqual(self.call(query).status, 400, query)
        for query in ("limit=201", "limit=x", "format=xml"):
            self.assertEqual(self.call(query).status, 400, query)
        self.host.builders = None
        self.assertEqual(ada.open("builders").status, 503)


class ViewerTests(BuildersTestCase):
    def test_only_what_they_may_know_of(self) -> None:
        """Neither who had it, nor by which rule, nor that there are others."""
        pages = ("builders", "builders?only=denied", "builders.csv", "builders?secret=hidden")
        texts = [self.text("vera", page) for page in pages]
        answers = [self.json(query, "vera") for query in ("", "limit=1", "secret=can")]
        for hidden in ("hidden/", "canary", "rule", "branches", "owners", "1970", "given", "here:"):
            self.assertNotIn(hidden, texts[0] + texts[1] + texts[2], hidden)
        self.assertIn("files!team/app", texts[0])
        self.assertEqual(set(answers[0]["cells"][0]), {"secret", "builder", "outcome"})
        for number in range(300):
            self.secrets.all[Listed("files", f"hidden/{number}")] = Known(exists=True)
            self.builders.used.add(
                [BriefUse("3", f"files!hidden/{number}", "deploy", was_given=True, last_at=1)]
            )
        self.assertEqual([self.text("vera", page) for page in pages], texts)
        again = [self.json(query, "vera") for query in ("", "limit=1", "secret=can")]
        self.assertEqual(again, answers)

    def test_who_had_what_is_not_for_them(self) -> None:
        vera = self.pages.client("vera")
        for only in ("differences", "refused"):
            self.assertEqual(vera.open(f"builders?only={only}").status, 403)
            self.assertEqual(vera.open(f"builders.csv?only={only}").status, 403)
            self.assertEqual(self.call(f"only={only}", "vera").status, 403)
            self.assertNotIn(f">{only}<", vera.open("builders").text)

    def test_other_people_and_tokens(self) -> None:
        self.assertEqual(self.call(scope="audit:read").status, 403)
        for person in ("rolf", "nina"):
            self.assertEqual(self.pages.client(person).open("builders").status, 403)
        self.assertNotIn("Secrets of builders", self.text("rolf"))


class TableTests(BuildersTestCase):
    def rows(self, reply: Reply) -> list[dict[str, str]]:
        self.assertEqual(reply.headers["content-type"], "text/csv; charset=utf-8")
        self.assertIn("attachment", reply.headers["content-disposition"])
        return list(csv.DictReader(StringIO(reply.text, newline="")))

    def test_for_people_and_programs(self) -> None:
        self.secrets.all = {Listed("=files", "team/app"): Known(exists=True)}
        for reply in (self.pages.client("ada").open("builders.csv"), self.call("format=csv")):
            first, second = self.rows(reply)
            self.assertEqual(first["secret"], "'=files!team/app")
            self.assertEqual(first["outcome"], "allowed, depending on the build")
            self.assertEqual(first["depends on"], "branches")
            self.assertEqual((first["location"], first["refused"][:10]), ("here:1", "1970-01-02"))
            self.assertEqual((second["outcome"], second["builder"]), ("denied", "tests"))

    def test_only_what_is_wanted(self) -> None:
        (row,) = self.rows(self.pages.client("ada").open("builders.csv?only=refused"))
        self.assertEqual((row["secret"], row["builder"]), ("files!team/app", "deploy"))

    def test_it_goes_on_with_secrets_and_then_with_builders(self) -> None:
        self.builders.have(*(f"b{number:02}" for number in range(12)))
        seen, query = set(), "format=csv&limit=1"
        while query:
            reply = self.call(query)
            seen |= {(row["secret"], row["builder"]) for row in self.rows(reply)}
            query = reply.headers.get("link", "").partition("?")[2].partition(">")[0]
        self.assertEqual(len(seen), 24)
