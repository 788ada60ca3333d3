"""For whom a real master looks secrets up, as its providers are told."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import changes, reporters, schedulers, steps, worker
from buildbot.plugins import util as buildbot_util
from buildbot.process.buildstep import BuildStep
from buildbot.process.properties import Properties
from buildbot.process.results import SUCCESS
from buildbot.secrets.providers.base import SecretProviderBase
from buildbot.util.service import BuildbotService
from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from zope.interface import implementer

from buildbot_keychain.deferreds import returns_deferred
from buildbot_keychain.details import Requester
from buildbot_keychain.interfaces import IRequesterAware
from buildbot_keychain.plugins import util
from tests.support.master_web import MasterWeb
from tests.support.real_master import (
    BUILDER_NAME,
    WORKER_NAME,
    WORKER_PASSWORD,
    RealMaster,
    RealMasterTestCase,
)

KEY = "the-key-of-a-web-hook"


@implementer(IRequesterAware)
class Recorder(SecretProviderBase):
    """Has every secret, and notes who asks for it."""

    name = "recorder"
    values = {"password": WORKER_PASSWORD, "hook": KEY}

    def reconfigService(self) -> None:
        self.requesters: dict[str, list[Requester]] = {}

    def get_for(self, path: str, requester: Requester) -> Deferred[str]:
        self.requesters.setdefault(path, []).append(requester)
        value = self.values.get(path, f"a-value-of-{path}")
        return deferLater(reactor, 0, lambda: value)


class Helper:
    """Renders for a service, long after it was asked to."""

    @returns_deferred
    async def render(self, master: Any) -> None:
        await deferLater(reactor, 0, lambda: None)
        properties = Properties()
        properties.master = master
        await properties.render(util.Secret("helper"))


class Reporter(BuildbotService):
    """Looks a secret up at the end of each step, by itself and through a helper."""

    name = "in-house reporter"

    @inlineCallbacks
    def startService(self) -> Any:
        yield super().startService()
        yield self.master.mq.startConsuming(self.report, ("steps", None, "finished"))

    @inlineCallbacks
    def report(self, _key: Any, _message: Any) -> Any:
        yield self.renderSecrets(buildbot_util.Secret("report"))
        yield Helper().render(self.master)


class DirectStep(BuildStep):
    """Asks Buildbot's secrets manager itself, with no properties."""

    @inlineCallbacks
    def run(self) -> Any:
        yield deferLater(reactor, 0, lambda: None)
        yield self.master.namedServices["secrets"].get("direct")
        return SUCCESS


@inlineCallbacks
def can_start(builder: Any, _worker: Any, _request: Any) -> Any:
    """Look a secret up for a build that there is not yet; the context may be another build's."""
    properties = Properties()
    properties.master = builder.master
    yield properties.render(util.Secret("can-start"))
    return True


class RequesterTests(RealMasterTestCase):
    """Each secret is named after what asks for it."""

    def git(self, *arguments: str) -> None:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    def repository(self) -> str:
        path = str(self.directory())
        self.git("init", "-q", "-b", "main", path)
        self.git("-C", path, "commit", "-q", "--allow-empty", "-m", "first")
        return f"file://{path}"

    def builders(self, repository: str) -> list[BuilderConfig]:
        git = steps.Git(
            repourl=repository,
            branch="main",
            sshPrivateKey=util.Secret("git-key"),
            sshKnownHosts=buildbot_util.Secret("git-hosts"),
        )
        trigger = steps.Trigger(
            schedulerNames=["trigger"],
            waitForFinish=True,
            set_properties={"token": util.Interpolate("%(secret:trigger)s")},
        )
        shell = steps.ShellCommand(
            command=["echo", buildbot_util.Interpolate("%(secret:buildbots-own)s")],
            env={"X": util.Secret(util.Interpolate("%(prop:name)s"), allowed="comp*")},
        )
        nothing = util.BuildFactory([steps.ShellCommand(command=["true"])])
        return [
            BuilderConfig(
                name=BUILDER_NAME,
                workernames=[WORKER_NAME],
                factory=util.BuildFactory([git, shell, DirectStep(), trigger]),
                tags=["release"],
            ),
            BuilderConfig(
                name="child", workernames=["other"], factory=nothing, canStartBuild=can_start
            ),
        ]

    async def start(self) -> RealMaster:
        repository = self.repository()
        password = buildbot_util.Secret("password")
        config = {
            "builders": self.builders(repository),
            "workers": [
                worker.Worker(WORKER_NAME, password, missing_timeout=0),
                worker.LocalWorker("other", missing_timeout=0),
            ],
            "schedulers": [
                schedulers.Triggerable("trigger", ["child"]),
                schedulers.ForceScheduler("force", [BUILDER_NAME]),
            ],
            "secretsProviders": [Recorder()],
            "change_source": [
                changes.GitPoller(
                    repourl=repository,
                    branches=["main"],
                    pollAtLaunch=True,
                    sshPrivateKey=util.Secret("poller-key"),
                    sshKnownHosts=util.Secret("poller-hosts"),
                )
            ],
            "services": [
                Reporter(),
                reporters.HttpStatusPush("http://127.0.0.1:1", auth=("x", util.Secret("status"))),
            ],
            "www": {
                "port": "tcp:0:interface=127.0.0.1",
                "change_hook_dialects": {"github": {"secret": util.Secret("hook")}},
            },
        }
        return await self.start_master(config)

    def requesters(self, master: RealMaster) -> dict[str, list[Requester]]:
        found: dict[str, list[Requester]] = (
            master.master.namedServices["secrets"].namedServices["recorder"].requesters
        )
        return found

    async def test_they_are_told_apart(self) -> None:
        master = await self.start()
        self.assertEqual(await deferToThread(_call_hook, master.master.www.getPortnum()), 200)
        build = await master.build(properties={"name": "computed"}, branch="main", project="app")
        self.assertEqual(build.result, "success", build.outline())
        found = self.requesters(master)
        services = {
            name: {(r.kind, r.service) for r in requesters if r.kind != "build"}
            for name, requesters in found.items()
        }
        builds = {
            name: {r.builder for r in requesters if r.kind == "build"}
            for name, requesters in found.items()
        }
        for name in ("git-key", "git-hosts", "buildbots-own", "computed", "direct"):
            self.assertEqual((services[name], builds[name]), (set(), {BUILDER_NAME}), name)
        # A build that receives a property asks for itself.
        self.assertEqual((services["trigger"], builds["trigger"]), (set(), {BUILDER_NAME, "child"}))
        # Not the build whose step sends a message, or triggers another build.
        for name in ("can-start", "helper"):
            self.assertEqual((services[name], builds[name]), ({("unknown", None)}, set()), name)
        for name, service in (
            ("password", WORKER_NAME),
            ("report", "in-house reporter"),
            ("status", "HttpStatusPush"),
            ("hook", "hook/github"),
            ("poller-key", None),
            ("poller-hosts", None),
        ):
            self.assertEqual(builds[name], set(), name)
            ((kind, found_service),) = services[name]
            self.assertEqual(kind, "service")
            if service is not None:
                self.assertEqual(found_service, service)
        build_requester = found["git-key"][0]
        self.assertEqual(build_requester.builder_tags, ("release",))
        (stamp,) = build_requester.source_stamps
        self.assertEqual((stamp.branch, stamp.project, stamp.patched), ("main", "app", False))
        self.assertEqual(build_requester.worker, WORKER_NAME)
        self.flushLoggedErrors()


def _call_hook(port: int) -> int:
    body = b'{"zen": "Design for failure."}'
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "ping",
        "X-Hub-Signature": "sha1=" + hmac.new(KEY.encode(), body, hashlib.sha1).hexdigest(),
    }
    return MasterWeb(port).post("/change_hook/github", body.decode(), headers).status
