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

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.plugins import secrets, util
from tests.support.finished_build import FinishedBuild, read_build
from tests.support.http_server import TOKEN, SecretServer, listen
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
        provider, _ = manager.keychain_providers
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
        self.secrets = self.secrets_directory({"protected": VALUE, "hook": KEY, "token": TOKEN})
        (self.secrets / "link").symlink_to("protected")
        self.routes = routes(self.repository())
        self.server = SecretServer()
        self.server.held["elsewhere"] = VALUE
        self.port = listen(self, self.server)
        self.lines = reasons_logged(self)

    def config(self, *rules: Any, **policy: Any) -> dict[str, Any]:
        trigger = steps.Trigger(
            schedulerNames=["trigger"],
            waitForFinish=True,
            set_properties={"token": util.Interpolate("%(secret:protected)s")},
        )
        others = {
            **{
                name: util.BuildFactory([echo(util.Secret("http!elsewhere"))])
                for name in ("argument", "another")
            },
            "allowed": util.BuildFactory([echo(util.Secret("protected")), trigger]),
            "child": util.BuildFactory([echo(util.Interpolate("%(prop:token)s"))]),
        }
        if rules:
            policy["policy"] = list(rules)
        provider = secrets.SecretInAFile(name="files", dirname=str(self.secrets))
        http = secrets.SecretInHTTP(
            f"http://127.0.0.1:{self.port}/v1/{{path}}", name="http", token=util.Secret("token")
        )
        policy["resilience"] = {"http": secrets.Resilience(cache=600)}
        return {
            "builders": [
                BuilderConfig(name=name, workernames=[WORKER_NAME], factory=factory)
                for name, factory in {**self.routes, **others}.items()
            ],
            "workers": [worker.LocalWorker(WORKER_NAME, missing_timeout=0)],
            "schedulers": [
                schedulers.Triggerable("trigger", ["child"]),
                schedulers.ForceScheduler("force", [*self.routes, *set(others) - {"child"}]),
            ],
            "services": [InHouse()],
            "secretsProviders": [secrets.SecretManager(providers=[provider, http], **policy)],
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
        for name in ("allowed", "argument", "another"):
            self.assertEqual((await self.build(master, name)).result, "success", name)
        self.assertEqual(self.server.authorizations, [f"Bearer {TOKEN}"])
        self.assertEqual(await self.ask(master), VALUE)
        self.assertEqual(await self.call_hook(master), 200)

        allow = secrets.Allow("protected", builders=["allowed"], outside=True)
        elsewhere = secrets.Allow("elsewhere", builders=["argument"], outside=True)
        await master.reconfigure(self.config(allow, elsewhere))
        for name, build in await self.build_all(master):
            self.assertEqual(build.result, "failure", f"{name}: {build.outline()}")
            self.assertIn(f"does not give the builder '{name}' a secret", _text(build), name)
            self.assertNotIn(VALUE, _text(build), name)
        builds = await master.master.data.get(("builds",))
        self.assertEqual(len(builds), 2 * len(self.routes) + 4, "some were retried")
        allowed = await self.build(master, "allowed")
        self.assertEqual([step.result for step in allowed.steps[-2:]], ["success", "failure"])
        child = await read_build(
            master.master.data, await master.master.data.get(("builds", allowed.buildid + 1))
        )
        self.assertEqual(child.result, "failure", child.outline())
        self.assertIn("does not give the builder 'child' a secret", _text(child))
        await self.check_arguments_of_providers(master, allow, elsewhere)
        error = await self.assertFailure(self.ask(master), Exception)
        self.assertIn("does not give the service 'in-house' a secret", str(error))
        self.assertEqual(await self.call_hook(master), 500)
        self.assertTrue(any("builders=['allowed']" in line for line in self.lines))
        self.flushLoggedErrors()

    async def check_arguments_of_providers(self, master: RealMaster, *rules: Any) -> None:
        """What a provider needs itself is for that provider, not for the build that asks it."""
        token = [
            secrets.Allow("token", builders=["argument"], outside=True),
            secrets.Allow("token", services=["provider/other", "http"]),
        ]
        await master.reconfigure(self.config(*rules, *token))
        await MasterKeychain.of(master.master).evict()
        build = await self.build(master, "argument")
        self.assertEqual(build.result, "failure", build.outline())
        self.assertIn("provider 'http': it cannot answer as it is configured", _text(build))
        self.assertTrue(any("was denied to the provider 'http'" in line for line in self.lines))
        own = secrets.Allow("token", services=["provider/http"])
        await master.reconfigure(self.config(*rules, own))
        before = len(self.server.paths)
        # Nor does another build get what is being looked up, or kept, for the one that may have it.
        names = ("argument", "another")
        for _ in range(2):
            running = [Deferred.fromCoroutine(self.build(master, name)) for name in names]
            for name, build in zip(names, await gatherResults(running), strict=True):
                expected = "success" if name == "argument" else "failure"
                self.assertEqual(build.result, expected, build.outline())
        self.assertEqual(len(self.server.paths), before + 1)
        self.assertEqual(set(self.server.authorizations), {f"Bearer {TOKEN}"})


async def _value_of(found: Any) -> Any:
    values = await found
    return values[0] if isinstance(values, (list, tuple)) else values


def _text(build: FinishedBuild) -> str:
    """Return what people read of a build."""
    steps = [text for step in build.steps for text in (step.state, *step.logs.values())]
    return "\n".join((build.state, *steps, str(build.properties)))
