"""``buildbot-keychain rewrap`` and ``init`` with a key of a server that runs."""

from __future__ import annotations

from pathlib import Path

import pyrage

from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.wraps import Passphrase
from tests.support.keychain_command import run
from tests.support.openbao.api import Api
from tests.support.openbao.shared_server import SharedServer
from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import CHEAP

PASSPHRASE = "canary of alice and more"


class RewrapTests(SharedServer, StoreCommandCase):
    @classmethod
    def prepare(cls, root: Api) -> None:
        root.write("sys/mounts/team/transit", type="transit")
        root.write("team/transit/keys/ring")

    def file(self, name: str, text: str) -> Path:
        path = self.base / "keys" / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def done(self, *words: str | Path, status: int = 0, token: str | None = None) -> str:
        """Run a command with the key of the server."""
        login = f"token-file:{self.file('token', token or str(self.server.root.token))}"
        url = f"{self.server.address}/team/transit/ring"
        ended = run(*words, "--transit", url, "--vault-login", login)
        self.assertEqual((ended.status, ended.out), (status, ""), ended.err)
        self.assertNotIn("canary", ended.err)
        return ended.err

    def labels(self) -> list[str]:
        return [f"{wrap.kind}:{wrap.label}" for wrap in RingFile(self.key_file).wraps()]

    def test_it_is_added_and_opens(self) -> None:
        self.create([Passphrase(PASSPHRASE, "alice", CHEAP)])
        before = self.key_file.read_bytes()
        unlock = f"passphrase-file:{self.file('alice', PASSPHRASE)}"
        said = self.done("rewrap", "--unlock", unlock, status=4, token="canary-no-such")
        self.assertIn("the key team/transit/ring of provider 'vault': ", said)
        self.assertEqual(self.key_file.read_bytes(), before)
        self.done("rewrap", "--unlock", unlock)
        key = "transit:team/transit/ring"
        self.assertEqual(self.labels(), ["passphrase:alice", key])

        # Nobody is there to type a passphrase, and the key is wrapped again for the others.
        machine = str(pyrage.x25519.Identity.generate().to_public())
        self.done("rewrap", "--recipient", machine)
        self.done("rewrap", "--remove", "passphrase:alice", "--yes")
        self.assertEqual(self.labels(), [key, f"age:{machine}"])
        self.done("rewrap", "--recipient", "ssh-none", status=4)
        self.assertEqual(self.labels(), [key, f"age:{machine}"])

    def test_a_new_store(self) -> None:
        self.done("init")
        self.assertEqual(self.labels(), ["transit:team/transit/ring"])
        self.done("rewrap", "--remove", "transit:team/transit/ring", "--yes", status=4)
