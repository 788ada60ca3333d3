"""The life of a secret in Chromium, over HTTPS and below a prefix that a proxy adds.

The proxy ends TLS and speaks HTTP to the master, which knows of both from ``buildbotURL`` alone.
"""

from __future__ import annotations

from typing import Any

import buildbot
from axe_playwright_python.sync_playwright import Axe
from buildbot.plugins import schedulers
from buildbot.www.auth import RemoteUserAuth
from playwright.sync_api import Browser, BrowserContext, Page
from twisted.internet import reactor as global_reactor
from twisted.internet.threads import blockingCallFromThread

from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.plugins import secrets, util
from tests.support.browser import new_tab
from tests.support.browser_master import BrowserTestCase
from tests.support.key_rings import make_key_file
from tests.support.page_master import PASSWORD
from tests.support.reverse_proxy import ReverseProxy
from tests.support.tls import Authority

reactor: Any = global_reactor

BELOW_A_PREFIX = tuple(map(int, buildbot.version.split(".")[:2])) >= (4, 1)
"""Whether Buildbot's own pages work there: those of 4.0 ask at the root for what they need."""

FIRST, SECOND = "kZ4vt9Qw2LmXrTyPs6", "Yc5HuJe1GaVfKw7b"
NAME = "deploy/token & more"
PAGE = "plugins/keychain/"


class ProxyTests(BrowserTestCase):
    def page_configuration(self, factory: Any = None, **www: Any) -> dict[str, Any]:
        manager = secrets.SecretManager([secrets.SecretInStore(**self.store)], key_file=self.ring)
        form = schedulers.ForceScheduler(
            "deploy", ["builder"], properties=[util.SecretParameter("pw", label="Password")]
        )
        more = {"secretsProviders": [manager], "schedulers": [form]}
        return {**super().page_configuration(factory, **www), **more}

    async def test_a_secret_lives(self) -> None:
        self.store = self.store_in(self.directory())
        self.ring = make_key_file(self.directory())
        self.master = await self.start_page()
        self.proxy = ReverseProxy(self.port, Authority(self.directory()).context())
        self.addCleanup(self.proxy.stop)
        self.set_url(self.master, self.proxy.url)
        self.problems: list[str] = []
        await self.in_browser(self.check)
        self.assertEqual(self.problems, [])

    def check(self, browser: Browser) -> None:
        page = self.browse(browser, http_credentials={"username": "ada", "password": PASSWORD})
        self.check_login(page)
        self.check_life(page)
        self.check_logout(page)
        page.context.close()
        log_in: Any = self.log_in_by_proxy
        blockingCallFromThread(reactor, log_in)
        self.check_remote_user(self.browse(browser))

    def browse(self, browser: Browser, **options: Any) -> Page:
        page = new_tab(browser, self.proxy.url, ignore_https_errors=True, **options)
        page.on("response", self.note)
        page.on("console", lambda said: self.note_said(said.text))
        return page

    def note(self, response: Any) -> None:
        """Note what is asked for outside of the prefix, or does not load."""
        inside = response.url.startswith(self.proxy.url) or not BELOW_A_PREFIX
        if not inside or response.status >= 500:
            self.problems.append(f"{response.status} {response.url}")
        if response.url.startswith(f"{self.proxy.url}{PAGE}") and response.status == 404:
            self.problems.append(f"404 {response.url}")

    def note_said(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.problems.append(text)

    def check_login(self, page: Page) -> None:
        """Buildbot's menu leads to the page, and the cookie is of HTTPS."""
        page.goto("auth/login")
        page.goto("")
        if BELOW_A_PREFIX:
            page.get_by_text("Secrets").first.click()
            page.wait_for_url(f"{self.proxy.url}{PAGE}")
        page.goto(PAGE)
        (cookie,) = self.sessions(page.context)
        known = {name: cookie[name] for name in ("secure", "httpOnly", "sameSite")}
        self.assertEqual(known, {"secure": True, "httpOnly": True, "sameSite": "Lax"})
        self.check_page(page)

    def sessions(self, context: BrowserContext) -> list[Any]:
        return [each for each in context.cookies() if each["name"].startswith("TWISTED")]

    def check_page(self, page: Page) -> None:
        """It leads to nothing above the prefix, has its style, and no value."""
        page.wait_for_load_state()
        found = page.evaluate(
            "[...document.querySelectorAll('[href], form')].map(each => each.href || each.action)"
        )
        outside = [address for address in found if not address.startswith(self.proxy.url)]
        self.assertEqual((len(found) > 5, outside), (True, []))
        style = "getComputedStyle(document.querySelector('nav')).backgroundColor"
        self.assertNotEqual(page.evaluate(style), "rgba(0, 0, 0, 0)")
        for value in (FIRST, SECOND):
            self.assertFalse(value[:6] in page.content() + page.url, "a value is in the page")

    def press(self, page: Page, button: str, said: str) -> None:
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_text(said).wait_for()
        self.check_page(page)

    def value(self) -> str | None:
        return self.value_in(self.store, NAME)

    def add(self, page: Page) -> None:
        page.goto(PAGE)
        page.get_by_role("navigation").get_by_role("link", name="Add a secret").click()
        page.get_by_label("Name, such as").fill(NAME)
        page.get_by_label("One line").fill(FIRST)
        self.press(page, "Add", "The secret is added.")
        self.assertEqual(self.value(), FIRST)

    def check_life(self, page: Page) -> None:
        self.add(page)
        page.get_by_label("One line").fill(SECOND)
        self.press(page, "Save", "The value is replaced.")
        self.assertEqual(self.value(), SECOND)
        page.goto(f"{PAGE}secret?name=store!deploy/token%20%26%20more")
        page.get_by_role("heading", name=NAME).wait_for()
        self.check_page(page)
        self.press(page, "Ask for it", "has answered")
        page.goto(f"{PAGE}force")
        page.get_by_role("link", name="builder", exact=True).click()
        found = Axe().run(page)
        self.assertEqual(found.violations_count, 0, found.generate_report())
        page.get_by_label("Password").fill(FIRST)
        self.press(page, "deploy", "The build is asked for")
        page.goto(f"{PAGE}change?name=store!deploy/token%20%26%20more")
        self.press(page, "Delete", "The secret is deleted.")
        self.assertIsNone(self.value())

    def check_logout(self, page: Page) -> None:
        page.goto("auth/logout")
        self.assertTrue(page.url.startswith(self.proxy.url), page.url)
        page.goto(PAGE)
        self.assertIn("Log in to see this page.", page.inner_text("main"))
        page.get_by_role("link", name="Log in").click()
        if BELOW_A_PREFIX:
            page.wait_for_url(f"{self.proxy.url}{PAGE}")

    @returns_deferred
    async def log_in_by_proxy(self) -> None:
        auth = RemoteUserAuth(header="Remote-User", headerRegex="(?P<username>[a-z]+)")
        await self.master.reconfigure(self.page_configuration(auth=auth))
        self.set_url(self.master, self.proxy.url)

    def check_remote_user(self, page: Page) -> None:
        """Whom the proxy names, in each request, whatever the browser says."""
        page.set_extra_http_headers({"Remote-User": "ada"})
        for person, entry in (("", "Log in"), ("nina", "You may not")):
            self.proxy.person = person
            page.goto(PAGE)
            self.assertIn(entry, page.inner_text("main"))
        self.proxy.person = "ada"
        self.add(page)
        self.press(page, "Delete", "The secret is deleted.")
