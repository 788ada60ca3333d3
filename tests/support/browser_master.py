"""`BrowserTestCase`: a master with the page of secrets, and a browser for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from tests.support.browser import chromium, logged_in
from tests.support.page_client import PAGE
from tests.support.page_master import PASSWORD, PageMasterTestCase


class BrowserTestCase(PageMasterTestCase):
    timeout = 600.0  # seconds

    @property
    def state(self) -> str:
        return str(self.approvals.requests["1"].state)

    def in_browser(self, do: Callable[[Browser], Any]) -> Deferred[Any]:
        def run() -> Any:
            with chromium() as browser:
                return do(browser)

        return deferToThread(run)

    def log_in(self, browser: Browser, person: str, **options: Any) -> Page:
        """Log in as Buildbot's own page does, and return a tab."""
        return logged_in(browser, f"http://127.0.0.1:{self.port}", person, PASSWORD, **options)

    def tab_to(self, page: Page, selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.locator(f"{selector}:focus").count():
                return
        self.fail(f"{selector} cannot be reached by the keyboard")

    def check_accessibility(self, page: Page, *paths: str) -> None:
        """In a light and a dark scheme, on a screen and on a phone."""
        looks: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 1280), ("dark", 360))
        for scheme, width in looks:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            for path in paths:
                page.goto(f"{PAGE}{path}")
                found = Axe().run(page)
                self.assertEqual(found.violations_count, 0, found.generate_report())
                overflow = page.evaluate("document.documentElement.scrollWidth > innerWidth")
                self.assertFalse(overflow, (scheme, width, path))
