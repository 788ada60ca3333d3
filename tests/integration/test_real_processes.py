"""The configuration of the README on a fresh master and worker, each a process of its own.

They are created with ``buildbot create-master`` and ``buildbot-worker create-worker``, connected
over Perspective Broker, and contain nothing of this test suite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from tests.integration.leaks.listeners import WebListener, listen_to_events
from tests.integration.leaks.sinks import database, files, rest
from tests.support import real_processes
from tests.support.master_web import MasterWeb
from tests.support.real_master import RealMasterTestCase, write_secret
from tests.support.real_processes import MasterProcess, WorkerProcess

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = {
    "userpassword": "kfjE93kdfkDDkw3",
    "token": "ghp_39fkDkd93kfKDkf93kfkDkw3kfkDkw3",
    "githubToken": "ghp_91kvMwq73hcPLxn52dzsUjt8rbgEoya",
    "worker": "a worker's own password",
}

# The rest of a master.cfg, around the lines that the documentation shows.
_MASTER_CFG = """
from buildbot.plugins import reporters, schedulers, steps, worker
from buildbot.plugins import util as buildbot_util
from buildbot_keychain.plugins import secrets, util

c = BuildmasterConfig = {{"buildbotNetUsageData": None}}
c["protocols"] = {{"pb": {{"port": "tcp:0:interface=127.0.0.1"}}}}
c["www"] = {{"port": "tcp:0:interface=127.0.0.1"}}
c["db"] = {{"db_url": "sqlite:///state.sqlite"}}
c["workers"] = [worker.Worker("worker", util.Secret("worker"))]
c["schedulers"] = [schedulers.ForceScheduler("force", ["builder"])]
{body}
c["builders"] = [buildbot_util.BuilderConfig("builder", workernames=["worker"], factory=f)]
"""

PROVIDER_ALONE = 'c["secretsProviders"] = [secrets.SecretInAFile(dirname={dirname!r})]'
UNDER_A_MANAGER = """
c["secretsProviders"] = [
    secrets.SecretManager(providers=[secrets.SecretInAFile(dirname={dirname!r})])
]
"""
BUILD = """
f = util.BuildFactory()
f.addStep(steps.ShellCommand(command=util.Interpolate(
    "echo wget -u user -p '%(secret:userpassword)s' '%(prop:buildername)s' > called")))
with f.withSecrets([("netrc", util.Interpolate("machine m password %(secret:token)s"))]):
    f.addStep(steps.ShellCommand(command=["sh", "-c", "cp netrc used; cat netrc"]))
f.addStep(steps.ShellCommand(command=["test", "!", "-e", "netrc"]))

c["services"] = [reporters.GitHubStatusPush(
    token=util.Secret("githubToken"), baseURL="http://127.0.0.1:{port}/")]
"""
BUILDBOTS_RENDERABLES = BUILD.replace("util.Interpolate", "buildbot_util.Interpolate").replace(
    "util.Secret(", "buildbot_util.Secret("
)


class RealProcessTests(RealMasterTestCase):
    timeout = 300

    async def test_a_provider_alone(self) -> None:
        await self._assert_works(PROVIDER_ALONE + BUILD)

    async def test_under_a_manager(self) -> None:
        await self._assert_works(UNDER_A_MANAGER + BUILD)

    async def test_with_buildbots_own_renderables(self) -> None:
        await self._assert_works(PROVIDER_ALONE + BUILDBOTS_RENDERABLES)

    async def test_a_master_that_does_not_stop_is_killed(self) -> None:
        self.patch(real_processes, "STOP_TIMEOUT", 0.1)
        root = self._root_with_secrets()
        master = MasterProcess(self, root / "master")
        body = PROVIDER_ALONE.format(dirname=str(root / "secrets"))
        await master.create(_MASTER_CFG.format(body=f"{body}\nf = util.BuildFactory()\n"))
        await master.start()
        assert master._process is not None
        master._process.signal("STOP")
        self.assertIsNone(await master.stop())

    def _root_with_secrets(self) -> Path:
        root = self.directory()
        for name, value in SECRETS.items():
            write_secret(root / "secrets" / name, value + "\n")
        return root

    async def _assert_works(self, body: str) -> None:
        root = self._root_with_secrets()
        web = WebListener()
        self.addCleanup(web.stop)
        body = body.format(dirname=str(root / "secrets"), port=web.port)
        master = MasterProcess(self, root / "master")
        worker = WorkerProcess(self, root / "worker")
        await master.create(_MASTER_CFG.format(body=body))
        await master.start()
        worker_port = await master.port_of("PBServerFactory")
        await worker.create(worker_port, "worker", SECRETS["worker"])
        await worker.start()
        port = await master.port_of("Site")

        await self._build(port)
        responses = await deferToThread(rest, port)
        await master.kill()
        await worker.stop()

        build = root / "worker" / "builder" / "build"
        self.assertIn(SECRETS["userpassword"], (build / "called").read_text())
        self.assertIn(SECRETS["token"], (build / "used").read_text())
        (build / "called").unlink()
        (build / "used").unlink()
        self.assertFalse((build / "netrc").exists())
        self._assert_clean(root, master, worker, responses)

    async def _build(self, port: int) -> None:
        """Force a build over the web, which must succeed."""
        ended: Deferred[dict[str, Any]] = Deferred()

        def received(event: dict[str, Any]) -> None:
            # The steps of a build end under a longer key.
            kind, *_number, what = event["key"]
            if (kind, what, len(event["key"])) == ("builds", "finished", 3) and not ended.called:
                ended.callback(event["message"])

        await listen_to_events(port, received)
        await deferToThread(MasterWeb(port).control, "forceschedulers/force", "force", {})
        build = await ended
        self.assertEqual((build["results"], build["state_string"]), (0, "build successful"))

    def _assert_clean(
        self, root: Path, master: MasterProcess, worker: WorkerProcess, responses: dict[str, Any]
    ) -> None:
        sinks = {
            "master's twistd.log": [master.log],
            "worker's twistd.log": [worker.log],
            "output": [master.output, worker.output],
            **responses,
            **database(root / "master" / "state.sqlite"),
            **files("files of the master", root / "master"),
            # create-worker writes the worker's password next to this directory.
            **files("files of the worker", root / "worker" / "builder"),
        }
        found = [
            f"{name} in {sink}"
            for sink, texts in sinks.items()
            for name, value in SECRETS.items()
            if any(value in text for text in texts)
        ]
        self.assertEqual(found, [])
        self.assertIn("<userpassword>", "".join(sinks["db logchunks.content"]))
        self.assertIn("<token>", "".join(sinks["db logchunks.content"]))
