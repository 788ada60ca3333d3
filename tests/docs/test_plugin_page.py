"""`examples/plugin_page.py` is served, and used as a person with a browser uses it."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase
from twisted.web.server import Site

from buildbot_keychain.testing import SealedStateInMemory
from tests.support.page_client import FORM, Reply, over_http

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "plugin_page.py"
TOKEN, KEY = "canary-of-the-token", "BEGIN\r\ncanary-of-the-key\r\nEND\r\n"
_HIDDEN = re.compile(r'<input type="hidden" name="([\w.]+)" value="([^"]*)">')


def session_of(request: Any) -> bytes | None:
    cookie: bytes | None = request.getCookie(b"s")
    return cookie


class PluginPageTests(TestCase):
    timeout = 60.0  # seconds

    def setUp(self) -> None:
        example: Any = runpy.run_path(str(EXAMPLE))
        self.state = SealedStateInMemory()
        page = example["AccountPage"](self.state, b"k" * 32, session_of)
        port: Any = reactor.listenTCP(0, Site(page), interface="127.0.0.1")  # type: ignore[arg-type]
        self.addCleanup(port.stopListening)
        self.ask = over_http(port.getHost().port)

    def kept(self, name: str) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.state.get(name))

    def open(self, cookie: str = "s=ada", path: str = "/") -> Reply:
        return self.ask("GET", path, {"Cookie": cookie}, None)

    def save(self, page: Reply, cookie: str = "s=ada", **typed: str) -> Reply:
        """Send the form of a page with what somebody has typed."""
        fields = {"token": "", "key": "", **dict(_HIDDEN.findall(page.text)), **typed}
        headers = {"Cookie": cookie, "Content-Type": FORM}
        reply = self.ask("POST", "/", headers, urlencode(fields).encode())
        self.assertNotIn("canary", reply.text)
        return reply

    async def test_a_person_sets_keeps_and_removes_secrets(self) -> None:
        page = await deferToThread(self.open)
        self.assertNotIn("Concealed", page.text)
        style = await deferToThread(self.open, "", "/fields.css")
        self.assertIn("webkit-text-security", style.text)
        page = await deferToThread(self.save, page, token=TOKEN, key=KEY)
        self.assertEqual(page.text.count("Concealed"), 2)
        kept = await self.kept("token"), await self.kept("key")
        self.assertEqual(kept, (TOKEN, KEY.replace("\r\n", "\n")))
        self.assertNotIn("canary", str(self.state.texts))
        removed = await deferToThread(lambda: self.save(page, **{"key.remove": "yes"}))
        self.assertEqual(removed.text.count("Concealed"), 1)
        self.assertEqual((await self.kept("token"), await self.kept("key")), (TOKEN, None))
        late = await deferToThread(self.save, page, key="canary-2")
        self.assertEqual(late.status, 409)

    async def test_forms_of_others_change_nothing(self) -> None:
        page = await deferToThread(self.open)
        for cookie in ("", "s=eve"):
            reply = await deferToThread(self.save, page, cookie, token=TOKEN)
            self.assertEqual(reply.status, 403)
        self.assertIsNone(await self.kept("token"))
