"""`chromium`: a real browser without a window, driven by Playwright; `logged_in`: a tab of it.

Everything here blocks.

The browser is the distribution's own; Playwright's would have to be downloaded.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from twisted.trial.unittest import SkipTest

try:
    from playwright.sync_api import Browser, Page, sync_playwright
except ImportError as missing:
    reason = f"Playwright is needed to drive a browser: {missing.name}"
    raise SkipTest(reason) from None


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser; call it outside of the reactor's thread."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SkipTest("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            # Tests may run as root, and in containers with little shared memory.
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
        try:
            yield browser
        finally:
            browser.close()


def logged_in(browser: Browser, origin: str, person: str, password: str, **options: Any) -> Page:
    """Log in to a master as Buildbot's own page does, and return a tab."""
    context = browser.new_context(
        base_url=origin, http_credentials={"username": person, "password": password}, **options
    )
    page = context.new_page()
    # It leads to Buildbot's own application, which takes long to start.
    page.route("**/assets/**", lambda route: route.abort())
    page.goto("/auth/login")
    page.unroute_all()
    return page
