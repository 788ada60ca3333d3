"""`SecretInVault` in a real Buildbot master: a build, reconfigurations, a configuration's check."""

from __future__ import annotations

from typing import Any

from buildbot.config.errors import ConfigErrors
from buildbot.plugins import steps
from buildbot.plugins import worker as workers
from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.plugins import secrets, util
from tests.support.openbao import engines, logins
from tests.support.openbao.proxy import Proxy
from tests.support.openbao.server import OpenBao
from tests.support.real_master import WORKER_NAME, RealMasterTestCase

LOGIN = "/v1/auth/approle/login"


class MasterTests(RealMasterTestCase):
    """One master, one server, behind a proxy that counts."""

    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.server = OpenBao()
        self.addCleanup(self.server.stop)
        self.server.start()
        root = self.server.root
        for mount in ("secret", "other"):
            engines.enable_kv(root, mount)
            engines.write_kv(root, "new_secret_key", mount=mount, value=f"value-in-{mount}")
        logins.write_policy(root, "ci", ("+/data/*", ["read"]))
        logins.enable_auth(root, "approle")
        role_id, self.secret_id = logins.approle(root, "master", "ci")
        self.held = self.secrets_directory({"role_id": role_id, "secret_id": self.secret_id})
        self.front = Proxy(self.server.port)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.front.stop()))
        self.front.start()

    def configured(self, **arguments: Any) -> dict[str, Any]:
        """Return a configuration, made anew as a reconfiguration makes it."""
        command = ["sh", "-c", f'test "$KEY" = value-in-{arguments.get("secrets_mount", "secret")}']
        factory = util.BuildFactory()
        factory.addStep(steps.ShellCommand(command=command, env={"KEY": self.key()}))
        providers = [
            secrets.SecretInAFile(dirname=str(self.held)),
            secrets.SecretInVault(
                vault_server=self.front.address,
                authenticator=secrets.VaultAuthenticatorApprole(
                    util.Secret("file!role_id"), util.Secret("file!secret_id")
                ),
                **arguments,
            ),
        ]
        return self.configuration(factory, secretsProviders=providers)

    def key(self) -> Any:
        return util.Secret("vault!new_secret_key")

    def logins(self) -> int:
        return [request.path for request in self.front.requests].count(LOGIN)

    async def test_builds_and_reconfigurations(self) -> None:
        """The same arguments are no change; others are, and need no restart."""
        master = await self.start_master(self.configured())
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        await master.reconfigure(self.configured())
        self.assertEqual((await master.build()).result, "success")
        self.assertEqual(self.logins(), 1)

        await master.reconfigure(self.configured(secrets_mount="other"))
        self.assertEqual((await master.build()).result, "success")
        self.assertEqual(self.logins(), 2)

    def test_a_wrong_argument_is_a_configuration_error(self) -> None:
        """Told by `buildbot checkconfig`, without a request."""
        for wrong, told in (
            ({"timeout": 0}, "SecretInVault: timeout must be"),
            ({"ca_bundle": str(self.held / "absent")}, "ca_bundle"),
            ({"vaultServer": self.front.address}, "are the same argument"),
        ):
            error = self.assertRaises(ConfigErrors, self.configured, **wrong)
            self.assertIn(told, str(error.errors))
            self.assertNotIn(self.secret_id, str(error.errors))
        self.assertEqual(self.front.requests, [])

    async def test_a_server_that_is_down_when_the_master_starts(self) -> None:
        def config() -> dict[str, Any]:
            waiting = workers.Worker("w1", self.key(), missing_timeout=0)
            own = workers.LocalWorker(WORKER_NAME, missing_timeout=0)
            return {**self.configured(timeout=2), "workers": [own, waiting]}

        await self.front.refuse()
        master = await self.start_master(config())
        keychain = MasterKeychain.of(master.master)
        (sentence,) = keychain.waiting_services
        self.assertRegex(sentence, "^worker w1 waits for `vault!new_secret_key`: ")
        self.assertNotIn("w1", master.master.workers.workers)
        await master.reconfigure(config())
        self.assertEqual(len(keychain.waiting_services), 1)

        self.front.start()
        await keychain.services.waiting_room.retry()
        self.assertEqual(keychain.waiting_services, ())
        self.assertEqual(master.master.workers.workers["w1"].password, "value-in-secret")

        engines.write_kv(self.server.root, "new_secret_key", value="another-value")
        await self.front.refuse()
        await master.reconfigure(config())
        self.assertEqual(master.master.workers.workers["w1"].password, "value-in-secret")
        (sentence,) = keychain.waiting_services
        self.assertRegex(sentence, "^worker w1 keeps the secret that it has; ")
        self.front.start()
        await keychain.services.waiting_room.retry()
        self.assertEqual(master.master.workers.workers["w1"].password, "another-value")
        self.assertEqual(keychain.waiting_services, ())
