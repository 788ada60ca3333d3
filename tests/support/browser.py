"""`chromium`: a real browser without a window, driven by Playwright; `new_tab`: a tab of it.

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

_PATIENCE = 100_000.0
"""Milliseconds until something appears on a busy machine: Buildbot's own application is large."""


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


def new_tab(browser: Browser, origin: str, **options: Any) -> Page:
    """Return a tab for a server, with cookies of its own."""
    context = browser.new_context(base_url=origin, **options)
    context.set_default_timeout(_PATIENCE)
    return context.new_page()


def logged_in(browser: Browser, origin: str, person: str, password: str, **options: Any) -> Page:
    """Log in to a master as Buildbot's own page does, and return a tab."""
    credentials = {"username": person, "password": password}
    page = new_tab(browser, origin, http_credentials=credentials, **options)
    # It leads to Buildbot's own application, which takes long to start.
    page.route("**/assets/**", lambda route: route.abort())
    page.goto("/auth/login")
    page.unroute_all()
    return page
