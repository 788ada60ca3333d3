"""Every route, for everybody, with every defence; attacks work where their defence is missing."""

from __future__ import annotations

from functools import partial
from http.client import BadStatusLine
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.approvals import WAITING, Person
from buildbot_keychain.web import HEADERS, ROUTES, SCOPES, Action, Kind, Role, Route, Visitor, may
from buildbot_keychain.web import _resource as resource
from buildbot_keychain.web import _routes as routes
from buildbot_keychain.web._turns import AT_ONCE, LONGEST
from buildbot_keychain.web.host_secrets import Known, Listed
from tests.support.page_client import NAVIGATION, PAGE, PageClient, Reply, forms_of
from tests.support.page_routes import EXAMPLES, example_of, expected_status, scope_of, send
from tests.support.page_site import ORIGIN, PEOPLE, PageSite
from tests.support.page_stores import SECRET

ROLES = {"ada": Role.ADMIN, "vera": Role.VIEWER, "rolf": Role.APPROVER, "nina": None, "": None}
EVERY_SCOPE = frozenset(SCOPES.values())
JSON = '{"digest": "d1", "reason": "fine"}'


class PageTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.pages = PageSite()
        self.host = self.pages.host
        provider, _, path = SECRET.partition("!")
        self.host.secrets.all[Listed(provider, path)] = Known(exists=True)

    def form(self, person: str = "rolf", **changes: str) -> dict[str, str]:
        """Return what `person` sends to approve what the page shows."""
        (form,) = forms_of(self.pages.client(person).open("approvals").text)
        return {**form, "decision": "approve", "reason": "fine", **changes}

    @property
    def state(self) -> str:
        return str(self.host.approvals.requests["1"].state)

    def token_of(self, person: str, scopes: frozenset[str] = EVERY_SCOPE) -> str:
        roles = PEOPLE.get(person, frozenset())
        self.host.tokens["t"] = Visitor(Person(person, roles), scopes=scopes)
        return "t"


class RoleTests(PageTestCase):
    """The table, cell by cell."""

    def reply(self, route: Route, person: str) -> Reply:
        client, token = self.pages.client(person), None
        if route.kind is Kind.JSON:
            client = self.pages.client()  # cookies do not count
            token = self.token_of(person, frozenset({scope_of(route)})) if person else None
        return send(route, client, form=partial(self.form_for, person), token=token)

    def form_for(self, person: str, route: Route) -> dict[str, str]:
        """Return the form that a person was shown; whoever may not send it has got another's."""
        may_send = route.action is not None and may(self.roles_of(person), route.action)
        allowed = [who for who in ROLES if may(self.roles_of(who), route.action or Action.OPEN)]
        shown = self.pages.client(person if may_send else allowed[0])
        (form,) = forms_of(shown.open(example_of(route).page).text, route.path)
        return form

    def roles_of(self, person: str, route: Route | None = None) -> set[Role]:
        """Return the roles of a person, who for some routes is known by a token."""
        role = ROLES[person]
        by_token = route is not None and route.kind is Kind.JSON and route.method == "GET"
        known = ({role} if role else set()) | ({Role.VIEWER} if by_token else set())
        return {*known, Role.ANYBODY}

    def test_each_route_for_each_person(self) -> None:
        for route in ROUTES:
            for person in ROLES:
                self.setUp()
                status = self.reply(route, person).status
                action = route.action
                allowed = action is None or may(self.roles_of(person, route), action)
                expected = expected_status(route, logged_in=bool(person), allowed=allowed)
                self.assertEqual(status, expected, (route, person))
                decided = route.action is Action.DECIDE and status in {200, 303}
                self.assertEqual(self.state == WAITING, not decided, (route, person))

    def test_examples_are_of_routes_and_say_what_those_read(self) -> None:
        routes = {(route.method, route.path): route for route in ROUTES}
        self.assertLessEqual(set(EXAMPLES), set(routes))
        for key, example in EXAMPLES.items():
            sends = (routes[key].sends or {}).get("properties", ())
            known = {*routes[key].fields, *sends, *(example.fields if routes[key].has_more else ())}
            self.assertLessEqual(set(example.fields), known, key)
            self.assertLessEqual(set(example.query), set(routes[key].query), key)

    def script_for(self, person: str) -> str:
        return str(self.pages.client(person).open("scripts.js", sec_fetch_dest="script").text)

    def test_the_script_masks_for_everybody_and_has_a_menu_for_those_who_may_open_the_page(
        self,
    ) -> None:
        masks = self.script_for("")
        self.assertIn("new-password", masks)
        self.assertNotIn("Menu", masks)
        for person, role in ROLES.items():
            script = self.script_for(person)
            self.assertTrue(script.startswith(masks), person)
            self.assertEqual(script == masks, role is None, person)
            leads_to_builds = role in {Role.ADMIN, Role.VIEWER}
            self.assertEqual("Secrets of this build" in script, leads_to_builds, person)

    def test_what_the_hosts_own_rules_forbid_is_forbidden(self) -> None:
        form = self.form()
        self.host.forbidden = set(Action)
        rolf = self.pages.client("rolf")
        self.assertEqual(rolf.open().status, 403)
        self.assertEqual(self.script_for("rolf"), self.script_for(""))
        self.assertEqual(rolf.send("approvals", form).status, 403)
        self.assertEqual(rolf.call("GET", "approvals", self.token_of("rolf")).status, 403)
        self.assertEqual(self.state, WAITING)

    def test_whoever_may_open_a_page_has_the_menu_where_a_wrong_query_is_refused(self) -> None:
        reply = self.pages.client("ada").open("audit?since=yesterday")
        self.assertEqual(reply.status, 400)
        for shown in ("The time must be like", "Logged in as", 'href="approvals"'):
            self.assertIn(shown, reply.text)
        self.assertNotIn('href="approvals"', self.pages.client("").open("audit?since=now").text)

    def test_they_are_told_which_secret_it_is_about(self) -> None:
        tried: tuple[dict[str, Any], ...] = ({"query": ("name",)}, {"fields": ("name",)})
        for sent in tried:
            method = "GET" if "query" in sent else "POST"
            kind = Kind.PAGE if method == "GET" else Kind.FORM
            route = Route(method, "one", kind, "files.theme", Action.OPEN, **sent)
            self.patch(routes, "_BY_PARTS", {("one",): {method: route}})
            rolf = self.pages.client("rolf")
            for name, status in (("a!b", 200), ("a!c", 403)):
                self.host.forbidden = {"a!c"}
                reply = rolf.open(f"one?name={name}")
                if method == "POST":
                    reply = rolf.send("one", {"name": name})
                self.assertEqual(reply.status, status, (sent, name))

    def test_a_role_that_is_revoked_meanwhile_counts_no_more(self) -> None:
        form = self.form()
        self.host.people["rolf"] = frozenset()
        self.assertEqual(self.pages.client("rolf").send("approvals", form).status, 403)
        self.assertEqual(self.state, WAITING)

    def test_an_address_says_nothing_that_its_route_does_not_know(self) -> None:
        self.assertEqual(self.pages.client("rolf").open("approvals?id=1").status, 400)
        self.assertEqual(self.pages.client("nina").open("approvals?id=1").status, 403)

    def test_a_session_that_is_no_more_counts_no_more(self) -> None:
        form = self.form()
        del self.host.people["rolf"]
        reply = self.pages.client("rolf").send("approvals", form)
        self.assertEqual(reply.status, 403)
        self.assertIn("auth/login", reply.text)

    def test_those_who_may_not_are_offered_another_login(self) -> None:
        """And no link to what they may not see either."""
        for person, offered in (("", ">Log in</a>"), ("nina", ">Log in again</a>")):
            text = self.pages.client(person).open("audit").text
            for part in ("<h1>Not allowed</h1>", offered):
                self.assertIn(part, text)
            self.assertNotIn(">Secrets</a>", text)
        text = self.pages.client("ada").open("none").text
        for part in ("<h1>Not found</h1>", ">Secrets</a>"):
            self.assertIn(part, text)
        self.assertNotIn("Log in", text)


class TokenTests(PageTestCase):
    """Programs."""

    def test_a_cookie_opens_no_json(self) -> None:
        self.assertEqual(self.pages.client("rolf").call("GET", "approvals", None).status, 401)

    def test_a_token_opens_no_page(self) -> None:
        headers: dict[str, str | None] = {"authorization": f"Bearer {self.token_of('rolf')}"}
        self.assertEqual(self.pages.client().open("approvals", **headers).status, 403)

    def test_one_without_the_scope_is_refused(self) -> None:
        for route in ROUTES:
            if route.kind is Kind.JSON and route.action is not None:
                token = self.token_of("rolf", EVERY_SCOPE - {scope_of(route)})
                reply = send(route, self.pages.client(), form=lambda _: {}, token=token)
                self.assertEqual(reply.status, 403, route)
        self.assertEqual(self.state, WAITING)

    def test_other_schemes_and_unknown_tokens_are_refused(self) -> None:
        self.token_of("rolf")
        for authorization in ("Basic t", "t", "Bearer", "Bearer ", "Bearer t t", "Bearer T"):
            reply = self.pages.client().call("GET", "approvals", None, authorization=authorization)
            self.assertEqual(reply.status, 401, authorization)
            self.assertEqual(reply.headers["www-authenticate"], "Bearer")

    def test_a_token_in_the_address_is_none(self) -> None:
        reply = self.pages.client().ask("GET", f"{PAGE}api/v1/approvals?access_token=t")
        self.assertEqual(reply.status, 401)


class HeaderTests(PageTestCase):
    """Every answer has every header."""

    def test_of_pages_files_json_and_errors(self) -> None:
        def failing(_person: Any) -> Deferred[Any]:
            return fail(RuntimeError("the canary"))

        rolf = self.pages.client("rolf")
        replies = [
            rolf.open("approvals"),
            rolf.open("scripts.js", sec_fetch_dest="script"),
            rolf.open("page.css"),
            rolf.open("none"),
            rolf.open("approvals", sec_fetch_mode="cors"),
            rolf.ask("GET", PAGE.rstrip("/")),
            rolf.ask("DELETE", f"{PAGE}approvals"),
            rolf.call("GET", "approvals", None),
            rolf.call("GET", "approvals", self.token_of("rolf")),
            rolf.send("approvals", {}),
            rolf.send("approvals", self.form()),
        ]
        self.patch(self.host.approvals, "waiting", failing)
        replies.append(rolf.open("approvals"))
        statuses = [reply.status for reply in replies]
        self.assertEqual(statuses, [200, 200, 200, 404, 403, 302, 405, 401, 200, 400, 303, 500])
        for reply in replies:
            for name, value in HEADERS.items():
                self.assertEqual(reply.headers[name.lower()], value)
            self.assertNotIn("access-control-allow-origin", reply.headers)
            self.assertNotIn("the canary", reply.text)

    def test_other_methods_do_not_exist(self) -> None:
        for method in ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"):
            reply = self.pages.client("rolf").ask(method, f"{PAGE}approvals", NAVIGATION)
            self.assertEqual((reply.status, reply.headers["allow"]), (405, "GET, POST"))

    def test_links_and_redirects_are_relative(self) -> None:
        rolf = self.pages.client("rolf")
        self.assertEqual(rolf.ask("GET", PAGE.rstrip("/")).headers["location"], "keychain/")
        form = self.form()
        self.assertEqual(rolf.send("approvals", form).headers["location"], "approvals#recent")
        for page in ("", "approvals"):
            text = rolf.open(page, host="evil.example").text
            self.assertNotIn("evil.example", text)
            self.assertNotIn('="/', text)

    def test_a_page_that_there_is_not_has_links_that_lead_somewhere(self) -> None:
        for path, root in (("none", ""), ("a/b/c", "../../"), ("a/", "../")):
            text = self.pages.client("rolf").open(path).text
            self.assertIn(f'href="{root}page.css"', text)
            self.assertIn(f'<a href="{root}./">', text)


class AttackTests(PageTestCase):
    """Each succeeds where the defence against it is taken away."""

    def without(self, *defences: str) -> None:
        for name in defences:
            self.patch(resource, name, lambda *_args, **_kwargs: None)

    def read_by_script(self) -> Reply:
        """What a script of an HTML log gets when it fetches the page with the person's cookie."""
        return self.pages.client("rolf").open(
            "approvals", sec_fetch_mode="cors", sec_fetch_dest="empty", sec_fetch_user=None
        )

    def test_a_script_reads_the_page_and_sends_its_form(self) -> None:
        self.assertEqual(forms_of(self.read_by_script().text), [])
        self.without("require_navigation")
        (form,) = forms_of(self.read_by_script().text)
        sent = self.pages.client("rolf").send(
            "approvals",
            {**form, "decision": "approve", "reason": "x"},
            sec_fetch_mode="cors",
            sec_fetch_dest="empty",
        )
        self.assertEqual((sent.status, self.state), (303, "approved"))

    def test_a_script_sends_a_form_it_has_made(self) -> None:
        """A form of the same origin is a navigation; only the token is missing."""
        form = {"id": "1", "digest": "d1", "decision": "approve", "reason": "x", "token": "1.x"}
        self.assertEqual(self.pages.client("rolf").send("approvals", form).status, 403)
        self.assertEqual(self.state, WAITING)
        own = self.form("rolf")["token"]
        self.assertEqual(
            self.pages.client("rolf").send("approvals", form | {"token": own}).status, 303
        )

    def send_across(self, **headers: str | None) -> int:
        """What the browser of the person sends for a page of another site."""
        return self.pages.client("rolf").send("approvals", self.form(), **headers).status

    def test_another_site_sends_a_form(self) -> None:
        """Even if it knew a token."""
        for headers in (
            {"origin": "https://evil.example", "sec_fetch_site": "cross-site"},
            {"origin": "null", "sec_fetch_site": "cross-site"},
            {"origin": None},
            {"sec_fetch_site": "same-site"},
            {"origin": "https://ci.example.org.evil.example"},
            {"origin": "http://ci.example.org"},
        ):
            self.assertEqual(self.send_across(**headers), 403)
        self.assertEqual(self.state, WAITING)
        self.without("require_own_form")
        self.assertEqual(self.send_across(origin="https://evil.example"), 303)

    def test_every_form_has_every_defence(self) -> None:
        """A script, another site, an address with more, and a token that was made up."""
        for route in ROUTES:
            if route.kind is not Kind.FORM:
                continue
            fields = {**dict.fromkeys(route.fields, "x"), "token": "9999999999.x"}
            for person in ("ada", "rolf"):
                client = self.pages.client(person)
                send = client.upload if route.has_files else client.send
                for path, headers in (
                    (route.path, {}),
                    (route.path, {"origin": "https://evil.example"}),
                    (route.path, {"sec_fetch_mode": "cors", "sec_fetch_dest": "empty"}),
                    (route.path, {"sec_fetch_dest": "iframe"}),
                    (f"{route.path}?x=1", {}),
                ):
                    status = send(path, fields, **headers).status
                    self.assertEqual(status, 400 if "?" in path else 403, (route, headers))
        changed = (self.host.stores.changed, self.host.forms.forced)
        self.assertEqual((self.state, *changed), (WAITING, [], []))

    def test_a_form_of_somebody_else(self) -> None:
        """Whoever makes a person log in as themselves gets nothing done as that person."""
        self.host.people["otto"] = PEOPLE["rolf"]
        self.host.approvals.roles = self.host.people
        form = self.form("otto")
        self.assertEqual(self.pages.client("rolf").send("approvals", form).status, 403)

    def test_a_form_is_sent_again(self) -> None:
        form = self.form()
        rolf = self.pages.client("rolf")
        self.assertEqual(rolf.send("approvals", form).status, 303)
        self.assertEqual(rolf.send("approvals", form).status, 409)
        self.assertEqual(len(self.host.approvals.requests["1"].votes), 1)

    def test_a_form_for_something_else(self) -> None:
        form = self.form()
        rolf = self.pages.client("rolf")
        for changes in ({"id": "2"}, {"digest": "d2"}, {"token": ""}):
            self.assertEqual(rolf.send("approvals", {**form, **changes}).status, 403)
        self.assertEqual(self.state, WAITING)

    def test_a_form_in_the_address(self) -> None:
        """`http.log` would keep it."""
        reply = self.pages.client("rolf").send("approvals?reason=x", self.form())
        self.assertEqual((reply.status, self.state), (400, WAITING))

    def test_two_clicks_at_one_place(self) -> None:
        """What a page can make of somebody's clicks is a decision without a reason."""
        reply = self.pages.client("rolf").send("approvals", self.form(reason=" \n"))
        self.assertEqual((reply.status, self.state), (400, WAITING))

    def test_paths(self) -> None:
        for path in (
            f"{PAGE}x/../approvals",
            f"{PAGE}%2e%2e/keychain/approvals",
            f"{PAGE}api%2fv1%2fapprovals",
            f"{PAGE}/approvals",
            f"{PAGE}approvals/",
            f"{PAGE}approvals%00",
            f"{PAGE}api/v1/approvals/1/%61pprove/",
            f"{PAGE}static/../../../../etc/passwd",
            f"{PAGE}%ff",
        ):
            reply = self.pages.client("rolf").ask("GET", path, NAVIGATION)
            self.assertEqual(reply.status, 404, path)

    def test_huge_bodies(self) -> None:
        rolf = self.pages.client("rolf")
        reply = rolf.send("approvals", self.form(reason="x" * 100_000))
        self.assertEqual((reply.status, self.state), (413, WAITING))
        body = JSON.replace("fine", "x" * 100_000)
        token = self.token_of("rolf")
        self.assertEqual(rolf.call("POST", "approvals/1/approve", token, body).status, 413)

    def test_what_a_frame_is_told(self) -> None:
        """A browser does not show a page of ours in a frame, which the request says, too."""
        framed = self.pages.client("rolf").open("approvals", sec_fetch_dest="iframe")
        self.assertEqual(framed.status, 403)

    def test_over_plain_http_nothing_tells_a_script_from_a_person(self) -> None:
        silent: dict[str, str | None] = dict.fromkeys(("sec_fetch_mode", "sec_fetch_dest"))
        rolf: PageClient = self.pages.client("rolf")
        self.assertEqual(rolf.open("approvals", **silent).status, 200)  # who can say, over HTTPS
        browser = rolf.open("approvals", accept_language="de", **silent)
        self.assertIn("does not say whether you or a script", browser.text)
        self.host.origin = "http://ci.example.org"
        self.assertIn("plain_http", rolf.open("approvals", **silent).text)
        self.host.plain_http = True
        self.assertEqual(len(forms_of(rolf.open("approvals", **silent).text)), 1)
        self.assertEqual(self.read_by_script().status, 403)


class FailureTests(PageTestCase):
    def test_a_master_without_secrets(self) -> None:
        self.host.approvals = None
        self.assertEqual(self.pages.client("ada").open().status, 503)

    def test_a_host_that_fails_even_when_a_refusal_is_shown(self) -> None:
        def failing(_host: Any) -> str:
            raise RuntimeError("the canary")

        self.patch(type(self.host), "title", property(failing))
        reply = self.pages.client("rolf").open()
        self.assertEqual(reply.status, 500)
        self.assertNotIn("canary", reply.text)
        for name, value in HEADERS.items():
            self.assertEqual(reply.headers[name.lower()], value)

    def test_whoever_has_gone_is_not_answered(self) -> None:
        waiting: Deferred[Any] = Deferred()
        self.patch(self.host.approvals, "waiting", lambda *_: waiting)
        self.assertRaises(BadStatusLine, self.pages.client("rolf").open)  # nothing was answered
        waiting.callback([])

    def test_whoever_has_gone_before_an_answer_is_begun_costs_nothing(self) -> None:
        waiting: list[Deferred[Any]] = []

        def wait(*_: object) -> Deferred[Any]:
            waiting.append(Deferred())
            return waiting[-1]

        self.patch(self.host.approvals, "waiting", wait)
        for _ in range(5 * AT_ONCE):
            self.assertRaises(BadStatusLine, self.pages.client("rolf").open)
        self.assertEqual(len(waiting), AT_ONCE)
        self.host.clock.advance(LONGEST)
        self.assertEqual(len(waiting), AT_ONCE)

    def test_the_origin_is_that_of_the_host(self) -> None:
        self.assertEqual(self.pages.client("rolf").origin, ORIGIN)
