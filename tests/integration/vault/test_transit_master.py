"""A real master whose store and own keys open with a key of OpenBao's transit engine."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from buildbot.process.properties import Properties

from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.plugins import secrets, util
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.ledger import Ledger
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.store import Store
from buildbot_keychain.store.wraps import Transit
from tests.integration.test_store_transit import Key
from tests.support.openbao import logins
from tests.support.openbao.server import OpenBao
from tests.support.real_master import RealMasterTestCase


class MasterTests(RealMasterTestCase):
    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        server = OpenBao()
        self.addCleanup(server.stop)
        server.start()
        self.address, root = server.address, server.root
        root.write("sys/mounts/transit", type="transit")
        root.write("transit/keys/ring")
        logins.write_policy(root, "ci", ("transit/decrypt/ring", ["update"]))
        logins.enable_auth(root, "approle")
        role_id, secret_id = logins.approle(root, "master", "ci")
        self.held = self.secrets_directory({"role_id": role_id, "secret_id": secret_id})
        self.url = f"sqlite:///{self.directory()}/secrets.sqlite"
        ring_file = RingFile(self.directory() / "ring", [Transit(Key(root))])
        ring = KeyRing.create(int(time.time()))
        ring_file.create(ring.wrapped_for([Transit(Key(root))]))
        with contextlib.closing(Database(self.url)) as database:
            Ledger.create(database, ring, int(time.time()), "init")
            store = Store(Ledger(database, ring_file, "a person"))
            store.set("token", "value-of-the-token", now=int(time.time()))
        self.key_file = ring_file.path

    def configured(self, numbers: str, **vault_arguments: Any) -> dict[str, Any]:
        """Return a configuration, made anew as a reconfiguration makes it."""
        role = (util.Secret("file!role_id"), util.Secret("file!secret_id"))
        vault = secrets.SecretInVault(
            vault_server=self.address,
            authenticator=secrets.VaultAuthenticatorApprole(*role),
            **vault_arguments,
        )
        unlock = [secrets.TransitKeyOf(vault, "ring")]
        store = secrets.SecretInStore(self.url, self.key_file, unlock=unlock, numbers=numbers)
        files = secrets.SecretInAFile(dirname=str(self.held))
        manager = secrets.SecretManager(
            providers=[store, files, vault], key_file=self.key_file, unlock=unlock
        )
        return self.configuration(util.BuildFactory(), secretsProviders=[manager])

    async def test_it_starts_and_is_configured_again(self) -> None:
        """With a login of which the parts are secrets of another provider."""
        master = await self.start_master(self.configured("error"))
        properties = Properties()
        properties.master = master.master
        keys = MasterKeychain.of(master.master).keys
        for numbers, arguments in (("error", {}), ("text", {}), ("error", {"timeout": 20})):
            await master.reconfigure(self.configured(numbers, **arguments))
            value = await properties.render(util.Secret("store!token"))
            self.assertEqual(value, "value-of-the-token")
            self.assertTrue((await keys.get()).store_id)
