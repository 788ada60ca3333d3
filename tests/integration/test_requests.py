"""Who asks for builds and where their code is from, by every route into a real master."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
from typing import Any
from urllib.parse import urlencode

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import changes, schedulers, steps, worker
from buildbot.plugins import util as buildbot_util
from buildbot.process.buildrequest import TempChange, TempSourceStamp
from buildbot.schedulers.trysched import Try_Userpass_Perspective
from buildbot.secrets.providers.base import SecretProviderBase
from twisted.internet.threads import deferToThread
from zope.interface import implementer

from buildbot_keychain.buildbot.builds import Asker
from buildbot_keychain.details import Requester
from buildbot_keychain.interfaces import IRequesterAware
from buildbot_keychain.plugins import util
from tests.support import change_payloads as payloads
from tests.support.builds import FakeBuild
from tests.support.change_payloads import ACME, FORK, Sent
from tests.support.http_server import SecretServer, listen
from tests.support.master_web import MasterWeb
from tests.support.real_master import RealMaster, RealMasterTestCase

KEY = "the-key-of-a-web-hook"
PASSWORDS = {"alice": "the-password-of-alice", "bob": "the-password-of-bob"}
_JSON = {"Content-Type": "application/json"}


@implementer(IRequesterAware)
class Recorder(SecretProviderBase):
    """Has every secret, and notes who asks for it."""

    name = "recorder"

    def reconfigService(self) -> None:
        self.requesters: list[Requester] = []

    def get_for(self, path: str, requester: Requester) -> str:
        self.requesters.append(requester)
        return f"a-value-of-{path}"


def builder(name: str, *more: Any) -> BuilderConfig:
    asking = steps.SetProperty(property="asked", value=util.Interpolate("%(secret:x)s"))
    return BuilderConfig(
        name=name, workernames=["local"], factory=buildbot_util.BuildFactory([asking, *more])
    )


class RequestTestCase(RealMasterTestCase):
    protocol = "null"
    timeout = 120.0

    api = ""

    def config(self) -> dict[str, Any]:
        forge = steps.SetProperties(
            properties={
                "got_revision": "f0",
                "owner": "alice",
                "scheduler": "nightly",
                "branch": "main",
                "virtual_builder_name": "deploy",
            }
        )
        follow, passing = (
            steps.Trigger(schedulerNames=["trigger"], waitForFinish=True, **how)
            for how in ({"updateSourceStamp": True}, {"updateSourceStamp": False})
        )
        return {
            "builders": [
                builder("commits"),
                builder("forging", forge, follow, passing),
                builder("child"),
            ],
            "workers": [worker.LocalWorker("local", missing_timeout=0)],
            "schedulers": [
                schedulers.AnyBranchScheduler("commits", builderNames=["commits"]),
                schedulers.AnyBranchScheduler(
                    "forging",
                    builderNames=["forging"],
                    change_filter=buildbot_util.ChangeFilter(project="forging"),
                ),
                schedulers.Triggerable("trigger", ["child"]),
                schedulers.ForceScheduler("force", ["forging", "commits"]),
                schedulers.Try_Userpass("try", ["forging"], port=0, userpass=[]),
            ],
            "secretsProviders": [Recorder()],
            "www": {
                "port": "tcp:0:interface=127.0.0.1",
                "auth": buildbot_util.UserPasswordAuth(PASSWORDS),
                "authz": buildbot_util.Authz(),
                "change_hook_dialects": {
                    "base": True,
                    "github": {
                        "secret": KEY,
                        "strict": True,
                        "github_property_whitelist": ["github.*.repo.full_name"],
                        "github_api_endpoint": self.api,
                    },
                    "gitlab": {"secret": KEY},
                    "bitbucketserver": {},
                    "bitbucketcloud": {},
                },
            },
        }

    async def begin(self, **more: Any) -> None:
        pull_request = payloads.github_pull_request("p1").body["pull_request"]
        api = SecretServer()

        def answer(request: Any) -> bytes:
            path = request.path.decode()
            of_bitbucket = path.startswith("/2.0/")
            of_github = payloads.answer_of_github(path, pull_request)
            return json.dumps(
                payloads.answer_of_bitbucket(self.api) if of_bitbucket else of_github
            ).encode()

        api.answer = answer
        self.api = f"http://127.0.0.1:{listen(self, api)}"
        self.master = await self.start_master(self.config() | more)
        self.web = MasterWeb(self.master.master.www.getPortnum())

    def recorded(self, master: RealMaster | None = None) -> list[Requester]:
        found = (master or self.master).master.namedServices["secrets"].namedServices["recorder"]
        requesters: list[Requester] = found.requesters
        return requesters

    async def asked(self, do: Any) -> dict[str, list[Requester]]:
        """Return who has asked for secrets, by builder, in the builds that `do` makes."""
        self.recorded().clear()
        known = {each["bsid"] for each in await self.master.master.data.get(("buildsets",))}
        done = self.master.event(
            ("buildsets", None, "complete"),
            lambda message: message["bsid"] not in known and message["parent_buildid"] is None,
        )
        await do()
        await done
        found: dict[str, list[Requester]] = {}
        for requester in self.recorded():
            found.setdefault(str(requester.builder), []).append(requester)
        return found

    async def send(self, sent: Sent, key: str | None = KEY) -> int:
        """Send a payload to a hook, and return the status of the answer."""
        body = urlencode(sent.body) if sent.dialect == "base" else json.dumps(sent.body)
        headers = dict([sent.event])
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        if sent.dialect != "base":
            headers |= _JSON
        if key is not None and sent.dialect == "github":
            digest = hmac.new(key.encode(), body.encode(), hashlib.sha1).hexdigest()
            headers["X-Hub-Signature"] = f"sha1={digest}"
        if key is not None and sent.dialect == "gitlab":
            headers["X-Gitlab-Token"] = key
        path = f"/change_hook/{sent.dialect}"
        return (await deferToThread(self.web.post, path, body, headers)).status

    async def accepted(self, sent: Sent) -> None:
        """Send a payload that a hook accepts."""
        self.assertEqual(await self.send(sent), 200, sent)

    async def log_in(self, person: str) -> dict[str, str]:
        """Return the headers of a person who has logged in."""
        given = base64.b64encode(f"{person}:{PASSWORDS[person]}".encode()).decode()
        answer = await deferToThread(
            self.web._send, "GET", "/auth/login", None, {"Authorization": f"Basic {given}"}
        )
        cookies = [value for name, value in answer.headers if name.lower() == "set-cookie"]
        return {"Cookie": cookies[-1].partition(";")[0]}

    async def control(self, path: str, method: str, headers: dict[str, str], **params: Any) -> Any:
        call = {"id": 1, "jsonrpc": "2.0", "method": method, "params": params}
        answer = await deferToThread(
            self.web.post, f"/api/v2/{path}", json.dumps(call), _JSON | headers
        )
        self.assertEqual(answer.status, 200, answer.text)
        return json.loads(answer.text)["result"]


class HookTests(RequestTestCase):
    async def test_where_code_is_from(self) -> None:
        forms = [schedulers.ForceScheduler("force", ["forging", "commits", "child"])]
        await self.begin(schedulers=forms)
        git = payloads
        for number, (sent, outside, branch, tag) in enumerate(
            [
                (git.github_push("refs/heads/main", "r00"), False, "main", None),
                (git.github_push("refs/tags/main", "r01"), False, None, "main"),
                (git.github_pull_request("r02"), True, "refs/pull/5/merge", None),
                (git.github_pull_request("r03", "acme/app"), False, "refs/pull/5/merge", None),
                (git.gitlab_push("refs/heads/main", "r04"), False, "main", None),
                (git.gitlab_push("refs/tags/v1", "r05", "tag_push"), False, None, "v1"),
                (git.gitlab_merge_request("r06"), True, "main", None),
                (git.gitlab_merge_request("r07", "note"), True, "main", None),
                (git.plain("r08"), False, "main", None),
                (git.plain("r09", category="pull_request"), True, "main", None),
                (git.plain("r10", properties='{"keychain_outside": true}'), True, "main", None),
                (git.plain("r11", properties='{"keychain_outside": false}'), False, "main", None),
                *(
                    facts
                    for name in ("bitbucketserver", "bitbucketcloud")
                    for facts in (
                        (git.bitbucket_push(name, "branch", "main", name), False, "main", None),
                        (git.bitbucket_push(name, "tag", "v1", f"{name}t"), False, None, "v1"),
                        (
                            git.bitbucket_pull_request(name, "created", f"{name}c"),
                            True,
                            "refs/pull-requests/5/merge",
                            None,
                        ),
                        (
                            git.bitbucket_pull_request(name, "rejected", f"{name}r"),
                            True,
                            "main",
                            None,
                        ),
                    )
                ),
            ]
        ):
            requester = await self.requester_of_change(sent)
            (stamp,) = requester.source_stamps
            facts = (requester.outside, stamp.branch, stamp.tag_name)
            self.assertEqual(facts, (outside, branch, tag), (number, sent))
            # Nobody from outside brings a revision to a branch.
            self.assertIs(stamp.revision_chosen, outside, sent)

    async def requester_of_change(self, sent: Sent) -> Requester:
        """Return who a build of the change that a hook makes would be."""
        await self.accepted(sent)
        return await self.requester_of_newest_change()

    async def requester_of_newest_change(self) -> Requester:
        found = await self.master.master.data.get(("changes",))
        return self.requester_of(max(found, key=lambda change: int(change["changeid"])))

    def requester_of(self, change: dict[str, Any]) -> Requester:
        stamp = TempSourceStamp(change["sourcestamp"])
        stamp.changes = [TempChange(change)]
        build: Any = FakeBuild()
        build.stamps = (stamp,)
        return Asker(build).requester

    async def test_pollers(self) -> None:
        """They say the branch of a fork, in the fork."""
        await self.begin()
        poller = changes.GitHubPullrequestPoller(
            "acme", "app", baseURL=self.api, pollInterval=3600, pollAtLaunch=True
        )
        of_bitbucket = changes.BitbucketPullrequestPoller("acme", "lib", pollInterval=3600)
        added = self.master.event(("changes", None, "new"))
        sources = {"change_source": [poller, of_bitbucket]}
        await self.master.reconfigure(self.config() | sources)
        await added
        await self.check_a_fork()
        await of_bitbucket._processChanges(payloads.bitbucket_pull_requests(self.api))
        self.assertEqual(len(await self.master.master.data.get(("changes",))), 2)
        await self.check_a_fork()

    async def test_a_poller_of_branches(self) -> None:
        """Nobody has to state of Buildbot's own pollers where their changes are from."""
        path = str(self.directory())
        git = ["git", "-C", path, "-c", "user.name=x", "-c", "user.email=x@example.org"]
        commit = [*git, "commit", "-q", "--allow-empty", "-m", "x"]
        for command in ([*git, "init", "-q", "-b", "main"], commit):
            subprocess.run(command, check=True)
        await self.begin()
        poller = changes.GitPoller(
            f"file://{path}", branches=["main"], pollInterval=3600, workdir=str(self.directory())
        )
        await self.master.reconfigure(self.config() | {"change_source": [poller]})
        await poller.poll()
        subprocess.run(commit, check=True)
        await poller.poll()
        requester = await self.requester_of_newest_change()
        (stamp,) = requester.source_stamps
        facts = requester.outside, stamp.branch, stamp.revision_chosen
        self.assertEqual(facts, (False, "main", False))
        (change,) = await self.master.master.data.get(("changes",))
        self.assertEqual(change["properties"], {})

    async def check_a_fork(self) -> None:
        requester = await self.requester_of_newest_change()
        (stamp,) = requester.source_stamps
        self.assertEqual((requester.outside, stamp.branch), (True, "main"))
        self.assertEqual((stamp.repository, stamp.revision_chosen), (FORK, True))

    async def test_gerrit(self) -> None:
        """Before a change is merged, its revision may be said to be of the branch it is for."""
        await self.begin()
        poller = changes.GerritEventLogPoller(
            self.api,
            ("user", "a-password"),
            gitBaseURL="https://git.example.org/acme",
            handled_events=payloads.GERRIT_KINDS,
            pollInterval=3600,
        )
        await self.master.reconfigure(self.config() | {"change_source": [poller]})
        for event in payloads.gerrit_events():
            await poller.eventReceived(event)
        self.flushLoggedErrors(TypeError)  # Buildbot 4.3 cannot poll Gerrit's log
        found = {}
        for change in await self.master.master.data.get(("changes",)):
            requester = self.requester_of(change)
            (stamp,) = requester.source_stamps
            found[change["category"]] = (requester.outside, stamp.branch)
        self.assertEqual(
            found,
            {
                "patchset-created": (True, "refs/changes/41/41/1"),
                "change-restored": (True, "main"),
                "change-merged": (False, "main"),
                "ref-updated": (False, "main"),
            },
        )

    async def test_what_is_not_signed(self) -> None:
        await self.begin()
        for sent in (
            payloads.github_push("refs/heads/main", "r1"),
            payloads.gitlab_push("refs/heads/main", "r2"),
        ):
            for key in (None, "another-key"):
                self.assertEqual(await self.send(sent, key), 400)
        self.assertEqual(await self.master.master.data.get(("changes",)), [])
        self.flushLoggedErrors()


class PeopleTests(RequestTestCase):
    async def test_who_forces_rebuilds_and_tries(self) -> None:
        await self.begin()
        alice, bob = await self.log_in("alice"), await self.log_in("bob")
        forged = {
            "builderNames": ["forging"],
            "owner": "alice",
            "username": "alice <alice@example.org>",
            "reason": "rebuild",
            "branch": "main",
            "repository": ACME,
            "revision": "f0",
            "project": "app",
        }
        for headers, person in ((alice, "alice"), ({}, None)):
            found = await self.asked(
                lambda headers=headers: self.control(
                    "forceschedulers/force", "force", headers, **forged
                )
            )
            (forcing,) = found["forging"]
            self.assertEqual(
                (forcing.scheduler, forcing.forced, forcing.owner, forcing.outside),
                ("force", True, person, None),
            )
            self.assertTrue(forcing.source_stamps[0].revision_chosen)
            # What it triggers was asked for by the same person.
            self.assertEqual(len(found["child"]), 2)
            for child in found["child"]:
                self.assertEqual(
                    (child.scheduler, child.forced, child.owner, child.outside),
                    ("trigger", False, person, None),
                )
        (build, *_) = await self.master.master.data.get(("builders", "forging", "builds"))
        for headers, person in ((bob, "bob"),):
            found = await self.asked(
                lambda headers=headers: self.control(
                    f"builds/{build['buildid']}", "rebuild", headers
                )
            )
            for builder_name, scheduler in (("forging", "rebuild"), ("child", "trigger")):
                requester = found[builder_name][0]
                self.assertEqual(
                    (requester.scheduler, requester.forced, requester.owner),
                    (scheduler, False, person),
                )
        await self.check_try()

    async def check_try(self) -> None:
        """Without a patch as well: whoever tries something chooses everything."""
        (scheduler,) = [s for s in self.master.master.allSchedulers() if s.name == "try"]
        perspective = Try_Userpass_Perspective(scheduler, "alice")
        for patch in ((0, b""),):
            found = await self.asked(
                lambda patch=patch: perspective.perspective_try(
                    "main",
                    "",
                    patch,
                    ACME,
                    "app",
                    ["forging"],
                    who="bob",
                    properties={"owner": "bob", "scheduler": "nightly", "keychain_outside": False},
                )
            )
            (trying,) = found["forging"]
            self.assertEqual(
                (trying.scheduler, trying.forced, trying.owner, trying.outside),
                ("try", False, "alice", True),
            )
            for child in found["child"]:
                facts = (child.scheduler, child.owner, child.outside)
                self.assertEqual(facts, ("trigger", "alice", True))

    async def test_what_a_merge_request_triggers_or_forges(self) -> None:
        await self.begin()
        merge_request = payloads.gitlab_merge_request("r1")
        merge_request.body["object_attributes"]["target"]["name"] = "forging"
        # Whatever comes from the branch itself, such as the revision that is forged, is known.
        await self.asked(lambda: self.accepted(payloads.github_push("refs/heads/main", "f0")))
        self.recorded().clear()
        forging = await self.master.master.data.updates.findBuilderId("forging")
        done = self.master.event(
            ("builds", None, "finished"), lambda message: message["builderid"] == forging
        )
        await self.send(merge_request)
        await done
        children = [each for each in self.recorded() if each.builder == "child"]
        self.assertEqual(len(children), 2)
        for child in children:
            self.assertEqual((child.outside, child.scheduler, child.owner), (True, "trigger", None))

    async def test_another_master_on_the_same_database(self) -> None:
        """As after a restart, what it knows of a request is in the database."""
        absent = worker.Worker("local", "a-password", missing_timeout=0)
        await self.begin(workers=[absent])
        bsid, _ = await self.control(
            "forceschedulers/force",
            "force",
            await self.log_in("alice"),
            builderNames=["commits"],
            branch="main",
        )
        url = f"sqlite:///{self.master.basedir}/state.sqlite"
        other = await self.start_master(self.config() | {"db_url": url})
        await self.complete(other, bsid)
        (requester,) = self.recorded(other)
        self.assertEqual(
            (requester.scheduler, requester.forced, requester.owner), ("force", True, "alice")
        )

    async def complete(self, master: RealMaster, bsid: int) -> None:
        """Return when a buildset is complete, which may be so by now."""
        done = master.event(("buildsets", None, "complete"))
        found = await master.master.data.get(("buildsets", bsid))
        if not found["complete"]:
            await done

    async def test_several_codebases_of_which_one_is_outside(self) -> None:
        found_schedulers = self.config()["schedulers"]
        names = {"app": {"repository": ACME}, "lib": {"repository": f"{ACME}/lib"}}
        found_schedulers[0] = schedulers.AnyBranchScheduler(
            "commits", builderNames=["commits"], codebases=names, treeStableTimer=None
        )
        await self.begin(schedulers=found_schedulers, codebaseGenerator=_codebase)
        found = await self.asked(lambda: self.accepted(payloads.gitlab_merge_request("r1")))
        (requester,) = found["commits"]
        self.assertEqual({s.codebase for s in requester.source_stamps}, {"app", "lib"})
        self.assertIs(requester.outside, True)
        found = await self.asked(
            lambda: self.accepted(payloads.gitlab_push("refs/heads/main", "r2"))
        )
        self.assertIsNone(found["commits"][0].outside)


def _codebase(change: dict[str, Any]) -> str:
    return "lib" if change["repository"].endswith("lib") else "app"
