"""The environment, one file and an HTTP server as stores of a real master."""

from __future__ import annotations

import os
from itertools import count
from typing import Any

from buildbot.config.errors import ConfigErrors
from buildbot.plugins import steps
from buildbot.process.properties import Properties

from buildbot_keychain.errors import ProviderError
from buildbot_keychain.plugins import secrets, util
from tests.support.http_server import SecretServer, listen
from tests.support.real_master import RealMaster, RealMasterTestCase, write_secret

_NUMBERS = count()


class StoreTestCase(RealMasterTestCase):
    protocol = "null"  # steps run on the master's machine, with its environment

    def config(self, *providers: Any, factory: Any = None) -> dict[str, Any]:
        """Return a configuration with these providers under our manager."""
        manager = secrets.SecretManager(providers=list(providers))
        return self.configuration(factory or util.BuildFactory(), secretsProviders=[manager])

    async def value(self, master: RealMaster, name: str) -> str:
        """Return what a service of the master gets."""
        properties = Properties()
        properties.master = master.master
        return await properties.render(util.Secret(name))


class EnvironmentTests(StoreTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.prefix = f"KEYCHAIN_MASTER_{next(_NUMBERS)}_"
        os.environ[f"{self.prefix}TOKEN"] = "of-the-environment"

    def provider(self, **arguments: Any) -> Any:
        return secrets.SecretInEnvironment(self.prefix, **arguments)

    async def test_steps_get_the_secret_and_not_the_variable(self) -> None:
        """On a worker inside the master, and in a command of the master itself."""
        factory = util.BuildFactory()
        factory.addStep(steps.ShellCommand(name="worker", command=["env"]))
        factory.addStep(steps.MasterShellCommand(name="master", command=["env"]))
        compare = ["sh", "-c", 'test "$1" = of-the-environment', "sh", util.Secret("TOKEN")]
        factory.addStep(steps.ShellCommand(name="true", command=compare))
        master = await self.start_master(self.config(self.provider(), factory=factory))

        build = await master.build()

        self.assertEqual(build.result, "success", build.outline())
        for name in ("worker", "master"):
            log = build.step(name).logs["stdio"]
            self.assertIn("PATH=", log)
            self.assertNotIn(self.prefix, log)

    async def test_reconfigurations_lose_nothing(self) -> None:
        """Another argument, a rejected configuration, without the provider, and with it again."""
        master = await self.start_master(self.config(self.provider()))
        await master.reconfigure(self.config(self.provider(name="again")))
        self.assertEqual(await self.value(master, "TOKEN"), "of-the-environment")
        with self.assertRaises(ConfigErrors):
            self.config(self.provider(), secrets.SecretInEnvironment("PATH"))
        self.assertEqual(await self.value(master, "again!TOKEN"), "of-the-environment")
        await master.reconfigure(self.config())
        await master.reconfigure(self.config(self.provider()))
        self.assertEqual(await self.value(master, "TOKEN"), "of-the-environment")


class ServerTests(StoreTestCase):
    async def test_a_server_whose_token_is_in_a_file_that_changes(self) -> None:
        server = SecretServer()
        server.held["team/deploy"] = "of-the-server"
        port = listen(self, server)
        file = self.directory() / "secrets.yaml"
        write_secret(file, "servers: {token: first-token}\n")
        factory = util.BuildFactory()
        command = ["echo", "deploying with", util.Secret("team/deploy")]
        factory.addStep(steps.ShellCommand(command=command))
        http = secrets.SecretInHTTP(
            f"http://127.0.0.1:{port}/v1/{{path}}", token=util.Secret("servers/token")
        )
        one_file = secrets.SecretInOneFile(str(file))
        master = await self.start_master(self.config(http, one_file, factory=factory))

        build = await master.build()
        write_secret(file, "servers: {token: second-token}\n")
        again = await self.value(master, "http!team/deploy")

        self.assertEqual(build.result, "success", build.outline())
        self.assertIn("\nodeploying with <team/deploy>\n", build.steps[-1].logs["stdio"])
        self.assertEqual(again, "of-the-server")
        self.assertEqual(server.authorizations[0], "Bearer first-token")
        self.assertEqual(server.authorizations[-1], "Bearer second-token")
        self.assertNotIn(None, server.authorizations)

    async def test_a_missing_token_does_not_make_the_secret_missing(self) -> None:
        """The default is not used, since the server may hold the secret."""
        http = secrets.SecretInHTTP("https://127.0.0.1:1/{path}", token=util.Secret("nothing"))
        master = await self.start_master(self.config(http))
        properties = Properties()
        properties.master = master.master
        rendered = properties.render(util.Interpolate("%(secret:token:-default)s"))
        error: Any = await self.assertFailure(rendered, ProviderError)
        self.assertIn(
            "token cannot be rendered: secret 'nothing': no provider holds it", str(error)
        )
