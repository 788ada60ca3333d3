"""Makes pictures of the pages of secrets, of a real master and in a real browser.

Run ``python -m tests.screenshots DIRECTORY`` at the top of the repository for all pages, in a light
and a dark scheme, on a screen and on a phone; ``python -m tests.screenshots --docs`` makes those
again that the documentation shows. Chromium must be installed.
"""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page
from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.internet.threads import deferToThread

from buildbot_keychain.web.host_inspections import TASKS
from tests.screenshots import demo
from tests.support.browser import chromium, logged_in
from tests.support.page_client import PAGE, PageClient, over_http
from tests.support.real_master import RealMaster
from tests.support.running_inspections import ended_inspection

DOCS = Path(__file__).parents[2] / "docs" / "_static" / "page"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1280, 390)
PAGES = {
    "overview": ("ada", ""),
    "secret": ("ada", "secret?name=store!npm/publish-token&builder=release&branch=main&forced=yes"),
    "denied": ("ada", "secret?name=store!npm/publish-token&builder=docs&outside=yes#tried"),
    "change": ("ada", "change?name=store!npm/publish-token"),
    "two-persons": ("ada", "change?name=store!deploy/ssh-key"),
    "undelete": ("ada", "change?name=store!old/ftp-password"),
    "add": ("ada", "add"),
    "approvals": ("rita", "approvals"),
    "changes": ("ada", "changes"),
    "deleted": ("ada", "deleted"),
    "purge": ("ada", "purge?name=store!old/ftp-password"),
    "keys": ("ada", "keys"),
    "check": ("ada", "check#result"),
    "check-secrets": ("ada", "check-secrets"),
    "doctor": ("ada", "doctor"),
    "audit": ("ada", "audit"),
    "no-events": ("ada", "audit?secret=nothing"),
    "builders": ("ada", "builders"),
    "build": ("ada", "build?builder=app-macos&number=1"),
    "forms": ("tom", "force"),
    "force": ("tom", "force?scheduler=deploy&builder=deploy-production"),
    "viewer": ("vera", ""),
    "found": ("ada", "?search=docs"),
    "nothing-found": ("ada", "?search=nothing"),
    "hidden": ("ada", "build?builder=docs&number=1"),
    "viewer-secret": ("vera", "secret?name=store!docs/upload"),
    "viewer-builders": ("vera", "builders"),
    "refusal": ("tom", "add"),
    "missing": ("ada", "secret?name=store!none"),
    "stranger": ("", ""),
}
"""What each picture shows: whose page it is, and where."""

IN_DOCS = ("overview", "secret", "change", "approvals", "builders", "check", "force")
_HEIGHT = 800
_QUALITY = 0.8
_CONVERT = """async ([png, quality]) => {
  const picture = new Image();
  picture.src = "data:image/png;base64," + png;
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""


def main(arguments: Sequence[str]) -> None:
    """Start a master and a browser, and write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("directory", nargs="?", type=Path, help="where to write all of them")
    parser.add_argument("--docs", action="store_true", help="write those of the documentation")
    options = parser.parse_args(arguments)
    if options.docs == (options.directory is not None):
        parser.error("give a directory, or --docs")
    with tempfile.TemporaryDirectory(prefix="ci-") as directory:
        run = _run(Path(directory), options.directory)
        react(lambda _reactor: Deferred.fromCoroutine(run))


async def _run(directory: Path, target: Path | None) -> None:
    for name in ("master", "keys"):
        (directory / name).mkdir(mode=0o700)
    demo.make_files(directory)
    master = RealMaster(directory / "master", demo.configuration(directory), "null")
    await master.start()
    try:
        port = master.master.www.getPortnum()
        origin = f"http://127.0.0.1:{port}"
        master.master.config.buildbotURL = f"{origin}/"
        client = PageClient(over_http(port), origin)
        await deferToThread(client.log_in, "tom", demo.PASSWORD)
        await demo.run_builds(master, client)
        asked = master.event(("keychain", "approvals", None, "new"))
        await deferToThread(demo.ask_for_approval, client)
        await asked
        await deferToThread(client.log_in, "ada", demo.PASSWORD)
        for task in TASKS:
            await deferToThread(demo.begin_inspection, client, task)
            await ended_inspection(master.master)
        await deferToThread(_take_all, origin, target)
    finally:
        await master.stop()


def _take_all(origin: str, target: Path | None) -> None:
    names = IN_DOCS if target is None else tuple(PAGES)
    directory = DOCS if target is None else target
    directory.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        blank = browser.new_page()
        people = dict.fromkeys(PAGES[name][0] for name in names)
        tabs = {person: _tab(browser, origin, person) for person in people}
        for name, scheme in product(names, SCHEMES):
            tab = tabs[PAGES[name][0]]
            if target is None:
                webp = _as_webp(blank, _shot(tab, name, scheme, WIDTHS[0]))
                (directory / f"{name}-{scheme}.webp").write_bytes(webp)
                continue
            for width in WIDTHS:
                shot = _shot(tab, name, scheme, width, whole=True)
                (directory / f"{name}-{scheme}-{width}.png").write_bytes(shot)


def _as_webp(blank: Page, png: bytes) -> bytes:
    encoded = blank.evaluate(_CONVERT, [base64.b64encode(png).decode(), _QUALITY])
    return base64.b64decode(encoded)


def _tab(browser: Browser, origin: str, person: str) -> Page:
    if not person:
        return browser.new_page(base_url=origin, java_script_enabled=False)
    return logged_in(browser, origin, person, demo.PASSWORD, java_script_enabled=False)


def _shot(
    page: Page, name: str, scheme: Literal["light", "dark"], width: int, *, whole: bool = False
) -> bytes:
    """Return a picture as PNG.

    :param whole: whether of all of the page, and not of what is in the window at first.
    """
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": _HEIGHT})
    page.goto(f"{PAGE}{PAGES[name][1]}")
    return page.screenshot(full_page=whole)


if __name__ == "__main__":
    main(sys.argv[1:])
