"""A `master.cfg` that was written for Buildbot, with one line changed: the import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot.config.master import MasterConfig
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from tests.support.real_master import BUILDER_NAME, WORKER_NAME, RealMasterTestCase

SECRETS = {
    "worker_password": "the test worker's password",
    "userpassword": "k9QmT2vXzR7pL4wB8HsJ3dFgA6eU",
    "netrc_password": "Vb7Nc5Mx3Za1Lk9Jh7Gf5Ds3",
    "reporter": "Qw8Er6Ty4Ui2Op0As9Df7Gh5",
}

PLAIN = f"""
from buildbot.plugins import changes, reporters, schedulers, secrets, steps, util, webhooks, worker

c = BuildmasterConfig = {{}}
c["secretsProviders"] = [
    secrets.SecretInAFile(dirname=DIRECTORY),
    secrets.HashiCorpVaultKvSecretProvider(
        vault_server="http://127.0.0.1:8200",
        authenticator=secrets.VaultAuthenticatorApprole(roleId="role", secretId="not used here"),
        secrets_mount="kv",
    ),
]
c["workers"] = [
    worker.Worker("{WORKER_NAME}", util.Secret("worker_password"), missing_timeout=0)
]
c["protocols"] = {{"pb": {{"port": "tcp:0:interface=127.0.0.1"}}}}

f = util.BuildFactory()
f.addStep(
    steps.ShellCommand(
        name="get",
        command=util.Interpolate("echo -u user -p '%(secret:userpassword)s' %(prop:buildername)s"),
        env={{"PASSWORD": util.Secret("userpassword")}},
    )
)
f.addSteps(
    [steps.ShellCommand(name="use a file", command=["cat", "netrc"])],
    withSecrets=[("netrc", util.Interpolate("machine m password %(secret:netrc_password)s"))],
)
f.addStep(steps.SetProperty(property="copied", value=util.Secret("userpassword")))
c["builders"] = [
    util.BuilderConfig(name="{BUILDER_NAME}", workernames=["{WORKER_NAME}"], factory=f)
]
c["schedulers"] = [schedulers.ForceScheduler(name="force", builderNames=["{BUILDER_NAME}"])]
c["services"] = [reporters.HttpStatusPush(URL, auth=("ci", util.Secret("reporter")))]
c["change_source"] = [changes.PBChangeSource(port=None)]
HOOK = webhooks.github
"""
MIGRATED = PLAIN.replace("from buildbot.plugins import", "from buildbot_keychain.plugins import")

# As Buildbot's manual had it before Buildbot 4.
POSITIONAL = """
f = util.BuildFactory()
f.addStep(steps.ShellCommand(util.Interpolate("echo '%(secret:userpassword)s'")))
c["builders"][0].factory = f
"""


class _Server(Resource):
    """What a reporter sends to."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.password: Deferred[bytes] = Deferred()

    def render(self, request: Request) -> bytes:
        if not self.password.called:
            self.password.callback(request.getPassword())
        return b"{}"


class OneImportTests(RealMasterTestCase):
    """Both run; the second one hides."""

    def configuration_of(self, text: str) -> dict[str, Any]:
        """Return what a `master.cfg` configures, and start the server that it reports to."""
        self.server = _Server()
        untyped: Any = reactor
        port = untyped.listenTCP(0, Site(self.server), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        directory: Path = self.secrets_directory(SECRETS)
        names: dict[str, Any] = {
            "DIRECTORY": str(directory),
            "URL": f"http://127.0.0.1:{port.getHost().port}",
        }
        exec(text, names)
        return names["BuildmasterConfig"]

    def test_it_was_right_before(self) -> None:
        """And differs in one line."""
        MasterConfig.loadFromDict(self.configuration_of(PLAIN), "master.cfg")
        lines = zip(PLAIN.splitlines(), MIGRATED.splitlines(), strict=True)
        self.assertEqual(len([line for line, other in lines if line != other]), 1)

    async def assert_hidden(self, text: str) -> None:
        master = await self.start_master(self.configuration_of(text))
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        for value in SECRETS.values():
            self.assertNotIn(value, repr(build))
        logs = "".join(log for step in build.steps for log in step.logs.values())
        self.assertIn("<userpassword>", logs)
        self.assertEqual(await self.server.password, SECRETS["reporter"].encode())

    async def test_a_build_succeeds_and_shows_no_secret(self) -> None:
        await self.assert_hidden(MIGRATED)

    async def test_a_command_without_its_name(self) -> None:
        """A step as in Buildbot's old manual, which Buildbot 4 refuses."""
        await self.assert_hidden(MIGRATED + POSITIONAL)
