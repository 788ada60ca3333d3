"""`chromium`: a real browser without a window, driven by Playwright. Everything here blocks.

The browser is the distribution's own; Playwright's would have to be downloaded.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from twisted.trial.unittest import SkipTest

try:
    from playwright.sync_api import Browser, sync_playwright
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
