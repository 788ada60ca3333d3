"""The page of a secret, its forms and its JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from buildbot_keychain.approvals import Person
from buildbot_keychain.details import Requester
from buildbot_keychain.policy import Allow, Deny, Policy
from buildbot_keychain.uses import DENIED, Use
from buildbot_keychain.web import SCOPES, Visitor
from buildbot_keychain.web.host_audit import Audited
from buildbot_keychain.web.host_secrets import (
    Asked,
    BuildUse,
    Holder,
    Known,
    Listed,
    Printed,
    Record,
    Reference,
    UseRow,
    Version,
)
from tests.support.page_client import Reply, forms_of
from tests.support.page_site import PEOPLE, ViewTestCase
from tests.support.secrets_in_memory import APP
from tests.unit.web.views.test_overview import XSS

PAGE = "secret?name=files%21team%2Fapp"
NOW = 1_700_172_800
DAY = 86_400
USE = Use("team/app", Requester("build", builder="deploy"), DENIED, "because of a rule")
RECORD = Record(
    uses=(UseRow(USE, NOW - DAY, NOW, 17),),
    builds=(BuildUse(USE, "deploy", 33, "#/builders/9/builds/33", NOW),),
    printed=(Printed("log stdio, builder deploy, line 4", 3),),
    references=(
        Reference("step Push", "command", "app"),
        Reference("step X", "env", "%(prop:x)s", False),
    ),
    holders=(Holder("reporter mail"), Holder("build 34 of deploy", "#/builds/7", has_lease=True)),
)


class SecretTestCase(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host.clock.advance(NOW)
        self.secrets = self.host.secrets
        self.secrets.records[APP] = RECORD

    def know(self, **known: Any) -> None:
        self.secrets.all[APP] = replace(self.secrets.all[APP], **known)

    def text(self, person: str, page: str = PAGE) -> str:
        return super().text(person, page)

    def json(self, path: str, person: str = "ada") -> Any:
        visitor = Visitor(Person(person, PEOPLE[person]), scopes=frozenset(SCOPES.values()))
        self.host.tokens["t"] = visitor
        return json.loads(self.pages.client().call("GET", path, "t").text)


class ShownTests(SecretTestCase):
    def test_what_is_known_of_it(self) -> None:
        old = Version(2, NOW - 40 * DAY, NOW - DAY, is_current=False)
        self.know(versions=(Version(3, NOW - 2 * DAY, NOW + DAY), old))
        for person in ("ada", "vera"):
            text = self.text(person)
            for fact in (
                "to deploy",
                "prod",
                "3, the current one, made <time>2023-11-14 22:13Z</time>, 2 days ago, expires",
                "40 days ago, has expired",
            ):
                self.assertIn(fact, text)

    def test_who_uses_it_is_for_administrators(self) -> None:
        self.know(used=NOW - DAY, allowed=("deploy-*",), is_hidden=False)
        self.secrets.policy = Policy([Allow("team/*", owners=["vera"], location="cfg:7")])
        facts = (
            "Allow(&#39;team/*&#39;, owners=[&#39;vera&#39;])",
            "cfg:7",
            "deploy-*",
            "it is declared public",
            "because of a rule",
            "17",
            "#/builders/9/builds/33",
            "log stdio, builder deploy, line 4",
            "step Push",
            "may name it",
            "reporter mail",
            "with a lease",
        )
        text = self.text("ada")
        for fact in facts:
            self.assertIn(fact, text)
        text = self.text("vera")
        for fact in (*facts, "Try it", "Ask for it", "<form"):
            self.assertNotIn(fact, text)

    def test_where_nothing_is_known(self) -> None:
        self.secrets.records = {}
        self.know(versions=(), exists=None, problem="ill: the canary")
        text = self.text("ada")
        for fact in ("every build may have it", "Nobody", "Nothing", "Nowhere", "Ill: the canary."):
            self.assertIn(fact, text)
        self.assertIn("can only be found out by asking", text)
        self.assertNotIn("canary", self.text("vera"))

    def test_one_of_a_store_is_changed_or_added(self) -> None:
        self.host.stores.names = ("files",)
        change = f'href="change?{PAGE.partition("?")[2]}"'
        self.assertIn(f"{change}>Change it</a>", self.text("ada"))
        self.know(exists=False)
        text = self.text("ada")
        self.assertIn("There is no such secret now", text)
        for link in ('href="add">add it</a>', f"{change}>bring it back</a>"):
            self.assertIn(link, text)
        self.assertNotIn("Change it", text)

    def test_the_audit_trail(self) -> None:
        self.assertNotIn("audit trail</h2>", self.text("ada"))
        for audit, fact in (((), "Nothing, by"), ((Audited("now", "lookup", "w", "ok"),), "now")):
            self.secrets.records[APP] = replace(RECORD, audit=audit, problems=("It is ill.",))
            self.assertIn(fact, self.text("ada"))
            self.assertIn("It is ill.", self.text("ada"))

    def test_rules(self) -> None:
        self.secrets.policy = Policy([Allow("other")])
        self.assertIn("nobody may have it", self.text("ada"))
        secret = Listed("own", "x", is_canonical=False)
        self.secrets.all[secret] = Known()
        self.assertIn("no canonical names", self.text("ada", "secret?name=own%21x"))

    def test_no_field_is_html(self) -> None:
        """Each text of what is known and of the record, and what is sent."""
        secret, version = Listed(XSS, XSS), Version(XSS, 1, 2)
        known = Known(
            exists=True,
            description=XSS,
            tags=(XSS,),
            versions=(version,),
            used=1,
            allowed=(XSS,),
            problem=XSS,
        )
        askers = (
            Requester("build", builder=XSS),
            Requester(XSS, service=XSS),
            Requester(XSS, owner=XSS),
            Requester(XSS),
        )
        uses = [Use(XSS, asker, XSS, XSS) for asker in askers]
        record = Record(
            uses=tuple(UseRow(use, 1, 1, 1) for use in uses),
            builds=(BuildUse(uses[0], XSS, 1, "#/x", 1),),
            printed=(Printed(XSS, 1),),
            references=(Reference(XSS, XSS, XSS, is_certain=False),),
            holders=(Holder(XSS, "#/x"), Holder(XSS)),
            asked=Asked(XSS, 1, XSS, facts=((XSS, XSS),)),
            audit=(Audited(XSS, XSS, XSS, XSS),),
            problems=(XSS,),
        )
        self.secrets.all, self.secrets.records = {secret: known}, {secret: record}
        self.secrets.builders = {XSS: (None, ())}
        rules = [
            Allow("*", owners=[XSS], location=XSS),
            Deny("*", branches=[XSS], location=XSS),
            Allow("*", builders=["x"], repositories=[XSS], location=XSS),
        ]
        self.secrets.policy = Policy(rules)
        sent = quote(XSS, safe="")
        for query in ("", f"&builder={sent}&branch={sent}&owner={sent}&repository={sent}"):
            reply = self.pages.client("ada").open(f"secret?name={sent}%21{sent}{query}")
            self.assertEqual(reply.status, 200)
            for shown in ("<script", "<img", "60481729"):
                self.assertNotIn(shown, reply.text)


class TrialTests(SecretTestCase):
    def setUp(self) -> None:
        super().setUp()
        rules = [
            Allow(
                "team/*",
                builders=["deploy"],
                branches=["main"],
                repositories=["r"],
                location="cfg:1",
            ),
            Allow("team/*", builders=["other"], location="cfg:2"),
        ]
        self.secrets.policy = Policy(rules)

    def test_by_which_rule_and_why_not_by_others(self) -> None:
        page = f"{PAGE}&builder=deploy&repository=r&branch=main"
        text = self.text("ada", page)
        self.assertIn("<strong>allowed</strong>", text)
        self.assertIn("applies: <code>Allow(&#39;team/*&#39;, builders=[&#39;deploy&#39;]", text)
        self.assertIn("the builder is &#39;deploy&#39;, and must be &#39;other&#39;", text)
        self.assertIn('value="main"', text)
        for more, why in (
            ("&outside=yes", "comes from outside"),
            ("&outside=unknown", "no change says"),
            ("&branch=other", ""),
        ):
            changed = page.replace("&branch=main", "") + more if "branch" in more else page + more
            text = self.text("ada", changed)
            self.assertIn("<strong>denied</strong>", text)
            self.assertIn(why, text)

    def test_what_the_provider_itself_denies(self) -> None:
        self.know(allowed=("release-*",))
        text = self.text("ada", f"{PAGE}&builder=deploy&repository=r&branch=main")
        self.assertIn("<strong>denied</strong>", text)
        self.assertIn("to other builders alone", text)

    def test_without_a_policy(self) -> None:
        self.secrets.policy = None
        self.assertIn("<strong>allowed</strong>", self.text("ada", f"{PAGE}&builder=deploy"))

    def test_what_cannot_be_tried(self) -> None:
        for query in ("builder=none", "builder=deploy&outside=maybe", "builder=deploy&forced=1"):
            self.assertEqual(self.pages.client("ada").open(f"{PAGE}&{query}").status, 400)
        long = f"builder=deploy&branch={'x' * 1001}"
        self.assertEqual(self.pages.client("ada").open(f"{PAGE}&{long}").status, 400)

    def test_a_viewer_is_told_nothing(self) -> None:
        self.secrets.policy = Policy([*self.secrets.policy.rules, Allow("*", owners=["vera"])])
        text = self.text("vera", f"{PAGE}&builder=deploy")
        self.assertEqual(text, self.text("vera"))

    def test_json(self) -> None:
        tried = self.json("try?name=files!team/app&builder=deploy&repository=r&branch=main")
        self.assertEqual(tried["outcome"], "allowed")
        self.assertEqual([rule["location"] for rule in tried["applies"]], ["cfg:1"])
        (failing,) = tried["does_not_apply"]
        self.assertEqual((failing["location"], len(failing["why"])), ("cfg:2", 1))
        self.secrets.policy = None
        tried = self.json("try?name=files!team/app&builder=deploy")
        self.assertEqual((tried["outcome"], tried["applies"]), ("allowed", []))


class FormTests(SecretTestCase):
    def test_ask_and_evict(self) -> None:
        for action, location in (("ask", f"{PAGE}#asked"), ("evict", PAGE)):
            form = forms_of(self.text("ada"), action)[0]
            reply = self.pages.client("ada").send(action, form)
            self.assertEqual((reply.status, reply.headers["location"]), (303, location))
        self.assertEqual(
            self.secrets.asked,
            [("ask", "files!team/app", "ada"), ("evict", "files!team/app", "ada")],
        )
        self.assertIn("for <bdi>ada</bdi>: It has answered.", self.text("ada"))

    def test_a_form_is_for_one_thing_and_one_secret(self) -> None:
        self.secrets.all[Listed("files", "other")] = Known(exists=True)
        form = forms_of(self.text("ada"), "ask")[0]
        for action, changes in (
            ("evict", {}),
            ("ask", {"name": "files!other"}),
            ("ask", {"token": "1.x"}),
        ):
            reply = self.pages.client("ada").send(action, {**form, **changes})
            self.assertEqual(reply.status, 403)
        self.assertEqual(self.secrets.asked, [])


class ProgramTests(SecretTestCase):
    def post(self, person: str, action: str, scope: str = "secrets:write", **sent: str) -> Reply:
        body = json.dumps({"name": "files!team/app", **sent})
        token = self.token_of(person, scope)
        return self.pages.client().call("POST", f"secret/{action}", token, body)

    def test_administrators_ask_and_evict(self) -> None:
        asked = json.loads(self.post("ada", "ask").text)["asked"]
        self.assertEqual((asked["person"], asked["is_given"]), ("ada", True))
        self.assertEqual(json.loads(self.post("ada", "evict").text), {"name": "files!team/app"})
        self.assertEqual([each[0] for each in self.secrets.asked], ["ask", "evict"])

    def test_nobody_else_does(self) -> None:
        for action in ("ask", "evict"):
            for person, scope, status in (
                ("vera", "secrets:write", 403),
                ("nina", "secrets:write", 403),
                ("ada", "secrets:read", 403),
            ):
                self.assertEqual(self.post(person, action, scope).status, status, person)
            self.assertEqual(self.post("ada", action, name="app").status, 404)
            self.assertEqual(self.post("ada", action, value="x").status, 400)
        self.assertEqual(self.secrets.asked, [])


class JsonTests(SecretTestCase):
    def test_for_administrators(self) -> None:
        self.secrets.policy = Policy([Allow("team/*", location="cfg:7")])
        found = self.json("secret?name=files!team/app")
        self.assertEqual(found["rules"], [{"rule": "Allow('team/*')", "location": "cfg:7"}])
        self.assertEqual(found["uses"][0]["use"]["requester"]["builder"], "deploy")
        self.assertEqual(found["builds"][0]["number"], 33)
        self.assertEqual(found["versions"][0]["number"], 3)
        self.assertEqual(found["holders"][1]["has_lease"], True)

    def test_for_viewers(self) -> None:
        found = self.json("secret?name=files!team/app", "vera")
        self.assertEqual(
            set(found), {"name", "exists", "description", "tags", "versions", "problem"}
        )

    def test_what_is_not_there(self) -> None:
        self.assertEqual(list(self.json("secret?name=nobody!x", "vera")), ["error"])
