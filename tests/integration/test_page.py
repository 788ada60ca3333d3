"""The page of secrets in a real master's web server, asked by plain HTTP clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from buildbot.config import ConfigErrors
from buildbot.www.auth import NoAuth, RemoteUserAuth
from buildbot.www.authz import Authz
from buildbot.www.authz.endpointmatchers import AnyEndpointMatcher
from twisted.internet.threads import deferToThread
from twisted.web.server import Request

from buildbot_keychain.approvals import APPROVED, WAITING
from buildbot_keychain.plugins import secrets
from buildbot_keychain.web import HEADERS, ROUTES, Kind, Role, may
from tests.support.approvals_in_memory import request_for
from tests.support.keychain_command import run
from tests.support.page_client import PAGE, PageClient, forms_of
from tests.support.page_master import PageMasterTestCase, authz
from tests.support.page_routes import expected_status, send

ROLES = {"ada": Role.ADMIN, "vera": Role.VIEWER, "rolf": Role.APPROVER, "nina": None, "": None}


class PageTests(PageMasterTestCase):
    @property
    def state(self) -> str:
        return str(self.approvals.requests["1"].state)

    def form(self, client: PageClient) -> dict[str, str]:
        (form,) = forms_of(client.open("approvals").text)
        return {**form, "decision": "approve", "reason": "fine"}

    def setUp(self) -> None:
        super().setUp()
        self.store = self.store_in(self.directory(), "deploy/token")

    def page_configuration(self, factory: Any = None, **www: Any) -> dict[str, Any]:
        manager = secrets.SecretManager([secrets.SecretInStore(**self.store)])
        return {**super().page_configuration(factory, **www), "secretsProviders": [manager]}

    async def test_one_master_through_its_configurations(self) -> None:
        """One after the other, as a master starts slowly."""
        master = await self.start_page()
        await master.build()
        await deferToThread(self.check_roles)
        await deferToThread(self.check_cookies_and_files)
        await deferToThread(self.check_approval)

        async def reconfigure(**www: Any) -> None:
            await master.reconfigure(self.page_configuration(**www))
            self.set_url(master, f"http://127.0.0.1:{self.port}/")

        await deferToThread(self.check_tokens, master.basedir)
        self.approvals.requests["1"] = request_for()
        rolf = await deferToThread(self.client, "rolf")
        form = await deferToThread(self.form, rolf)
        await reconfigure(authz=authz(rolf="release"))
        await deferToThread(self.check_refused, rolf, form)
        matchers = [AnyEndpointMatcher(role="admins")]
        await reconfigure(authz=Authz(allowRules=matchers, roleMatchers=authz().roleMatchers))
        await deferToThread(self.check_refused, rolf, form)
        await reconfigure(
            auth=RemoteUserAuth(header="Remote-User", headerRegex="(?P<username>[a-z]+)")
        )
        await deferToThread(self.check_proxy)
        await reconfigure(auth=NoAuth())
        await deferToThread(self.check_refused, PageClient(rolf._ask, rolf.origin), form)
        await reconfigure(plugins={})
        reply = await deferToThread(rolf.open)
        self.assertEqual(reply.status, 404)

    def check_roles(self) -> None:
        for person, role in ROLES.items():
            client = self.client(person)
            for route in ROUTES:
                if route.method != "GET":
                    continue
                reply = send(route, client, form=lambda _: {})
                roles = [Role.ANYBODY] if role is None else [Role.ANYBODY, role]
                allowed = route.action is None or may(roles, route.action)
                expected = expected_status(route, logged_in=False, allowed=allowed)
                self.assertEqual(reply.status, expected, (person, route))
                if route.kind is Kind.SCRIPT:
                    self.assertEqual("Menu" in reply.text, role is not None)
                for name, value in HEADERS.items():
                    self.assertEqual(reply.headers[name.lower()], value)

    def check_cookies_and_files(self) -> None:
        reply = self.client().ask("GET", "/config")
        self.assertIn("HttpOnly; SameSite=lax", reply.headers["set-cookie"])
        plugins = json.loads(reply.text)["plugins"]
        self.assertEqual(
            plugins, {"keychain": {"admin_roles": ["admins"], "viewer_roles": ["viewers"]}}
        )
        self.assertEqual(
            self.client().ask("GET", PAGE.rstrip("/")).headers["location"], "keychain/"
        )

    def check_approval(self) -> None:
        rolf = self.client("rolf")
        form = self.form(rolf)
        for client in (self.client("vera"), self.client()):
            self.assertEqual(client.send("approvals", form).status, 403)
        self.assertEqual(self.state, WAITING)
        self.assertEqual(rolf.send("approvals", form).status, 303)
        self.assertEqual(self.state, APPROVED)
        self.assertEqual(rolf.send("approvals", form).status, 409)

    def check_tokens(self, basedir: Path) -> None:
        """Programs: a reader, somebody without the role or an account, an approver."""
        (basedir / "master.cfg").write_text("c = BuildmasterConfig = {}\n")
        self.approvals.requests["1"] = request_for()
        program = self.client()
        body = '{"digest": "d1", "reason": "the tests have passed"}'
        for person, scope, reads, decides in (
            ("nina", "approvals:read", 200, 403),
            ("nina", "approvals:decide", 403, 403),
            ("nobody", "approvals:decide", 403, 403),
            ("rolf", "approvals:decide", 403, 200),
        ):
            token = self.new_token(basedir, person, scope)
            self.assertEqual(program.call("GET", "approvals", token).status, reads)
            reply = program.call("POST", "approvals/1/approve", token, body)
            self.assertEqual((person, scope, reply.status), (person, scope, decides))
            self.assertEqual(self.state, APPROVED if decides == 200 else WAITING)
        self.assertEqual(self.approvals.requests["1"].votes[0].person, "rolf")
        prometheus = self.new_token(basedir, "nobody", "metrics:read")
        reply = program.call_page("GET", "metrics", prometheus)
        self.assertIn('keychain_decisions_total{outcome="denied"} 0\n', reply.text)
        self.assertEqual(program.call_page("GET", "metrics", token).status, 403)
        self.assertEqual(program.call("GET", "approvals", prometheus).status, 403)
        self.assertEqual(run("token", "revoke", token[4:20], "--config", basedir).status, 0)
        self.assertEqual(program.call("GET", "approvals", token).status, 401)

    def check_refused(self, client: PageClient, form: dict[str, str]) -> None:
        """A role that was revoked, a rule of Buildbot's, nobody who is logged in."""
        self.assertEqual(client.open("approvals").status, 403)
        self.assertEqual(client.send("approvals", form).status, 403)
        script = client.open("scripts.js", sec_fetch_dest="script").text
        self.assertNotIn("Menu", script)
        self.assertEqual(self.state, WAITING)

    def check_proxy(self) -> None:
        """The proxy's header is what counts, in each request."""
        rolf = PageClient(self.client()._ask, f"http://127.0.0.1:{self.port}")
        form = forms_of(rolf.open("approvals", remote_user="rolf").text)[0]
        form |= {"decision": "approve", "reason": "fine"}
        self.assertEqual(rolf.open("approvals").status, 403)
        self.assertEqual(rolf.send("approvals", form, remote_user="vera").status, 403)
        self.assertEqual(self.state, WAITING)
        self.assertEqual(rolf.send("approvals", form, remote_user="rolf").status, 303)
        self.approvals.requests["1"] = request_for()

    async def test_a_wrong_configuration_is_refused(self) -> None:
        config = self.page_configuration(plugins={"keychain": {"admins": ["ada"]}})
        with self.assertRaises(ConfigErrors) as raised:
            await self.start_master(config, worker=False)
        (error,) = raised.exception.errors
        self.assertIn("has no setting 'admins'", error)

    async def test_a_site_without_the_page_is_as_before(self) -> None:
        master = await self.start_master(self.page_configuration(plugins={}))
        self.assertIs(master.master.www.site.requestFactory, Request)
