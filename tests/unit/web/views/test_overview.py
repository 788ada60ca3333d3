"""The first page, and its JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred, fail

from buildbot_keychain.approvals import Person
from buildbot_keychain.details import Expiry
from buildbot_keychain.errors import StoreUnavailable
from buildbot_keychain.policy import Allow, Policy
from buildbot_keychain.resilience import ProviderState
from buildbot_keychain.web import SCOPES, Visitor
from buildbot_keychain.web.host_secrets import Finding, Known, Listed, Provider
from tests.support.approvals_in_memory import request_for
from tests.support.page_site import PEOPLE, ViewTestCase
from tests.support.secrets_in_memory import APP

XSS = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7777*7777 }}\u202e"
HIDDEN = Listed("files", "hidden/canary")


class OverviewTestCase(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host.secrets.all[HIDDEN] = Known(exists=True)
        self.host.secrets.policy = Policy([Allow("team/*", owners=["vera"])])

    def json(self, path: str, person: str = "vera") -> Any:
        visitor = Visitor(Person(person, PEOPLE[person]), scopes=frozenset(SCOPES.values()))
        self.host.tokens["t"] = visitor
        reply = self.pages.client().call("GET", path, "t")
        self.assertEqual(reply.status, 200)
        return json.loads(reply.text)


class ApprovalsTests(OverviewTestCase):
    def test_it_counts_what_waits(self) -> None:
        approvals = self.host.approvals
        self.assertIn("1 request waits for you", self.text("rolf"))
        approvals.limits.clear()
        self.assertIn("1 request waits</a> for others", self.text("ada"))
        self.assertEqual(len(approvals.limits), 2, "those of one person, and of anybody")
        approvals.requests = {number: request_for(number) for number in "12"}
        self.assertIn("2 requests wait for you", self.text("rolf"))
        approvals.requests = {}
        self.assertIn("Nothing waits", self.text("rolf"))

    def test_an_approver_learns_of_no_secret(self) -> None:
        self.host.secrets.found = [Finding("Weak", "canary", APP, for_viewers=True)]
        text = self.text("rolf")
        for hidden in ("team/app", "Providers", "canary", "search"):
            self.assertNotIn(hidden, text)


class InspectionsTests(OverviewTestCase):
    def test_what_check_and_doctor_have_found(self) -> None:
        text = self.text("ada")
        for task in ("check", "doctor"):
            link = f'<a href="{task}">What {task} has found</a>'
            self.assertIn(f"<li>1 problem, 1 not checked, 1970-01-01 00:17Z. {link}", text)
        self.assertNotIn("doctor", self.text("vera"))

    def test_what_failed_and_what_found_nothing(self) -> None:
        last = self.host.inspections.last
        last["check"] = replace(last["check"], problem="it is wrong")
        last["doctor"] = replace(last["doctor"], counts={"note": 1})
        text = self.text("ada")
        self.assertIn("<li>It did not come to its end, 1970-01-01 00:17Z.", text)
        self.assertNotIn("What doctor has found", text)
        self.host.inspections = None
        self.assertNotIn("What check has found", self.text("ada"))


class ListTests(OverviewTestCase):
    def test_everybody_is_listed_what_they_may_know_of(self) -> None:
        self.assertIn('<a href="secret?name=files%21hidden%2Fcanary">', self.text("ada"))
        for page in ("", "?search=canary", "?search=hidden", "?after=files%21hid"):
            text = self.text("vera", page)
            self.assertNotIn("files!hidden", text)
        self.assertIn("files!team/app", self.text("vera"))

    def test_hidden_ones_leave_no_trace(self) -> None:
        """In neither counts, nor the end of a page, nor what is not found."""
        pages = ("", "?search=hidden%2Fcanary", "?search=files", "?after=files%21a")
        texts = [self.text("vera", page) for page in pages]
        answers = [self.json(path) for path in ("secrets", "secrets?search=can", "providers")]
        for number in range(200):
            self.host.secrets.all[Listed("files", f"hidden/{number}")] = Known(exists=True)
        self.assertEqual([self.text("vera", page) for page in pages], texts)
        again = [self.json(path) for path in ("secrets", "secrets?search=can", "providers")]
        self.assertEqual(again, answers)

    def test_long_lists_have_pages(self) -> None:
        for number in range(120):
            self.host.secrets.all[Listed("a", f"{number:03}")] = Known(exists=True)
        text = self.text("ada")
        self.assertEqual(text.count("<li><a href="), 50)
        self.assertIn('<a href="./?after=a%21049">More</a>', text)
        text = self.text("ada", "?search=a%21&after=a%21049")
        self.assertIn('<a href="./?search=a%21&amp;after=a%21099">More</a>', text)
        self.assertIn('<a href="./?search=a%21">From the beginning</a>', text)

    def test_what_is_found_stands_alone(self) -> None:
        for person in ("ada", "vera"):
            text = self.text(person, "?search=team")
            self.assertIn("files!team/app", text)
            self.assertIn('<a href="./">All secrets</a>', text)
            for other in ("Approvals</h2>", "Providers</h2>", "All secrets</h2>"):
                self.assertNotIn(other, text)

    def test_only_administrators_find_what_builders_have(self) -> None:
        self.text("ada", "?search=x")
        self.text("vera", "?search=x")
        self.assertEqual([one.by_builder for one in self.host.secrets.wanted], [True, False])

    def test_a_provider_that_does_not_list(self) -> None:
        self.host.secrets.problems = {"files": "it has not listed the canary"}
        self.assertIn("It has not listed the canary.", self.text("ada"))
        self.assertIn("Not all of its secrets are shown now.", self.text("vera"))
        self.assertNotIn("listed the canary", self.text("vera"))

    def test_a_long_search_is_refused(self) -> None:
        for name in ("search", "after"):
            reply = self.pages.client("ada").open(f"?{name}={'x' * 1001}")
            self.assertEqual(reply.status, 400)

    def test_json(self) -> None:
        listed = self.json("secrets", "ada")
        names = [each["name"] for each in listed["secrets"]]
        self.assertEqual(names, ["files!hidden/canary", "files!team/app"])
        (only,) = self.json("secrets")["secrets"]
        self.assertEqual((only["provider"], only["path"]), ("files", "team/app"))


class AttentionTests(OverviewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host.secrets.found = [
            Finding("Expires", "app expires", APP, for_viewers=True),
            Finding("Expires", "the other expires", HIDDEN, for_viewers=True),
            Finding("Denied", "app was denied", APP),
            Finding("Policy", "there is none", for_viewers=True),
        ]

    def test_administrators_see_all_of_it(self) -> None:
        text = self.text("ada")
        for finding in self.host.secrets.found:
            self.assertIn(finding.text, text)
        self.assertEqual(text.count("<h3>Expires</h3>"), 1)
        self.host.secrets.found = [Finding("Denied", f"{APP.name} was denied", APP)]
        self.assertIn("<bdi>files!team/app</bdi></a> was denied</li>", self.text("ada"))

    def test_viewers_see_what_is_about_secrets_that_they_may_know_of(self) -> None:
        text = self.text("vera")
        self.assertIn("app expires", text)
        for hidden in ("the other", "denied", "there is none"):
            self.assertNotIn(hidden, text)


class ProviderTests(OverviewTestCase):
    def show(self, provider: Provider) -> None:
        async def providers(*, details: bool) -> list[Provider]:
            return [provider]

        self.patch(self.host.secrets, "providers", providers)

    def test_how_it_does(self) -> None:
        state = ProviderState(
            "v",
            breaker="open",
            asked=4,
            waiting=2,
            is_stale=True,
            cached=3,
            hits=1,
            misses=1,
            errors={"AccessDenied": 5},
            seconds=0.1,
        )
        ends = Expiry("token", "the token", 1_700_000_000, "log in")
        self.show(Provider("v", "vault", state, lists=True, problem="ill", expiries=(ends,)))
        facts = ("(open)", "2 wait", "older answers", "25 ms", "3; 50 %", "AccessDenied: 5")
        for fact in (*facts, "Ill.", "2023-11-14 22:13Z"):
            self.assertIn(fact, self.text("ada"))
            self.assertNotIn(fact, self.text("vera"))
        self.assertIn("unavailable", self.text("vera"))
        (known,) = self.json("providers", "ada")["providers"]
        self.assertEqual((known["state"]["asked"], known["problem"]), (4, "ill"))
        (known,) = self.json("providers")["providers"]
        self.assertEqual(known, {"name": "v", "kind": "vault", "lists": True, "breaker": "open"})

    def test_one_that_was_never_asked(self) -> None:
        self.show(Provider("v", "vault", ProviderState("v")))
        self.assertIn('<td data-label="Kept answers">none</td>', self.text("ada"))


class EscapingTests(OverviewTestCase):
    def test_nothing_is_html(self) -> None:
        secrets = self.host.secrets
        secrets.policy = None
        secrets.all = {Listed(XSS, XSS): Known(exists=True)}
        secrets.found = [Finding(XSS, XSS, Listed(XSS, XSS), for_viewers=True)]
        secrets.problems = {XSS: XSS}
        state = ProviderState(XSS, errors={XSS: 1})
        expiries = (Expiry(XSS, XSS, 0, XSS),)

        async def providers(*, details: bool) -> list[Provider]:
            return [Provider(XSS, XSS, state, problem=XSS, expiries=expiries)]

        self.patch(secrets, "providers", providers)
        for person in ("ada", "vera"):
            for page in ("", "?search=%3Cscript%3E%22%27&after=%3Cimg"):
                text = self.text(person, page)
                self.assertIn("&lt;script&gt;", text)
                for shown in ("<script", "<img", "60481729", "\u202e"):
                    self.assertNotIn(shown, text)


class AttentionJsonTests(OverviewTestCase):
    def attention(self, person: str) -> Any:
        token = self.token_of(person, "secrets:read")
        return json.loads(self.pages.client().call("GET", "attention", token).text)["findings"]

    def test_programs_are_told_what_their_owner_sees(self) -> None:
        self.host.secrets.policy = None
        self.host.secrets.found = [
            Finding("Weak", "It is short.", Listed("files", "a")),
            Finding("Expires", "It ends.", Listed("files", "b"), for_viewers=True),
            Finding("Policy", "There is no policy."),
        ]
        expires = {"topic": "Expires", "text": "It ends.", "secret": "files!b", "page": None}
        self.assertEqual(self.attention("vera"), [expires])
        weak, second, policy, *inspected = self.attention("ada")
        self.assertEqual(
            weak, {**expires, "topic": "Weak", "text": "It is short.", "secret": "files!a"}
        )
        self.assertEqual([each["page"] for each in inspected], ["check", "doctor"])
        self.assertEqual((second, policy["secret"]), (expires, None))


class FailureTests(OverviewTestCase):
    def test_a_database_that_does_not_answer(self) -> None:
        def failing() -> Deferred[Any]:
            return fail(StoreUnavailable("the canary"))

        self.patch(self.host.secrets, "findings", failing)
        reply = self.pages.client("ada").open()
        self.assertEqual(reply.status, 503)
        self.assertNotIn("the canary", reply.text)

    def test_a_master_without_secrets(self) -> None:
        self.host.secrets = None
        self.assertEqual(self.pages.client("ada").open().status, 503)
        self.assertEqual(self.pages.client("rolf").open().status, 200)
