"""The whole life of a secret in Chromium, without JavaScript, and who is refused."""

from __future__ import annotations

import time

from playwright.sync_api import Browser, Page

from buildbot_keychain.plugins import secrets
from buildbot_keychain.store import pending
from buildbot_keychain.store.changes import Change
from buildbot_keychain.store.metadata import TWO_PERSONS
from buildbot_keychain.store.opening import OpenStore
from tests.support.browser_master import BrowserTestCase
from tests.support.page_client import PAGE

VALUES = {
    "line": "kZ4vt9Qw2LmXrTyPs6",
    "text": "-----BEGIN KEY-----\nYc5HuJe1GaVf\n-----END KEY-----",
    "file": "Wq8zNb3RtUxKd5",
}
PIECES = ("kZ4vt9", "Yc5HuJ", "Wq8zNb")
"""One of each value."""

NAME = "deploy/token & more"


class ChangeTests(BrowserTestCase):
    async def test_the_whole_life_of_a_secret(self) -> None:
        self.store = self.store_in(self.directory())
        manager = secrets.SecretManager([secrets.SecretInStore(**self.store)])
        await self.start_page(secretsProviders=[manager])
        await self.in_browser(self.check)

    def check(self, browser: Browser) -> None:
        page = self.log_in(browser, "ada", java_script_enabled=False)
        self.check_added(page)
        self.check_replaced(page)
        self.check_mistake(page)
        self.check_back(page)
        self.check_rest(page)
        self.check_second_editor(browser)
        self.check_refused(browser)
        self.ask_as_olga()
        paths = ("add", "change?name=store!deploy/other", "changes", "keys")
        self.check_accessibility(self.log_in(browser, "ada"), *paths)
        page = self.log_in(browser, "ada", java_script_enabled=False)
        self.check_confirmed(page)
        self.check_purged(page, self.log_in(browser, "ada"))

    def value(self, name: str = NAME) -> str | None:
        return self.value_in(self.store, name)

    def ask_as_olga(self) -> None:
        """Have somebody else ask for a change of a secret that two people change."""
        store = OpenStore(self.store["url"], self.store["key_file"], actor="olga (page)")
        now = int(time.time())
        store.secrets.set("both", VALUES["line"], now=now, tags=[TWO_PERSONS])
        pending.make(store.secrets, now, Change("replace", "both", value=VALUES["file"]))
        store.close()

    def check_confirmed(self, page: Page) -> None:
        page.goto(f"{PAGE}change?name=store!both")
        page.get_by_role("link", name="confirm").click()
        self.check_document(page)
        page.get_by_role("button", name="Confirm").click()
        page.get_by_text("The change is made.").wait_for()
        self.assertEqual(self.value("both"), VALUES["file"])

    def check_purged(self, page: Page, looking: Page) -> None:
        page.goto(f"{PAGE}change?name=store!deploy/other")
        self.save(page, "Delete", "The secret is deleted.")
        page.get_by_role("link", name="remove it for good").click()
        self.check_accessibility(looking, "purge?name=store!deploy/other", "deleted?days=0")
        self.tab_to(page, "#sure")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_text("1 secret is removed for good.").wait_for()
        self.check_document(page)

    def save(self, page: Page, button: str, said: str) -> None:
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_text(said).wait_for()
        self.check_document(page)

    def check_document(self, page: Page) -> None:
        """Nothing of any value is in the document or its address, and the fields are empty."""
        document = page.content() + page.url
        for piece in PIECES:
            self.assertFalse(piece in document, "a value is in the document")
        for name in ("line", "text", "file"):
            if page.locator(f"#{name}").count():
                self.assertEqual(page.locator(f"#{name}").input_value(), "")

    def check_added(self, page: Page) -> None:
        page.goto(PAGE)
        page.get_by_role("navigation").get_by_role("link", name="Add a secret").click()
        page.get_by_label("Name, such as").fill(NAME)
        line = page.get_by_label("One line")
        self.assertEqual(line.get_attribute("type"), "password")
        line.fill(VALUES["line"])
        page.get_by_label("Tags").fill("prod, registry")
        self.save(page, "Add", "The secret is added.")
        self.assertEqual(self.value(), VALUES["line"])

    def check_replaced(self, page: Page) -> None:
        text = page.get_by_label("Several lines")
        for name, wanted in (("autocomplete", "off"), ("spellcheck", "false")):
            self.assertEqual(text.get_attribute(name), wanted)
        mask = text.evaluate("field => getComputedStyle(field).webkitTextSecurity")
        self.assertEqual(mask, "disc")
        text.fill(VALUES["text"])
        self.save(page, "Save", "The value is replaced.")
        self.assertEqual(self.value(), VALUES["text"] + "\n")
        page.set_input_files(
            "#file", {"name": "x", "mimeType": "text/plain", "buffer": VALUES["file"].encode()}
        )
        page.get_by_label("Description").fill("of the registry")
        self.save(page, "Save", "The value is replaced.")
        self.assertEqual(self.value(), VALUES["file"])
        page.get_by_label("Who may have it").select_option("named")
        page.get_by_label("Builders, one on a line").fill("release-*\nnightly")
        page.get_by_label("Expires on").fill("2099-01-31")
        self.save(page, "Save", "What is known of the secret is changed.")
        self.assertEqual(page.get_by_label("Expires on").input_value(), "2099-01-31")
        page.get_by_label("Or make one").select_option("ssh")
        self.save(page, "Save", "The value is replaced.")
        self.assertIn("PRIVATE KEY", self.value() or "")

    def check_mistake(self, page: Page) -> None:
        page.get_by_label("One line").fill(VALUES["line"])
        page.get_by_label("Several lines").fill(VALUES["text"])
        page.get_by_label("Tags").fill("kept")
        self.save(page, "Save", "Give the value in one way")
        self.assertEqual(page.get_by_label("Tags").input_value(), "kept")
        self.save(page, "Save", "What is known of the secret is changed.")

    def check_back(self, page: Page) -> None:
        """What was typed is not in the history of the browser."""
        address = page.url
        page.get_by_label("One line").fill(VALUES["line"])
        page.get_by_label("Several lines").fill(VALUES["text"])
        page.goto(f"{PAGE}approvals")
        page.go_back()
        page.get_by_role("heading", name="Versions").wait_for()
        self.assertEqual(page.url, address)
        self.check_document(page)
        page.get_by_label("One line").fill(VALUES["line"])
        page.reload()
        self.check_document(page)

    def check_rest(self, page: Page) -> None:
        page.get_by_label("Make this version").select_option("1")
        self.save(page, "Roll back", "An older version is the current one.")
        self.assertEqual(self.value(), VALUES["line"])
        page.get_by_label("New name").fill("deploy/other")
        self.save(page, "Rename", "The secret has its new name.")
        self.save(page, "Delete", "The secret is deleted.")
        self.assertIsNone(self.value("deploy/other"))
        self.save(page, "Bring it back", "The secret is back.")
        self.assertEqual(self.value("deploy/other"), VALUES["line"])
        self.assertIn("ada (page)", page.inner_text("main"))

    def check_second_editor(self, browser: Browser) -> None:
        first, second = (self.log_in(browser, "ada", java_script_enabled=False) for _ in range(2))
        for page in (first, second):
            page.goto(f"{PAGE}change?name=store!deploy/other")
        first.get_by_label("Description").fill("by the first")
        self.save(first, "Save", "What is known of the secret is changed.")
        second.get_by_label("Description").fill("by the second")
        second.get_by_label("One line").fill(VALUES["line"])
        self.save(second, "Save", "somebody else has changed it")
        self.assertEqual(second.get_by_label("Description").input_value(), "by the second")
        self.assertIn("by the first", second.inner_text("dl"))

    def check_refused(self, browser: Browser) -> None:
        """A reader, a stranger, and a session that has ended while a form was open."""
        for person in ("vera", "nina"):
            page = self.log_in(browser, person, java_script_enabled=False)
            for path in ("add", "change?name=store!deploy/other"):
                page.goto(f"{PAGE}{path}")
                self.assertIn("You may not", page.inner_text("main"))
            page.goto(PAGE)
            self.assertEqual(page.get_by_role("link", name="Add a secret").count(), 0)
        page = self.log_in(browser, "ada", java_script_enabled=False)
        page.goto(f"{PAGE}change?name=store!deploy/other")
        page.get_by_label("One line").fill(VALUES["text"][:9])
        page.context.clear_cookies()
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_role("link", name="Log in").wait_for()
        self.assertEqual(self.value("deploy/other"), VALUES["line"])
