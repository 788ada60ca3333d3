from __future__ import annotations

from typing import Any

from twisted.internet.defer import fail
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.approvals import Person
from buildbot_keychain.bearer_tokens import READ_APPROVALS, READ_METRICS
from buildbot_keychain.metrics import CONTENT_TYPE
from buildbot_keychain.web import Visitor
from tests.support.page_client import Reply
from tests.support.page_site import PEOPLE, PageSite


class MetricsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.pages = PageSite()
        for scope in (READ_METRICS, READ_APPROVALS):
            visitor = Visitor(Person("prometheus"), scopes=frozenset({scope}))
            self.pages.host.tokens[scope] = visitor

    def ask(self, token: str | None = READ_METRICS) -> Reply:
        return self.pages.client().call_page("GET", "metrics", token)

    def test_they_are_text_for_prometheus(self) -> None:
        reply = self.ask()
        self.assertEqual((reply.status, reply.text), (200, "keychain_builds_waiting 0\n"))
        self.assertEqual(reply.headers["content-type"], CONTENT_TYPE)

    def test_only_a_token_for_them_opens_them(self) -> None:
        for token, status in ((None, 401), ("wrong", 401), (READ_APPROVALS, 403)):
            self.assertEqual(self.ask(token).status, status, token)
        for person in PEOPLE:  # whatever the role: a script could ask with the cookie
            self.assertEqual(self.pages.client(person).open("metrics").status, 401, person)

    def test_administrators_open_them_in_a_browser(self) -> None:
        """They count what others may not know of."""
        for person, is_led in (("ada", True), ("vera", False)):
            text = self.pages.client(person).open().text
            self.assertEqual('href="metrics.txt"' in text, is_led, person)
        for person, status in (("ada", 200), ("vera", 403), ("rolf", 403), ("", 403)):
            self.assertEqual(self.pages.client(person).open("metrics.txt").status, status, person)
        script = self.pages.client("ada").open("metrics.txt", sec_fetch_dest="empty")
        self.assertEqual(script.status, 403)

    def test_a_token_for_them_opens_nothing_else(self) -> None:
        reply = self.pages.client().call("GET", "approvals", READ_METRICS)
        self.assertEqual(reply.status, 403)

    def test_a_master_without_secrets(self) -> None:
        self.pages.host.metrics = None
        self.assertEqual(self.ask().status, 503)

    def test_an_error_says_nothing(self) -> None:
        class Failing:
            def text(self) -> Any:
                return fail(RuntimeError("the canary"))

        self.pages.host.metrics = Failing()
        reply = self.ask()
        self.assertEqual(reply.status, 500)
        self.assertNotIn("canary", reply.text)
