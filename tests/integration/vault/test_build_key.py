"""The key that signs the logins of builds, made by a real master, for OpenBao."""

from __future__ import annotations

from typing import Any

from buildbot.plugins import steps
from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import ILogObserver, globalLogPublisher
from zope.interface import implementer

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.plugins import secrets, util
from tests.support.key_rings import make_key_file
from tests.support.openbao import engines, logins
from tests.support.openbao.server import OpenBao
from tests.support.real_master import BUILDER_NAME, RealMaster, RealMasterTestCase


class BuildKeyTests(RealMasterTestCase):
    protocol = "null"
    timeout = 120

    def setUp(self) -> None:
        super().setUp()
        server = OpenBao()
        self.addCleanup(server.stop)
        server.start()
        self.address, self.root = server.address, server.root
        engines.enable_kv(self.root, "secret")
        engines.write_kv(self.root, "key", value="the-key-of-builds")
        logins.write_policy(self.root, "ci", ("secret/data/key", ["read"]))
        logins.enable_auth(self.root, "jwt")
        token = self.secrets_directory({"token": logins.token(self.root, "default")})
        self.token = str(token / "token")
        self.key_file = make_key_file(self.directory())
        self.db_url = f"sqlite:///{self.directory()}/state.sqlite"
        self.public_keys: list[str] = []

        @implementer(ILogObserver)
        def observe(event: Any) -> None:
            if "public_key" in event:
                self.public_keys.append(event["public_key"])

        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)

    async def start(self, *, builds: bool = True, **manager: Any) -> RealMaster:
        """Start a master; the events of a build are told to the one that builds it alone."""
        vault = secrets.SecretInVault(
            vault_server=self.address,
            authenticator=secrets.VaultAuthenticatorTokenFile(self.token),
            build_access=secrets.VaultBuildJwt("ci", issuer="https://ci.example.org"),
        )
        manager = secrets.SecretManager([vault], **{"key_file": self.key_file, **manager})
        words = util.Interpolate("it is %(secret:key|value)s")
        factory = util.BuildFactory([steps.ShellCommand(command=["echo", words])])
        builder = BUILDER_NAME if builds else "another"
        more = {"secretsProviders": [manager], "db_url": self.db_url}
        config = self.configuration(factory, builder, **more)
        return await self.start_master(config)

    async def test_masters_on_one_database_have_one_key(self) -> None:
        masters = [await self.start(), await self.start(builds=False)]
        build = await masters[0].build()
        self.assertNotEqual(build.result, "success")
        self.flushLoggedErrors()
        (public_key,) = self.public_keys
        self.assertIn("BEGIN PUBLIC KEY", public_key)
        logins.jwt_role(self.root, "ci", public_key, "ci", audience="vault")
        for master in masters:
            (vault,) = master.master.namedServices["secrets"].services[0].keychain_providers
            key = await vault.hosted._state.get("build_jwt_EdDSA")
            self.assertIn("PRIVATE KEY", key)
            redactor = MasterKeychain.of(master.master).redactor
            self.assertNotIn(key.splitlines()[1], redactor.redact(key))
        build = await masters[0].build()
        self.assertEqual(build.result, "success", build.outline())
        self.assertIn("it is <key|value>", build.steps[-1].logs["stdio"])
        self.assertEqual(len(self.public_keys), 1)

        states = [
            master.master.namedServices["secrets"].services[0].keychain_providers[0].hosted._state
            for master in masters
        ]
        made = [
            Deferred.fromCoroutine(state.get_or_set("another", lambda text=text: text))
            for text, state in zip(("first-one", "second-one"), states, strict=True)
        ]
        self.assertEqual(len(set(await gatherResults(made))), 1)

    async def test_a_master_without_keys(self) -> None:
        master = await self.start(key_file=None)
        build = await master.build()
        self.assertNotEqual(build.result, "success")
        logged = self.flushLoggedErrors()
        self.assertEqual(self.public_keys, [])
        self.assertIn("write SecretManager(key_file=", str(logged) + build.outline())
