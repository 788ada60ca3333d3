"""Approvals that come in on another master, at the same moment, or before a master is killed."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.threads import deferToThread

from buildbot_keychain.approvals import ApprovalRequest, Vote
from buildbot_keychain.buildbot.state import ApprovalsTable
from buildbot_keychain.errors import ApprovalError
from tests.support.approvals import OTTO, RITA, VALUE, ApprovalTestCase
from tests.support.master_web import MasterWeb
from tests.support.real_master import RealMasterTestCase
from tests.support.real_processes import MasterProcess


class TwoMastersTests(ApprovalTestCase):
    async def test_a_click_on_another_master(self) -> None:
        """Both share a database, and neither hears the other's events."""
        keychain = await self.begin_two(f"sqlite:///{self.directory() / 'shared.sqlite'}")
        waits, ends = self.waits(), self.ends()
        await self.commit()
        await waits
        (request,) = await keychain.approvals.waiting(self.person(RITA))
        person, digest = self.person(RITA), request.digest
        approved = await keychain.approvals.approve(request.id, person, "from afar", digest)
        self.assertEqual(approved.state, "approved")
        build = await self.build((await ends)["buildid"])
        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual(self.happened(), ["new", "released"])

    async def test_several_at_once(self) -> None:
        """Of an approval and a refusal, and of two approvals, at the same moment."""
        await self.begin()
        for people, outcomes in (
            ((("approve", RITA), ("refuse", OTTO)), {"refused", "released"}),
            ((("approve", RITA), ("approve", OTTO)), {"released"}),
        ):
            waits, ends = self.waits(), self.ends()
            await self.force("bob", revision="a" * 40)
            await waits
            request = await self.asked()
            doing = [
                maybeDeferred(
                    getattr(self.approvals, what),
                    request.id,
                    self.person(user),
                    "",
                    request.digest,
                )
                for what, user in people
            ]
            answers = await DeferredList(doing, consumeErrors=True)
            build = await self.build((await ends)["buildid"])
            (state,) = [r.state for r in await self.recent() if r.id == request.id]
            self.assertIn(state, outcomes)
            expected = "failure" if state == "refused" else "success"
            self.assertEqual(build.result, expected, build.outline())
            for succeeded, answer in answers:
                if not succeeded:
                    self.assertIsInstance(answer.value, ApprovalError)

    async def recent(self) -> list[Any]:
        found: list[Any] = await self.approvals.recent(self.person(RITA), 10)
        return found

    async def test_a_policy_that_only_reports(self) -> None:
        reports = self.manager(policy_mode="report")
        await self.begin(self.config(secretsProviders=[reports]))
        ends: Deferred[Any] = self.ends()
        await self.commit()
        build = await self.build((await ends)["buildid"])
        self.assertEqual(build.result, "success", build.outline())
        self.assertEqual(self.happened(), [])


_MASTER_CFG = """
from buildbot.plugins import schedulers, steps, worker
from buildbot.plugins import util as buildbot_util
from buildbot_keychain.plugins import secrets, util

c = BuildmasterConfig = {{"buildbotNetUsageData": None}}
c["protocols"] = {{"null": {{}}}}
c["www"] = {{"port": "tcp:0:interface=127.0.0.1"}}
c["db"] = {{"db_url": {db_url!r}}}
c["workers"] = [worker.LocalWorker("local")]
c["schedulers"] = [schedulers.ForceScheduler("force", ["deploy"])]
reads = steps.SetProperty(property="got", value=util.Secret("prod"))
factory = buildbot_util.BuildFactory([reads])
c["builders"] = [buildbot_util.BuilderConfig("deploy", workernames=["local"], factory=factory)]
c["secretsProviders"] = [secrets.SecretManager(
    providers=[secrets.SecretInAFile(name="files", dirname={dirname!r})],
    policy=[secrets.Allow("prod", forced=True, approval=secrets.Approval(by=["managers"]))],
)]
"""


class _Pool:
    """Uses a database as another master does, in the calling thread."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url)

    async def do(self, work: Any) -> Any:
        with self.engine.connect() as connection:
            return work(connection)


class KilledTests(RealMasterTestCase):
    timeout = 240.0

    def make_url(self) -> str:
        """Return the address of a new database."""
        return f"sqlite:///{self.directory() / 'state.sqlite'}"

    async def test_kill_9_between_click_and_release(self) -> None:
        """The master is held while people click elsewhere, and killed before it knows of that."""
        secrets = self.secrets_directory({"prod": VALUE})
        master = MasterProcess(self, self.directory())
        url = self.make_url()
        await master.create(_MASTER_CFG.format(dirname=str(secrets), db_url=url), url)
        await master.start()
        web = MasterWeb(await master.port_of("BuildbotSite"))
        params = {"builderid": 1, "revision": "a" * 40, "branch": "main"}
        call = {"jsonrpc": "2.0", "id": 1, "method": "force", "params": params}
        asked = master.wait_for(r"approval of files!prod .*: new")
        body, headers = json.dumps(call), {"Content-Type": "application/json"}
        answer = await deferToThread(web.post, "/api/v2/forceschedulers/force", body, headers)
        self.assertEqual(answer.status, 200, answer)
        await asked

        assert master._process is not None
        master._process.signal("STOP")
        now = await self.click(url)
        self.assertEqual(now.state, "approved")
        await master.kill()

        await master.start(r"approval of files!prod .*: released")
        await master.wait_for(r"results:success>: build finished")
        self.assertEqual(master.log.count(": released"), 1)
        self.assertNotIn(VALUE, master.log)

    async def click(self, url: str) -> ApprovalRequest:
        """Have two people approve, as nobody knows who has asked for the build."""
        pool = _Pool(url)
        self.addCleanup(pool.engine.dispose)
        table = ApprovalsTable(SimpleNamespace(db=SimpleNamespace(pool=pool)))
        now = time.time()
        (request,) = (await table.waiting(now, ["managers"], None, 2)).requests
        self.assertEqual(request.asked, "2 people of managers")
        for person in ("rita", "otto"):
            vote = Vote(person, True, ("managers",), "", int(now))
            changed = await table.vote(request.id, vote, request.digest, now)
            assert changed is not None
            request = changed.request
        return request
