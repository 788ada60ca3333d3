"""Builds and services of a real master use secrets of an encrypted store."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from buildbot.config.errors import ConfigErrors
from buildbot.plugins import steps
from buildbot.process.properties import Properties
from twisted.internet import reactor
from twisted.internet.task import deferLater

from buildbot_keychain import SecretInStore
from buildbot_keychain.errors import AccessDenied
from buildbot_keychain.plugins import secrets, util
from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.wraps import Passphrase
from tests.support.postgresql import PostgreSQLTestCase
from tests.support.real_master import RealMaster, RealMasterTestCase, write_secret
from tests.support.store_keys import CHEAP

PASSPHRASE = "correct horse"


class EncryptedStoreTestCase(RealMasterTestCase):
    """A new store, whose keys open with a passphrase."""

    protocol = "pb"

    def make_store(self, url: str) -> None:
        self.url = url
        keys = self.directory()
        self.key_file = keys / "ring"
        write_secret(keys / "passphrase", f"{PASSPHRASE}\n")
        self.unlock = [secrets.PassphraseFrom(file=keys / "passphrase")]
        database, now = Database(url), int(time.time())
        wrapper = Passphrase(PASSPHRASE, cost=CHEAP)
        create_store(database, RingFile(self.key_file), now=now, actor="init", wrappers=[wrapper])
        database.close()
        self.store = OpenStore(url, self.key_file, actor="a person", unwrappers=[wrapper])
        self.addCleanup(self.store.close)
        self.put("user", "the-deployer", redact=False)

    def put(self, name: str, value: str, **metadata: Any) -> None:
        """Write a version, as a person does."""
        self.store.secrets.set(name, value, now=int(time.time()), **metadata)

    def config(self, *providers: Any) -> dict[str, Any]:
        factory = util.BuildFactory()
        words = util.Interpolate(
            "%(secret:user)s deploys with %(secret:token)s and %(secret:db|password)s"
        )
        factory.addStep(steps.ShellCommand(command=["echo", words]))
        manager = secrets.SecretManager(providers=list(providers))
        return self.configuration(factory, builder="release-1", secretsProviders=[manager])

    async def value(self, master: RealMaster, name: str) -> str:
        """Return what a service of the master gets."""
        properties = Properties()
        properties.master = master.master
        return await properties.render(util.Secret(name))

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true."""
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end)
            await deferLater(reactor, 0.01, lambda: None)


class SQLiteTests(EncryptedStoreTestCase):
    async def test_a_build_uses_it(self) -> None:
        basedir = self.directory()
        (basedir / "store").mkdir(mode=0o700)
        self.make_store(f"sqlite:///{basedir}/store/secrets.sqlite")
        self.put("token", "value-of-the-token", allowed=["release-*"])
        self.put("db", '{"password": "value-of-the-password"}')
        provider = secrets.SecretInStore(
            "sqlite:///store/secrets.sqlite", self.key_file, unlock=self.unlock
        )
        master = await self.start_master(self.config(provider), basedir=basedir)

        build = await master.build(builder="release-1")
        self.put("db", '{"password": "another"}')
        another = await self.value(master, "store!db|password")
        with self.assertRaises(AccessDenied):
            await self.value(master, "token")

        self.assertEqual(build.result, "success", build.outline())
        log = build.steps[-1].logs["stdio"]
        self.assertIn("\nothe-deployer deploys with <token> and <db|password>\n", log)
        self.assertNotIn("value-of", log)
        self.assertEqual(another, "another")
        described = await provider.describe("token")
        assert described is not None
        self.assertEqual((described.version, described.allowed), (1, ("release-*",)))
        self.assertTrue((basedir / "keychain-SecretInStore.seen").exists())

    async def test_a_configuration_without_its_keys_is_rejected(self) -> None:
        with self.assertRaises(ConfigErrors) as raised:
            secrets.SecretInStore("sqlite:///secrets.sqlite", self.directory() / "ring")
        self.assertIn("ring does not exist; restore it", str(raised.exception))


class PostgreSQLTests(PostgreSQLTestCase, EncryptedStoreTestCase):
    async def test_a_build_uses_it_and_changes_are_seen_by_all(self) -> None:
        self.make_store(self.make_url())
        self.put("token", "value-of-the-token")
        self.put("db", "password=value-of-the-password")
        files = secrets.SecretInAFile(
            dirname=str(self.secrets_directory({"store_url": self.url})), name="files"
        )
        provider = secrets.SecretInStore(
            util.Secret("files!store_url"), self.key_file, unlock=self.unlock
        )
        other = SecretInStore(self.url, self.key_file, unlock=self.unlock)
        self.addCleanup(other.stopService)
        master = await self.start_master(self.config(provider, files))

        build = await master.build(builder="release-1")
        self.assertEqual(await other.get("token"), "value-of-the-token")
        self.put("token", "another")
        found = [await self.value(master, "store!token"), await other.get("token")]

        self.assertEqual(build.result, "success", build.outline())
        log = build.steps[-1].logs["stdio"]
        self.assertIn("\nothe-deployer deploys with <token> and <db|password>\n", log)
        self.assertEqual(found, ["another", "another"])
        await self.wait_for(lambda: not provider.may_have_changed())
        self.put("token", "a third one")
        await self.wait_for(provider.may_have_changed)
