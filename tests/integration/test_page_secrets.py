"""What the pages show of the secrets of a real master, to whom, and what they do not."""

from __future__ import annotations

import json
from typing import Any

from buildbot.plugins import steps
from twisted.internet.threads import deferToThread
from zope.interface import implementer

from buildbot_keychain.interfaces import IListsNames, ISecretProvider
from buildbot_keychain.plugins import secrets, util
from buildbot_keychain.policy import Allow
from tests.support.page_client import PageClient, forms_of
from tests.support.page_master import PageMasterTestCase
from tests.support.real_master import BUILDER_NAME, RealMaster

VALUE = "kZ4vt9Qw2LmXrTyPs6"
OTHER = "Yc5HuJe1GaVfKw7k"
XSS = "<script>alert(1)"
APP = "secret?name=files%21team%2Fapp"
TRY = f"{APP}&builder={BUILDER_NAME}&scheduler=force"
RULES = (
    ("team/*", {"builders": [BUILDER_NAME], "schedulers": ["force"]}),
    ("files!team/app", {"owners": ["vera"]}),
    ("*", {"owners": ["ada"]}),
)


@implementer(ISecretProvider, IListsNames)
class Broken:
    """Has what nobody expects in a name, and cannot list it."""

    def __init__(self) -> None:
        self.name = "broken"

    def get(self, _path: str) -> str:
        raise OSError(f"the canary {OTHER}")

    def names(self) -> Any:
        raise OSError(f"the canary {OTHER}")


class PageSecretsTests(PageMasterTestCase):
    async def begin(self) -> RealMaster:
        directory = self.directory()
        (directory / "team").mkdir(0o700)
        for name, value in (("team/app", VALUE), ("other", OTHER), (XSS, OTHER)):
            path = directory / name
            path.parent.mkdir(0o700, exist_ok=True)
            path.write_text(value)
            path.chmod(0o600)
        files = secrets.SecretInAFile(str(directory), name="files")
        policy = [Allow(path, **conditions) for path, conditions in RULES]  # type: ignore[arg-type]
        manager = secrets.SecretManager([files, Broken()], policy=policy)
        factory = util.BuildFactory(
            [steps.ShellCommand(command=["echo", util.Secret("files!team/app")], logEnviron=False)]
        )
        master = await self.start_page(factory, secretsProviders=[manager])
        self.basedir = master.basedir
        return master

    async def test_one_master(self) -> None:
        """One after the other, as a master starts slowly."""
        master = await self.begin()
        build = await master.build(scheduler="force")
        self.assertEqual(build.result, "success", build.outline())
        self.ada, self.vera, self.rolf = [
            await deferToThread(self.client, name) for name in ("ada", "vera", "rolf")
        ]
        await deferToThread(self.check_overview)
        await deferToThread(self.check_secret)
        await deferToThread(self.check_trial)
        await deferToThread(self.check_build)
        await deferToThread(self.check_builders)
        await deferToThread(self.check_ask)
        await deferToThread(self.check_viewer)

    def page(self, client: PageClient, path: str = "", status: int = 200) -> str:
        reply = client.open(path)
        self.assertEqual(reply.status, status, path)
        for value in (VALUE, OTHER, "canary"):
            self.assertFalse(value in reply.text, path)
        self.assertNotIn("<script", reply.text)
        return reply.text

    def check_overview(self) -> None:
        text = self.page(self.ada)
        for fact in ("files!team/app", "files!other", "broken", "Printed in logs", "Providers"):
            self.assertIn(fact, text)
        self.assertIn("files!&lt;script&gt;alert(1)", text)
        for search, found in (("TEAM", True), (BUILDER_NAME, True), ("othe", False)):
            text = self.page(self.ada, f"?search={search}").partition("All secrets")[2]
            self.assertEqual("files!team/app" in text, found, search)
        self.assertNotIn("All secrets", self.page(self.rolf))

    def check_secret(self) -> None:
        text = self.page(self.ada, APP)
        for fact in (
            "Allow(&#39;team/*&#39;",
            "test_page_secrets.py",
            f"builder &#39;{BUILDER_NAME}&#39;, step 1 (ShellCommand",
            "<code>command</code>",
            "#/builders/1/builds/1",
            "allowed",
            "log stdio",
            "No service, and no build that runs",
        ):
            self.assertIn(fact, text)
        self.page(self.ada, "secret?name=files%21none")
        self.page(self.ada, "secret?name=files%21team%2F..%2Fother", 404)
        self.page(self.ada, "secret?name=nobody%21team", 404)
        self.page(self.ada, "secret?name=team%2Fapp", 404)
        self.page(self.ada, "secret", 400)
        self.page(self.ada, "secret?name=broken%21x")

    def check_trial(self) -> None:
        self.assertIn(
            "<strong>denied</strong>", self.page(self.ada, f"{APP}&builder={BUILDER_NAME}")
        )
        text = self.page(self.ada, f"{TRY}&outside=yes")
        self.assertIn("the code comes from outside", text)
        self.assertIn("<strong>allowed</strong>", self.page(self.ada, f"{TRY}&outside=no"))
        self.page(self.ada, f"{APP}&builder=nobody", 400)

    def check_build(self) -> None:
        build = f"build?builder={BUILDER_NAME}&amp;number=1"
        self.assertIn(f'href="{build}"', self.page(self.ada, APP))
        text = self.page(self.ada, "build?builderid=1&number=1")
        for fact in ("<bdi>files!team/app</bdi>", "Allow(&#39;team/*&#39;", "log <bdi>stdio</bdi>"):
            self.assertIn(fact, text)
        text = self.page(self.vera, "build?id=1")
        self.assertIn("files!team/app", text)
        for hidden in ("Allow(", "stdio", "not given"):
            self.assertNotIn(hidden, text)
        self.page(self.ada, "build?id=2", 404)
        self.page(self.ada, "build", 400)

    def check_builders(self) -> None:
        text = self.page(self.ada, "builders")
        for fact in (
            f'<th scope="col"><bdi>{BUILDER_NAME}</bdi></th>',
            "allowed, depending on the build",
            "depending on schedulers</span>",
            "<span>given <time>",
        ):
            self.assertIn(fact, text)
        text = self.page(self.vera, "builders")
        self.assertIn("files!team/app", text)
        for hidden in ("!other", "alert", "schedulers", "given <time>"):
            self.assertNotIn(hidden, text)
        self.assertIn("files!other", self.page(self.ada, "builders?only=differences"))

    def check_ask(self) -> None:
        form = forms_of(self.page(self.ada, APP), "ask")[0]
        for client in (self.vera, self.rolf):
            self.assertEqual(client.send("ask", form).status, 403)
        self.assertEqual(self.ada.send("ask", form | {"name": "files!other"}).status, 403)
        reply = self.ada.send("ask", form)
        self.assertEqual((reply.status, reply.headers["location"]), (303, f"{APP}#asked"))
        text = self.page(self.ada, APP)
        self.assertIn("for <bdi>ada</bdi>: Files has answered.", text)
        self.assertIn("spellings that are looked for", text)
        broken = "secret?name=broken%21x"
        self.ada.send("ask", forms_of(self.page(self.ada, broken), "ask")[0])
        self.page(self.ada, broken)
        form = forms_of(self.page(self.ada, APP), "evict")[0]
        self.assertEqual(self.ada.send("evict", form).status, 303)

    def check_viewer(self) -> None:
        text = self.page(self.vera)
        self.assertIn("files!team/app", text)
        for hidden in ("!other", "alert", "Printed", "canary"):
            self.assertNotIn(hidden, text)
        for search in ("othe", BUILDER_NAME, "alert"):
            self.assertIn("None is found", self.page(self.vera, f"?search={search}"))
        text = self.page(self.vera, TRY)
        for hidden in ("Allow(", "ShellCommand", "form method", "spellings"):
            self.assertNotIn(hidden, text)
        gone = self.page(self.vera, "secret?name=files%21none", 404)
        self.assertEqual(self.page(self.vera, "secret?name=files%21other", 404), gone)
        for person, scope, names in (
            ("ada", "secrets:read", {"files!team/app", "files!other", f"files!{XSS}"}),
            ("vera", "secrets:read", {"files!team/app"}),
            ("nina", "secrets:read", set()),
        ):
            token = self.new_token(self.basedir, person, scope)
            reply = self.client().call("GET", "secrets", token)
            self.assertEqual({one["name"] for one in json.loads(reply.text)["secrets"]}, names)
