"""Approvals of a real master's builds, given on its page."""

from __future__ import annotations

from typing import Any

from buildbot.plugins import util as buildbot_util
from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread

from tests.support.approvals import REVISION, VALUE, ApprovalTestCase
from tests.support.page_client import PageClient, forms_of, over_http
from tests.support.real_master import RealMaster

PASSWORD = "the password of everybody"
PEOPLE = ("rita", "otto", "bob")


class PageApprovalTests(ApprovalTestCase):
    def config(self, *rules: Any, **more: Any) -> dict[str, Any]:
        config = super().config(*rules, **more)
        auth = buildbot_util.UserPasswordAuth(dict.fromkeys(PEOPLE, PASSWORD))
        config["www"] |= {"auth": auth, "plugins": {"keychain": {}}}
        return config

    async def watch(self, real: RealMaster) -> None:
        await super().watch(real)
        port = real.master.www.getPortnum()
        origin = f"http://127.0.0.1:{port}"
        real.master.config.buildbotURL = f"{origin}/"
        self.clients = {name: PageClient(over_http(port), origin) for name in PEOPLE}

    async def log_in(self) -> None:
        for name, client in self.clients.items():
            await deferToThread(client.log_in, name, PASSWORD)

    async def text(self, name: str) -> str:
        reply = await deferToThread(self.clients[name].open, "approvals")
        return reply.text

    async def form(self, name: str) -> dict[str, str]:
        """Return the form that a person is shown, filled in to approve."""
        (form,) = forms_of(await self.text(name))
        return {**form, "decision": "approve", "reason": "it was announced"}

    async def send(self, name: str, form: dict[str, str]) -> int:
        reply = await deferToThread(self.clients[name].send, "approvals", form)
        return reply.status

    async def test_one_master_and_a_restart(self) -> None:
        """One after the other, as a master starts slowly."""
        await self.begin()
        await self.log_in()
        await self.check_two_at_once()
        await self.check_who_does_not_count()
        await self.check_restart()

    async def check_two_at_once(self) -> None:
        waits, ends = self.waits(), self.ends()
        await self.commit()
        await waits
        reply = await deferToThread(self.clients["bob"].open, "approvals")
        self.assertEqual(reply.status, 403)
        text = await self.text("rita")
        for fact in ("files!prod", "deploy", REVISION, "Carl &lt;c@x&gt;", "release-managers"):
            self.assertIn(fact, text)
        forms = {name: await self.form(name) for name in ("rita", "otto")}
        self.assertEqual(await self.send("bob", forms["rita"]), 403)
        self.assertEqual(await self.send("otto", forms["rita"]), 403)
        sent = [
            deferToThread(self.clients[name].send, "approvals", form)
            for name, form in forms.items()
        ]
        self.assertEqual(sorted(reply.status for reply in await gatherResults(sent)), [303, 409])
        await ends
        build = await self.build(1)
        self.assertEqual(build.result, "success", build.outline())
        text = await self.text("rita")
        self.assertIn("released", text)
        self.assertIn("it was announced", text)
        self.assertNotIn(VALUE, text)
        self.assertEqual(forms_of(text), [])

    async def check_who_does_not_count(self) -> None:
        """She can refuse what she has asked for herself."""
        waits, ends = self.waits(), self.ends()
        await self.force("rita", revision=REVISION)
        await waits
        self.assertIn("somebody else must approve", await self.text("rita"))
        form = await self.form("rita")
        self.assertEqual(await self.send("rita", form), 409)
        self.assertEqual(await self.send("rita", form | {"decision": "refuse"}), 303)
        build = await self.build((await ends)["buildid"])
        self.assertEqual(build.result, "failure", build.outline())

    async def check_restart(self) -> None:
        """A form that was shown before it is good after it, in the same session."""
        waits = self.waits()
        await self.commit(REVISION[::-1])
        await waits
        form, cookie = await self.form("rita"), self.clients["rita"].cookie
        await self.real.stop()
        config, basedir = self.config(), self.real.basedir
        self.real = await self.start_master(config, basedir=basedir, worker=False)
        await self.watch(self.real)
        ends = self.ends()
        self.clients["rita"].cookie = cookie
        self.assertEqual(await self.send("rita", form), 303)
        build = await self.build((await ends)["buildid"])
        self.assertEqual(build.result, "success", build.outline())
