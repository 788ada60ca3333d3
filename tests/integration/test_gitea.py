"""What the plug-in for Gitea brings, and what builds of it are given, its own source step included.

The repositories are real: the step merges what a pull request brings into what it is for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers, steps, worker
from buildbot.plugins import util as buildbot_util
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from twisted.internet.defer import inlineCallbacks, maybeDeferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SkipTest

from buildbot_keychain.buildbot.builds import asking
from buildbot_keychain.plugins import secrets, util
from tests.support import change_payloads as payloads
from tests.support.change_payloads import Sent
from tests.support.master_web import MasterWeb
from tests.support.real_master import WORKER_NAME, RealMasterTestCase

try:
    from buildbot_gitea.step_source import Gitea
except ImportError:
    raise SkipTest("buildbot-gitea is not installed") from None

VALUE = "tr0ub4dor&3-of-the-release"
SECRETS = ("prod", "named", "typed")
KEY = "the-key-of-a-web-hook"

MERGED = ("pr_id", "head_sha", "head_git_ssh_url")
"""The properties from which the step takes what it merges."""


OPEN = ("a push", "a request of a fork", "a tag called main", "by hand, theirs")
"""What is attempted on a master without a policy, too."""


class Asks(BuildStep):
    """Notes what it is given, and whose code is in the directory that was built."""

    obtained: list[tuple[set[str], bool]]
    built: Path

    @inlineCallbacks
    def run(self) -> Any:
        given = set()
        for name in SECRETS:
            found = yield maybeDeferred(self.build.render, util.Secret(name)).addErrback(str)
            given |= {name} if found == VALUE else set()
        built = Asks.built / self.build.builder.name / "build"
        Asks.obtained.append((given, (built / "theirs").exists()))
        return SUCCESS


class Attempt(NamedTuple):
    """What somebody does.

    :param gets: what the policy gives to each build that asks, and whether that has merged what a
        pull request brings.
    """

    name: str
    do: Callable[[], Awaitable[Any]]
    gets: tuple[tuple[str, bool], ...]


class GiteaTests(RealMasterTestCase):
    protocol = "null"
    timeout = 240.0

    def setUp(self) -> None:
        super().setUp()
        Asks.obtained = []
        self.secrets = self.secrets_directory({**dict.fromkeys(SECRETS, VALUE), "hook": KEY})
        self.app, self.fork = self.directory(), self.directory()
        self.git("init", "-q", "-b", "main", str(self.app))
        self.count = 0
        self.main = self.commit()
        self.git("clone", "-q", str(self.app), str(self.fork))
        (self.fork / "theirs").touch()
        self.git("-C", str(self.fork), "add", "theirs")
        self.theirs = self.commit(self.fork)
        # Of a branch of the same repository that is not `main`.
        self.git("-C", str(self.app), "fetch", "-q", str(self.fork), "main:topic")

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, where: Path | None = None) -> str:
        """Return the revision of a new commit."""
        self.count += 1
        directory = str(where or self.app)
        self.git("-C", directory, "commit", "-q", "--allow-empty", "-m", str(self.count))
        return self.git("-C", directory, "rev-parse", "HEAD")

    @property
    def url(self) -> str:
        return f"file://{self.app}"

    def config(self, *rules: Any) -> dict[str, Any]:
        policy = {"policy": list(rules)} if rules else {}
        provider = secrets.SecretInAFile(name="files", dirname=str(self.secrets))
        fields = [buildbot_util.StringParameter(name, default="") for name in MERGED]
        follow = steps.Trigger(schedulerNames=["trigger"], waitForFinish=True)
        passing = steps.Trigger(
            schedulerNames=["trigger"],
            waitForFinish=True,
            updateSourceStamp=False,
            doStepIf=lambda step: step.build.hasProperty("pr_id"),
            set_properties={name: buildbot_util.Property(name) for name in MERGED},
        )
        factories = {
            "deploy": [Gitea(repourl=self.url), Asks()],
            "parent": [follow, passing],
            "child": [Gitea(repourl=self.url), Asks()],
        }
        return {
            "builders": [
                BuilderConfig(
                    name=name, workernames=[WORKER_NAME], factory=buildbot_util.BuildFactory(some)
                )
                for name, some in factories.items()
            ],
            "workers": [worker.LocalWorker(WORKER_NAME, missing_timeout=0)],
            "schedulers": [
                *(
                    schedulers.AnyBranchScheduler(
                        name,
                        builderNames=[name],
                        change_filter=buildbot_util.ChangeFilter(project=f"acme/{name}"),
                    )
                    for name in ("deploy", "parent")
                ),
                schedulers.Triggerable("trigger", ["child"]),
                schedulers.ForceScheduler("force", ["deploy"], properties=fields),
                schedulers.ForceScheduler("plain", ["deploy"]),
            ],
            "secretsProviders": [secrets.SecretManager(providers=[provider], **policy)],
            "www": {
                "port": "tcp:0:interface=127.0.0.1",
                "change_hook_dialects": {"gitea": {"secret": util.Secret("hook")}},
            },
        }

    def rules(self) -> list[Any]:
        own: dict[str, Any] = {"repositories": [self.url]}
        return [
            secrets.Allow("hook", services=["hook/gitea"]),
            secrets.Allow("prod", branches=["main"], **own),
            secrets.Allow("named", schedulers=["deploy", "parent", "trigger"], **own),
            secrets.Allow("typed", forced=True, branches=["main"], **own),
        ]

    async def send(self, sent: Sent, project: str = "deploy", key: str | None = KEY) -> int:
        """Send a payload to the hook, and return the status of the answer."""
        sent.body["repository"]["full_name"] = f"acme/{project}"
        body = json.dumps(sent.body)
        headers = {"Content-Type": "application/json", **dict([sent.event])}
        if key is not None:
            digest = hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
            headers["X-Gitea-Signature"] = digest
        return (await deferToThread(self.web.post, "/change_hook/gitea", body, headers)).status

    async def accepted(self, sent: Sent, project: str = "deploy") -> None:
        self.assertEqual(await self.send(sent, project), 200)

    async def push(self, project: str = "deploy", ref: str = "refs/heads/main") -> None:
        """Commit to the own repository, and tell of it."""
        self.main = self.commit()
        await self.accepted(payloads.gitea_push(ref, self.main, self.url), project)

    async def request(self, project: str = "deploy", *, fork: bool = True, **how: Any) -> None:
        """Tell of a pull request for the newest commit."""
        head = self.theirs, f"file://{self.fork}" if fork else self.url
        sent = payloads.gitea_pull_request((self.main, self.url), head, fork=fork, **how)
        await self.accepted(sent, project)

    async def force(self, form: str, **fields: Any) -> None:
        (scheduler,) = [s for s in self.real.master.allSchedulers() if s.name == form]
        builderid = await self.real.master.data.updates.findBuilderId("deploy")
        given = {"reason": "", "branch": "main", "repository": self.url, **fields}
        await maybeDeferred(
            asking, "alice", lambda: scheduler.force("alice", builderid=builderid, **given)
        )

    async def rebuild(self) -> None:
        """Repeat the last build."""
        data = self.real.master.data
        last = max(await data.get(("builds",)), key=lambda build: int(build["buildid"]))
        request = await data.get(("buildrequests", last["buildrequestid"]))
        await maybeDeferred(asking, "alice", lambda: data.updates.rebuildBuildrequest(request))

    def attempts(self) -> list[Attempt]:
        push, request, force = self.push, self.request, self.force
        theirs = {"pr_id": "41", "head_sha": self.theirs, "head_git_ssh_url": f"file://{self.fork}"}
        no, both = ("", True), ("named,prod", False)
        return [
            Attempt("a push", push, (both,)),
            Attempt("a request of a fork", request, (no,)),
            Attempt("rebuilt", self.rebuild, (no,)),
            # It merges what is on another branch of the repository.
            Attempt(
                "a request of its own", partial(request, fork=False, action="synchronized"), (no,)
            ),
            Attempt("the next push", push, (both,)),
            Attempt("a tag called main", partial(push, ref="refs/tags/main"), (("named", False),)),
            Attempt("by hand", partial(force, "plain"), (("typed", False),)),
            Attempt("by hand, theirs", partial(force, "force", **theirs), (no,)),
            Attempt("triggered", partial(push, "parent"), (both,)),
            Attempt("triggered by a request", partial(request, "parent"), (no, no)),
        ]

    async def make(self, attempt: Attempt) -> list[tuple[str, bool]]:
        """Return what each build obtains that `attempt` makes."""
        Asks.obtained.clear()
        await attempt.do()
        while len(Asks.obtained) < len(attempt.gets):
            await self.real.event(("builds", None, "finished"))
        return [(",".join(sorted(given)), theirs) for given, theirs in Asks.obtained]

    async def test_what_builds_are_given(self) -> None:
        self.real = await self.start_master(self.config(), worker=False)
        self.web = MasterWeb(self.real.master.www.getPortnum())
        Asks.built = self.real.basedir / "workers" / WORKER_NAME
        problems = []
        for phase, rules in (("open", []), ("policy", self.rules())):
            if rules:
                await self.real.reconfigure(self.config(*rules))
            attempts = [each for each in self.attempts() if rules or each.name in OPEN]
            for attempt in attempts:
                obtained = await self.make(attempt)
                all_given = [(",".join(sorted(SECRETS)), theirs) for _, theirs in attempt.gets]
                expected = list(attempt.gets) if rules else all_given
                if obtained != expected:
                    problems.append(f"{phase}: {attempt.name}: {obtained}, not {expected}")
        self.assertEqual(problems, [], "\n".join(problems))
        push = payloads.gitea_push("refs/heads/main", self.main, self.url)
        for key in (None, "another-key"):
            self.assertEqual(await self.send(push, key=key), 400)
        self.flushLoggedErrors(ValueError)
