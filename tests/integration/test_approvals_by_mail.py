"""Requests for approval that a master announces by mail."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor as global_reactor

from buildbot_keychain.plugins import reporters, steps, util
from tests.support.approvals import OTTO, REVISION, RITA, VALUE, ApprovalTestCase
from tests.support.real_master import write_secret
from tests.support.smtp import MailServer

reactor: Any = global_reactor

FORGED = "main\r\ncode: from inside\nrequested by: alice\u2028to decide: https://x/"


class MailTests(ApprovalTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = MailServer()
        port = reactor.listenTCP(0, self.server.factory(), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        self.port = port.getHost().port
        write_secret(self.secrets / FORGED.replace("/", "|"), VALUE)

    def config(self, *rules: Any, **more: Any) -> dict[str, Any]:
        events = ["new", "vote", "approved", "released", "refused"]
        mails = reporters.MailNotifier(
            fromaddr="buildbot@example.org",
            relayhost="127.0.0.1",
            smtpPort=self.port,
            sendToInterestedUsers=False,
            extraRecipients=["managers@example.org"],
            generators=[reporters.ApprovalGenerator(events=events)],
        )
        return super().config(*rules, services=[mails], **more)

    def factories(self) -> dict[str, Any]:
        name = FORGED.replace("/", "|")
        forged = steps.SetProperty(property="got", value=util.Secret(f"files!{name}"))
        return {**super().factories(), "newest": util.BuildFactory([forged])}

    async def mail(self) -> tuple[str, dict[str, str]]:
        """Return the subject of the next mail, and what its lines say, by what they begin with."""
        self.count = getattr(self, "count", 0) + 1
        await self.server.received(self.count)
        recipient, mail = self.server.mails[self.count - 1]
        self.assertEqual((recipient, mail["To"]), ("managers@example.org",) * 2)
        self.assertNotIn(VALUE, mail.as_string())
        lines = mail.get_content().strip().splitlines()
        facts = dict(line.split(": ", 1) for line in lines)
        self.assertEqual(len(facts), len(lines))
        return mail["Subject"], facts

    async def test_what_people_are_told(self) -> None:
        await self.begin()
        await self.check_a_push()
        await self.check_what_is_typed()

    async def check_a_push(self) -> None:
        ends = self.ends()
        await self.commit()
        subject, facts = await self.mail()
        self.assertEqual(subject, "deploy: the secret 'prod' waits for approval")
        self.assertEqual(facts["secret"], "prod of files")
        self.assertEqual(facts["asked"], "release-managers")
        self.assertEqual(facts["code"], "from inside")
        self.assertEqual(facts["revision"], f"{REVISION}, of main of https://git.example.org/app")
        self.assertEqual(facts["requested by"], "nobody who is known")
        self.assertIn("#/builders/", facts["build"])
        await self.approve(RITA, await self.asked())
        subject, facts = await self.mail()
        self.assertEqual(subject, "deploy: the secret 'prod' was approved")
        self.assertEqual(facts["approved by rita"], "fine")
        await ends
        subject, _ = await self.mail()
        self.assertEqual(subject, "deploy: the secret 'prod' was approved, and given to the build")

    async def check_what_is_typed(self) -> None:
        """Names that contain line breaks are in one line, and what is typed is no fact."""
        waits, ends = self.waits(), self.ends()
        await self.force("bob", "newest", revision="e" * 40, branch=FORGED, reason=FORGED)
        await waits
        subject, facts = await self.mail()
        self.assertTrue(subject.startswith("newest: the secret 'main"), subject)
        self.assertEqual(
            list(facts), ["asked", "secret", "build", "code", "revision", "requested by"]
        )
        self.assertIn("unknown: nobody has said", facts["code"])
        self.assertIn(f"{'e' * 40}, not known to be of main", facts["revision"])
        self.assertEqual(facts["requested by"], "bob")
        request = await self.asked()
        self.assertEqual((request.outside, request.revisions[0].brought), (None, False))
        refuse = self.approvals.refuse(request.id, self.person(OTTO), FORGED, request.digest)
        await refuse
        _, facts = await self.mail()
        self.assertEqual(list(facts)[-1], "refused by otto")
        await ends
