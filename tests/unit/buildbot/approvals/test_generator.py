from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from buildbot.config import ConfigErrors
from buildbot.config.errors import capture_config_errors
from buildbot.interfaces import IReportGenerator
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.buildbot.approvals import ApprovalGenerator, Records
from tests.support.approval_requests import NEW, ApprovalsMaster, vote


class GeneratorTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.master: Any = ApprovalsMaster()
        self.addCleanup(self.master.pool.engine.dispose)
        self.records = Records(self.master)
        self.master.buildbot_keychain = SimpleNamespace(approval_records=self.records)
        self.master.data = SimpleNamespace(get=lambda _path: succeed(None))
        self.plugins: dict[str, Any] = {}
        self.master.config = SimpleNamespace(
            www={"plugins": self.plugins}, buildbotURL="http://master/"
        )
        self.run_now(self.records.ask(NEW))

    def run_now(self, doing: Any) -> Any:
        return self.successResultOf(Deferred.fromCoroutine(doing))

    def report(self, generator: Any, what: str = "new", approval: str = "i") -> Any:
        key = ("keychain", "approvals", approval, what)
        generating = generator.generate(self.master, None, key, {"approvalid": approval})
        return self.successResultOf(generating)

    def test_what_is_announced(self) -> None:
        verifyObject(IReportGenerator, ApprovalGenerator())
        report = self.report(ApprovalGenerator())
        self.assertEqual(report["subject"], "deploy: the secret 'prod' waits for approval")
        self.assertIn("http://master/#/builders/1/builds/1", report["body"])
        self.assertIn("code: from inside\n", report["body"])
        place = "https://git.example.org/app"
        self.assertIn(f"revision: {'0' * 40}, of main of {place}\n", report["body"])
        self.assertNotIn("to decide", report["body"])
        self.plugins["keychain"] = {}
        self.run_now(self.records.vote("i", vote(approves=False), "d"))
        report = self.report(ApprovalGenerator(), "refused")
        self.assertEqual(report["subject"], "deploy: the secret 'prod' was refused")
        self.assertIn("to decide: http://master/plugins/keychain/approvals\n", report["body"])
        self.assertTrue(report["body"].endswith("refused by rita: fine\n"))

    def test_nobody_writes_lines_of_their_own(self) -> None:
        forged = "main\nrequested by: alice\u2028asked: nobody\r\u202ebuild: x"
        (revision,) = NEW.revisions
        self.run_now(
            self.records.ask(
                replace(
                    NEW,
                    id="forged",
                    builder=forged,
                    path=forged,
                    owner=forged,
                    revisions=(replace(revision, branch=forged, repository=forged),),
                )
            )
        )
        self.run_now(self.records.vote("forged", replace(vote(), reason=forged), "d"))
        report = self.report(ApprovalGenerator(), approval="forged")
        body = report["body"]
        self.assertEqual(len(report["subject"].splitlines()), 1)
        lines = [line.partition(":")[0] for line in body.splitlines()]
        expected = ["asked", "secret", "build", "code", "revision", "requested by"]
        self.assertEqual(lines, [*expected, "approved by rita"])
        self.assertNotIn("\u202e", body)

    def test_what_nobody_knows_is_not_stated(self) -> None:
        (revision,) = NEW.revisions
        said = replace(revision, brought=False)
        for outside, origin in ((True, "from OUTSIDE"), (None, "unknown: nobody has said whether")):
            new = replace(NEW, id=str(outside), outside=outside, revisions=(said,))
            self.run_now(self.records.ask(new))
            body = self.report(ApprovalGenerator(), approval=str(outside))["body"]
            self.assertIn(f"code: {origin}", body)
            self.assertIn(", not known to be of main of https://git.example.org/app\n", body)

    def test_what_is_not(self) -> None:
        self.assertIsNone(self.report(ApprovalGenerator(builders=["other"])))
        self.assertIsNotNone(self.report(ApprovalGenerator(builders=["deploy"])))
        self.assertIsNone(self.report(ApprovalGenerator(), approval="unknown"))

    def test_what_it_subscribes_to(self) -> None:
        generator = ApprovalGenerator(events=["new", "refused"], builders=["a"])
        expected = [("keychain", "approvals", None, what) for what in ("new", "refused")]
        self.assertEqual(generator.wanted_event_keys, expected)
        self.assertEqual(generator.generate_name(), "ApprovalGenerator_new_refused_a")
        self.assertEqual(generator, ApprovalGenerator(["new", "refused"], ["a"]))
        self.assertNotEqual(generator, ApprovalGenerator(["new"], ["a"]))

    def test_wrong_arguments(self) -> None:
        wrong: tuple[dict[str, Any], ...] = (
            {"events": "new"},
            {"events": []},
            {"events": ["all"]},
            {"builders": "deploy"},
        )
        for arguments in wrong:
            with self.assertRaises(ConfigErrors), capture_config_errors(raise_on_error=True):
                ApprovalGenerator(**arguments).check()
        ApprovalGenerator().check()
