"""Labels in what a browser or a mail program reads as HTML."""

from __future__ import annotations

from typing import Any

from buildbot.plugins import reporters
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from buildbot.reporters.utils import getDetailsForBuild
from twisted.internet.defer import Deferred

from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import RealMasterTestCase

NAME = "img src=x onerror=alert(1)"
SHOWN = "&lt;img src=x onerror=alert(1)&gt;"


class Page(BuildStep):
    """Writes a page of HTML, and says in its state what it has."""

    name = "page"
    renderables = ("token",)

    def __init__(self, token: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.token = token

    async def write(self) -> int:
        """Write the page."""
        await self.addHTMLLog("page", f"<p>{self.token}</p>")
        self.descriptionDone = f"has {self.token}"
        self.build.setProperty("reason", f"for {self.token}", "test")
        return SUCCESS

    def run(self) -> Deferred[int]:
        """See `write`."""
        return Deferred.fromCoroutine(self.write())


class HtmlTests(RealMasterTestCase):
    """A secret whose name is markup."""

    async def test_log_and_mail(self) -> None:
        """Its label is text wherever it is shown."""
        files = self.secrets_directory({NAME: "q8ZkV2mXw4LrT9sYbN6cJ3"})
        factory = util.BuildFactory([Page(util.Secret(NAME))])
        provider = secrets.SecretInAFile(dirname=str(files))
        master = await self.start_master(self.configuration(factory, secretsProviders=[provider]))
        build = await master.build()
        step = build.step("page")
        self.assertEqual(step.logs["page"], f"<p>{SHOWN}</p>\n")
        self.assertEqual(step.state, f"has <{NAME}>")

        details = await master.master.data.get(("builds", str(build.buildid)))
        await getDetailsForBuild(master.master, details, want_properties=True, want_steps=True)
        for kind, label in (("html", SHOWN), ("plain", f"<{NAME}>")):
            formatter = reporters.MessageFormatter(template_type=kind)
            mail = await formatter.format_message_for_build(
                master.master, details, users=[], mode=("all",)
            )
            self.assertIn(f"for {label}", mail["body"])
            self.assertEqual(f"<{NAME}>" in mail["body"], kind == "plain")
