"""What the policy of a real master denies, by whatever route it is asked for."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import schedulers, steps, worker
from buildbot.plugins import util as buildbot_util
from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS
from buildbot.util.service import BuildbotService
from twisted.internet.defer import Deferred, gatherResults, inlineCallbacks
from twisted.internet.threads import deferToThread

from buildbot_keychain.plugins import secrets, util
from tests.support.finished_build import FinishedBuild, read_build
from tests.support.master_web import MasterWeb
from tests.support.policies import reasons_logged
from tests.support.real_master import WORKER_NAME, RealMaster, RealMasterTestCase

KEY = "the-key-of-a-web-hook"

VALUE = "tr0ub4dor&3-of-the-release"


class AsksTheManager(BuildStep):
    """Asks Buildbot's secrets manager itself."""

    @inlineCallbacks
    def run(self) -> Any:
        details = yield self.master.namedServices["secrets"].get("protected")
        yield self.addCompleteLog("found", details.value)
        return SUCCESS


class AsksTheProvider(BuildStep):
    """Asks the provider itself."""

    @inlineCallbacks
    def run(self) -> Any:
        manager = self.master.namedServices["secrets"].namedServices["SecretManager"]
        (provider,) = manager.keychain_providers
        value = yield provider.get("protected")
        yield self.addCompleteLog("found", value)
        return SUCCESS


class InHouse(BuildbotService):
    """Renders a secret whenever it is asked to."""

    name = "in-house"

    def ask(self) -> Any:
        return self.renderSecrets(util.Secret("protected"))


def echo(renderable: Any) -> Any:
    return steps.ShellCommand(command=["echo", renderable])


def routes(repository: str) -> dict[str, Any]:
    """Return a factory for each way in which a build may ask for a secret."""
    secret = util.Secret("protected")
    with_file = util.BuildFactory()
    with with_file.withSecrets([("file", secret)]):
        with_file.addStep(steps.ShellCommand(command=["cat", "file"]))
    found: dict[str, Any] = {
        "secret": echo(secret),
        "default": echo(util.Interpolate("%(secret:protected:-nothing)s")),
        "buildbots-secret": echo(buildbot_util.Secret("protected")),
        "buildbots-interpolate": echo(buildbot_util.Interpolate("%(secret:protected)s")),
        "spelling": echo(util.Secret("files!protected")),
        "link": echo(util.Secret("link")),
        "computed": echo(util.Secret(util.Interpolate("%(prop:name)s"), allowed="prot*")),
        "environment": steps.ShellCommand(command=["env"], env={"X": secret}),
        "property": steps.SetProperty(property="p", value=util.Interpolate("%(secret:protected)s")),
        "git": steps.Git(repourl=repository, branch="main", sshPrivateKey=secret),
        "manager": AsksTheManager(),
        "provider": AsksTheProvider(),
    }
    factories = {name: util.BuildFactory([step]) for name, step in found.items()}
    return {**factories, "file": with_file}


class PolicyTests(RealMasterTestCase):
    """Each builder is named after the route; without a policy, each of them works."""

    timeout = 600.0  # seconds

    def repository(self) -> str:
        path = str(self.directory())
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run([*git, "init", "-q", "-b", "main", path], check=True)
        subprocess.run([*git, "-C", path, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
        return f"file://{path}"

    def setUp(self) -> None:
        super().setUp()
        self.secrets = self.secrets_directory({"protected": VALUE, "hook": KEY})
        (self.secrets / "link").symlink_to("protected")
        self.routes = routes(self.repository())
        self.lines = reasons_logged(self)

    def config(self, *rules: Any, **policy: Any) -> dict[str, Any]:
        trigger = steps.Trigger(
            schedulerNames=["trigger"],
            waitForFinish=True,
            set_properties={"token": util.Interpolate("%(secret:protected)s")},
        )
        others = {
            "allowed": util.BuildFactory([echo(util.Secret("protected")), trigger]),
            "child": util.BuildFactory([echo(util.Interpolate("%(prop:token)s"))]),
        }
        if rules:
            policy["policy"] = list(rules)
        provider = secrets.SecretInAFile(name="files", dirname=str(self.secrets))
        return {
            "builders": [
                BuilderConfig(name=name, workernames=[WORKER_NAME], factory=factory)
                for name, factory in {**self.routes, **others}.items()
            ],
            "workers": [worker.LocalWorker(WORKER_NAME, missing_timeout=0)],
            "schedulers": [
                schedulers.Triggerable("trigger", ["child"]),
                schedulers.ForceScheduler("force", [*self.routes, "allowed"]),
            ],
            "services": [InHouse()],
            "secretsProviders": [secrets.SecretManager(providers=[provider], **policy)],
            "www": {
                "port": "tcp:0:interface=127.0.0.1",
                "change_hook_dialects": {"github": {"secret": util.Secret("hook")}},
            },
        }

    async def build(self, master: RealMaster, builder: str) -> FinishedBuild:
        return await master.build(builder, {"name": "protected"})

    async def build_all(self, master: RealMaster) -> list[tuple[str, FinishedBuild]]:
        running = [Deferred.fromCoroutine(self.build(master, name)) for name in self.routes]
        return list(zip(self.routes, await gatherResults(running), strict=True))

    def ask(self, master: RealMaster) -> Deferred[Any]:
        service = master.master.service_manager.namedServices["in-house"]
        return Deferred.fromCoroutine(_value_of(service.ask()))

    async def call_hook(self, master: RealMaster) -> int:
        body = '{"zen": "Design for failure."}'
        signature = hmac.new(KEY.encode(), body.encode(), hashlib.sha1).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "ping",
            "X-Hub-Signature": f"sha1={signature}",
        }
        web = MasterWeb(master.master.www.getPortnum())
        return (await deferToThread(web.post, "/change_hook/github", body, headers)).status

    async def test_no_route_leads_around_it(self) -> None:
        master = await self.start_master(self.config(), worker=False)
        for name, build in await self.build_all(master):
            self.assertEqual(build.result, "success", f"{name}: {build.outline()}")
        self.assertEqual((await self.build(master, "allowed")).result, "success")
        self.assertEqual(await self.ask(master), VALUE)
        self.assertEqual(await self.call_hook(master), 200)

        allow = secrets.Allow("protected", builders=["allowed"], outside=True)
        await master.reconfigure(self.config(allow))
        for name, build in await self.build_all(master):
            self.assertEqual(build.result, "failure", f"{name}: {build.outline()}")
            self.assertIn(f"does not give the builder '{name}' a secret", _text(build), name)
            self.assertNotIn(VALUE, _text(build), name)
        builds = await master.master.data.get(("builds",))
        self.assertEqual(len(builds), 2 * len(self.routes) + 2, "some were retried")
        allowed = await self.build(master, "allowed")
        self.assertEqual([step.result for step in allowed.steps[-2:]], ["success", "failure"])
        child = await read_build(
            master.master.data, await master.master.data.get(("builds", allowed.buildid + 1))
        )
        self.assertEqual(child.result, "failure", child.outline())
        self.assertIn("does not give the builder 'child' a secret", _text(child))
        error = await self.assertFailure(self.ask(master), Exception)
        self.assertIn("does not give the service 'in-house' a secret", str(error))
        self.assertEqual(await self.call_hook(master), 500)
        self.assertTrue(any("builders=['allowed']" in line for line in self.lines))
        self.flushLoggedErrors()


async def _value_of(found: Any) -> Any:
    values = await found
    return values[0] if isinstance(values, (list, tuple)) else values


def _text(build: FinishedBuild) -> str:
    """Return what people read of a build."""
    steps = [text for step in build.steps for text in (step.state, *step.logs.values())]
    return "\n".join((build.state, *steps, str(build.properties)))
