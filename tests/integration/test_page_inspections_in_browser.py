"""Check and doctor on the page of a real master, in Chromium: by the keyboard, without scripts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread

from tests.support.browser_master import BrowserTestCase
from tests.support.page_client import PAGE
from tests.support.running_inspections import ended_inspection

CANARY = "kZ4vt9Qw2LmXrTyPs6"
CONFIGURATION = """
from buildbot_keychain.plugins import reporters, schedulers, secrets, steps, util, worker
print(open("secrets/there").read())
with open("fifo") as waited_for:
    waited_for.read()
c = BuildmasterConfig = {
    "protocols": {"pb": {"port": "tcp:0:interface=127.0.0.1"}},
    "workers": [worker.Worker("w", "a password of nobody")],
    "schedulers": [schedulers.ForceScheduler("force", ["b", "deploy"])],
}
command = ["curl", util.Secret("there"), util.Secret("gone")]
factory = util.BuildFactory([steps.ShellCommand(command=command) for _ in range(60)])
c["builders"] = [
    util.BuilderConfig(name, workername="w", factory=factory) for name in ("b", "deploy")
]
policy = [secrets.Allow("*", builders=["deploy"], branches=["main"])]
c["secretsProviders"] = [
    secrets.SecretManager([secrets.SecretInAFile(name="files", dirname="secrets")], policy=policy)
]
"""


class InspectionTests(BrowserTestCase):
    async def test_an_administrator_has_both_run(self) -> None:
        self.running = await self.start_page()
        self.master = self.running.master
        self.basedir = Path(self.master.basedir)
        (self.basedir / "secrets").mkdir(mode=0o700)
        (self.basedir / "secrets" / "there").write_text(CANARY)
        (self.basedir / "secrets" / "there").chmod(0o600)
        (self.basedir / "master.cfg").write_text(CONFIGURATION)
        os.mkfifo(self.basedir / "fifo")
        await self.in_browser(self.check)

    def check(self, browser: Browser) -> None:
        page = self.log_in(browser, "ada", java_script_enabled=False)
        looking = self.log_in(browser, "ada")
        for task in ("check", "doctor"):
            page.goto(f"{PAGE}{task}")
            page.get_by_text("Nobody has begun one").wait_for()
            self.press(page, "no")
            self.wait_for_process(page)
            if task == "check":
                self.check_accessibility(looking, task)
                self.reconfigure()
            self.let_end(page)
            self.check_accessibility(looking, task)
        self.check_found(page)
        page.goto(f"{PAGE}check")
        page.get_by_text("has read its configuration again since then").wait_for()
        self.check_accessibility(looking, "check-secrets", "")

    def press(self, page: Page, value: str) -> None:
        """Go to a button by the keyboard, and press it."""
        self.tab_to(page, f"button[value={value}]")
        page.keyboard.press("Enter")
        page.get_by_text("It goes on, begun by ada").wait_for()

    def wait_for_process(self, page: Page) -> None:
        """Wait until a process executes the configuration, which waits for us."""
        self.writing = os.open(self.basedir / "fifo", os.O_WRONLY)
        page.get_by_role("link", name="How far is it now?").click()
        page.get_by_text("executing the configuration").wait_for()

    def reconfigure(self) -> None:
        """Reconfigure the master, which makes its pages anew."""

        def reconfigure() -> Any:
            reconfiguring = self.running.reconfigure(self.page_configuration())
            return Deferred.fromCoroutine(reconfiguring)

        blockingCallFromThread(self.master.reactor, reconfigure)
        self.set_url(self.running, f"http://127.0.0.1:{self.port}/")

    def let_end(self, page: Page) -> None:
        os.close(self.writing)
        blockingCallFromThread(self.master.reactor, lambda: ended_inspection(self.master))
        page.get_by_role("link", name="How far is it now?").click()
        page.get_by_text("Result of").wait_for()

    def check_found(self, page: Page) -> None:
        page.goto(f"{PAGE}check")
        page.get_by_text("no provider holds the secret").wait_for()
        page.get_by_role("link", name="which, and who is given them").click()
        page.get_by_label("Secret", exact=True).fill("there")
        page.get_by_label("Builder").fill("dep*")
        page.keyboard.press("Enter")
        page.get_by_text("Places 1 to 60 of 60").wait_for()
        self.assertEqual(page.get_by_text("allowed, depending on branches").count(), 60)
        page.goto(PAGE)
        page.get_by_role("link", name="What doctor has found").click()
        page.get_by_role("heading", name="Examination of the installation").wait_for()
        self.assertNotIn(CANARY, page.content())
