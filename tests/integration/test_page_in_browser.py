"""The page of secrets in Chromium: what a person does, and what a script in an HTML log tries.

Each attack is first shown to work where its defence is missing.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from buildbot.plugins import schedulers
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from playwright.sync_api import Browser, Locator, Page
from twisted.internet.defer import inlineCallbacks, succeed
from twisted.web.server import Request

from buildbot_keychain.approvals import APPROVED, WAITING
from buildbot_keychain.plugins import secrets, util
from buildbot_keychain.web import _resource as resource
from buildbot_keychain.web._form_tokens import FormTokens
from buildbot_keychain.web.views import VIEWS, Answer
from tests.support.approvals_in_memory import request_for
from tests.support.browser_master import BrowserTestCase
from tests.support.key_rings import make_key_file
from tests.support.noting_step import Notes
from tests.support.page_client import PAGE

ATTACK = """<!DOCTYPE html><title>running</title><script>
const page = "/plugins/keychain/approvals";
const found = {};
const token = text => (/name="token" value="([^"]+)"/.exec(text) || [])[1] || "";
const loaded = node => new Promise(done => { node.onload = node.onerror = done; });
const patience = () => new Promise(done => setTimeout(done, 300));

async function post(token, send) {
  const form = {token, id: "1", digest: "d1", decision: "approve", reason: "by a script"};
  await send(form);
}
async function fetched() {
  const text = await (await fetch(page)).text();
  if (!token(text)) return "";
  await post(token(text), form => fetch(page, {method: "POST", body: new URLSearchParams(form)}));
  return token(text);
}
async function framed() {
  const frame = document.createElement("iframe");
  frame.src = page;
  document.body.append(frame);
  await loaded(frame);
  return token(frame.contentDocument.documentElement.outerHTML);
}
async function opened() {
  const other = window.open(page);
  for (let turn = 0; turn < 5; turn++) {
    await patience();
    if (other.closed) return "";
    const text = other.document.documentElement.outerHTML;
    if (token(text)) return token(text);
  }
  return "";
}
async function posted() {
  const form = document.createElement("form");
  form.method = "post";
  form.action = page;
  form.target = "_blank";
  await post("1.x", values => {
    for (const [name, value] of Object.entries(values)) {
      const field = document.createElement("input");
      field.name = name;
      field.value = value;
      form.append(field);
    }
  });
  document.body.append(form);
  form.submit();
  await patience();
  return "";
}
async function cookie() { return document.cookie; }
async function worker() {
  await navigator.serviceWorker.register("/plugins/keychain/scripts.js");
  return "registered";
}
window.addEventListener("load", async () => {
  for (const attack of [framed, opened, posted, cookie, worker, fetched]) {
    try { found[attack.name] = await attack(); } catch (error) { found[attack.name] = ""; }
  }
  window.found = found;
  document.title = "done";
});
</script><body></body>"""
NAMES = {"fetched", "framed", "opened", "posted", "cookie", "worker"}


class Prints(BuildStep):
    """What any step of any build may do."""

    @inlineCallbacks
    def run(self) -> Any:
        yield self.addHTMLLog("report", ATTACK)
        return SUCCESS


SECRET = "secret?name=files%21team%2Fapp"
TYPED = "kZ4vt9Qw2LmXrTyPs6"
LINES = "Yc5HuJe1GaVf\nKw7kZ4vt9Qw2"


class PersonTests(BrowserTestCase):
    async def test_somebody_approves_and_forces(self) -> None:
        self.patch(Notes, "noted", [])
        form = schedulers.ForceScheduler(
            "deploy",
            ["builder"],
            properties=[
                util.SecretParameter("pw", label="Password"),
                util.SecretParameter("key", multiline=True, required=False),
                util.StringParameter("plain", regex="fine", default="wrong"),
            ],
        )
        manager = secrets.SecretManager(
            [secrets.SecretInAFile(self.directory_with_secret(), name="files")],
            key_file=make_key_file(self.directory()),
        )
        factory = util.BuildFactory([Notes(util.Secret(f"form!{name}")) for name in ("pw", "key")])
        master = await self.start_page(factory, schedulers=[form], secretsProviders=[manager])
        complete = master.event(("buildsets", None, "complete"))
        await self.in_browser(self.check)
        await complete
        self.assertEqual(Notes.noted, [TYPED, LINES])

    def check(self, browser: Browser) -> None:
        self.check_menu(self.log_in(browser, "rolf"))
        self.check_form(self.log_in(browser, "nina"))
        nina = self.log_in(browser, "nina")
        nina.goto(f"{PAGE}approvals")
        self.assertIn("You may not", nina.inner_text("main"))
        self.check_accessibility(self.log_in(browser, "rolf"), "", "approvals")
        self.check_secrets(browser)
        self.check_build(self.log_in(browser, "ada"), self.log_in(browser, "rolf"))
        self.check_keyboard(self.log_in(browser, "rolf", java_script_enabled=False))

    def directory_with_secret(self) -> str:
        directory = self.directory()
        (directory / "team").mkdir(0o700)
        path = directory / "team" / "app"
        path.write_text(TYPED)
        path.chmod(0o600)
        return str(directory)

    def check_secrets(self, browser: Browser) -> None:
        """An administrator goes through the pages by the keyboard and without scripts."""
        page = self.log_in(browser, "ada", java_script_enabled=False)
        page.goto(PAGE)
        self.tab_to(page, "#search")
        page.keyboard.type("TEAM")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?search=TEAM")
        self.tab_to(page, ".names a")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="team/app").wait_for()
        self.tab_to(page, "#try-builder")
        page.keyboard.type("builder")
        page.keyboard.press("Enter")
        page.get_by_text("A build like this: allowed").wait_for()
        self.tab_to(page, "form[action=ask] button")
        page.keyboard.press("Enter")
        page.get_by_text("has answered").wait_for()
        self.assertTrue(page.url.endswith(f"{SECRET}#asked"))
        self.check_document(page)
        vera = self.log_in(browser, "vera")
        vera.goto(PAGE)
        vera.get_by_role("link", name="files!team/app").click()
        vera.get_by_role("heading", name="team/app").wait_for()
        self.assertEqual(vera.locator("form").count(), 0)
        self.check_accessibility(vera, "", SECRET)
        self.check_accessibility(self.log_in(browser, "ada"), "", "?search=x", SECRET)

    def check_build(self, page: Page, other: Page) -> None:
        """Buildbot's page of a build leads to ours, and to no other build's, for those who may."""
        page.goto("/")
        page.goto("/#/builders/1/builds/1")
        page.get_by_role("link", name="Secrets of this build").click()
        page.get_by_role("heading", name="Build 1 of builder").wait_for()
        page.go_back()
        page.get_by_role("tab", name="Debug").click()
        link = page.get_by_role("link", name="Secrets of this build")
        self.assertEqual(link.count(), 1)
        page.evaluate("location.hash = '#/builders'")
        link.wait_for(state="detached")
        other.goto("/")
        other.goto("/#/builders/1/builds/1")
        other.get_by_role("tab", name="Debug").wait_for()
        self.assertEqual(other.get_by_role("link", name="Secrets of this build").count(), 0)
        found = ("builders", "builders?tag=none", "build?id=1")
        self.check_accessibility(page, *found)
        page.goto(f"{PAGE}builders")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download as CSV").click()
        self.assertEqual(download.value.suggested_filename, "builders.csv")

    def check_menu(self, page: Page) -> None:
        """The entry of Buildbot's menu leads to the page."""
        page.goto("/")
        page.get_by_text("Secrets").first.click()
        page.wait_for_url(f"**{PAGE}")
        self.assertIn("1 request waits for you", page.inner_text("main"))

    def check_form(self, page: Page) -> None:
        """Somebody without a role types secrets, which the document never has."""
        page.goto("/")
        page.goto("/#/builders/1")
        dialog = page.get_by_role("dialog")
        line, text, plain = (
            page.locator(f'[data-bb-test-id="force-field-{name}"]')
            for name in ("keychain_secret_pw", "keychain_secret_key", "plain")
        )
        page.get_by_role("button", name="deploy").click()
        self.check_masked(line, "new-password")
        self.check_masked(text, "off")
        self.assertEqual(plain.get_attribute("type"), "text")
        line.press_sequentially("forgotten")
        text.fill("forgotten")
        dialog.get_by_role("button", name="Close").click()
        dialog.wait_for(state="detached")
        page.get_by_role("button", name="deploy").click()
        self.assertEqual((line.input_value(), text.input_value()), ("", ""))
        text.press_sequentially(LINES)
        line.press_sequentially(TYPED)
        self.check_document(page)
        dialog.get_by_role("button", name="Start Build").click()
        dialog.get_by_text("does not match").wait_for()
        self.check_document(page)
        self.check_masked(line, "new-password")
        self.assertEqual((line.input_value(), text.input_value()), (TYPED, LINES))
        plain.fill("fine")
        dialog.get_by_role("button", name="Start Build").click()
        dialog.wait_for(state="detached")

    def check_masked(self, field: Locator, autocomplete: str) -> None:
        field.wait_for()
        if field.evaluate("field => field.tagName") == "INPUT":
            self.assertEqual(field.get_attribute("type"), "password")
        mask = field.evaluate("field => getComputedStyle(field).webkitTextSecurity")
        self.assertEqual(mask, "disc")
        self.assertEqual(field.get_attribute("autocomplete"), autocomplete)
        self.assertEqual(field.get_attribute("spellcheck"), "false")

    def check_document(self, page: Page) -> None:
        document = page.evaluate("document.documentElement.outerHTML")
        for typed in (TYPED, *LINES.splitlines()):
            self.assertFalse(typed[:6] in document, "it is in the document")

    def check_keyboard(self, page: Page) -> None:
        """Without scripts and without a mouse."""
        page.goto(f"{PAGE}approvals")
        page.keyboard.press("Tab")
        self.assertEqual(page.locator(":focus").inner_text(), "Skip to the content")
        page.keyboard.press("Enter")
        for _ in range(9):
            page.keyboard.press("Tab")
            if page.locator("textarea:focus").count():
                break
        page.keyboard.type("the release was announced")
        page.keyboard.press("Tab")
        self.assertEqual(page.locator(":focus").inner_text(), "Approve")
        page.keyboard.press("Enter")
        page.get_by_text("the release was announced").wait_for()
        self.assertEqual(self.state, APPROVED)
        self.assertTrue(page.url.endswith("approvals#recent"))


class HtmlLogTests(BrowserTestCase):
    """A script in Buildbot's own origin, with the session of somebody who may approve."""

    async def start_attacked(self) -> None:
        master = await self.start_page(util.BuildFactory([Prints()]))
        await master.build()
        step = (await master.master.data.get(("builds", 1, "steps")))[-1]
        (log,) = await master.master.data.get(("steps", step["stepid"], "logs"))
        self.log = f"/api/v2/logs/{log['logid']}/raw_inline"
        self.site = master.master.www.site

    def attack(self, browser: Browser) -> dict[str, str]:
        page = self.log_in(browser, "rolf")
        page.goto(f"{PAGE}approvals")
        self.assertEqual(page.locator("button[value=approve]").count(), 1)
        page.goto(self.log)
        page.wait_for_function("document.title === 'done'")
        found: dict[str, str] = page.evaluate("window.found")
        page.context.close()
        self.assertEqual(set(found), NAMES)
        return found

    async def test_it_reads_nothing_and_approves_nothing(self) -> None:
        await self.start_attacked()

        def check(browser: Browser) -> None:
            self.assertEqual(self.attack(browser), dict.fromkeys(NAMES, ""))
            self.assertEqual(self.state, WAITING)
            self.check_without_defences(browser)

        await self.in_browser(check)

    def check_without_defences(self, browser: Browser) -> None:
        """So the script above does what an attacker would."""
        guarded = self.site.requestFactory
        self.site.requestFactory = Request
        self.assertIn("TWISTED_SESSION=", self.attack(browser)["cookie"])
        self.site.requestFactory = guarded
        with patch.object(FormTokens, "check", lambda *_args: None):
            self.attack(browser)
        self.assertEqual(self.state, APPROVED)
        self.approvals.requests["1"] = request_for()
        menu = Answer(b"// what a worker can run, unlike the menu", "text/javascript")
        with (
            patch.object(resource, "header", lambda *_args: None),
            patch.object(VIEWS["files"], "scripts", lambda *_args: succeed(menu)),
        ):
            self.assertEqual(self.attack(browser)["worker"], "registered")
        self.patch(resource, "require_navigation", lambda *_args, **_kwargs: None)
        self.assertTrue(self.attack(browser)["fetched"])
        self.assertEqual(self.state, APPROVED)
        self.approvals.requests["1"] = request_for()
        self.patch(resource, "harden", lambda request: None)
        found = self.attack(browser)
        self.assertTrue(found["framed"])
        self.assertTrue(found["opened"])
        self.assertEqual(self.state, APPROVED)
