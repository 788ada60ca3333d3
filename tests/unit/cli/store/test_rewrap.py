"""Who can open the keys of a store from now on, at a terminal."""

from __future__ import annotations

import os
from unittest import mock

import pyrage

from buildbot_keychain.cli import _prompt
from buildbot_keychain.cli.store import _access, _vault
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.wraps import AgeIdentity, AgeRecipient, Passphrase, Unwrapper
from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import CHEAP

ALICE, BOB = "canary of alice and more", "canary of bob and more"


class RewrapTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        identity = pyrage.x25519.Identity.generate()
        self.recipient, self.private = str(identity.to_public()), str(identity)

    def labels(self) -> list[str]:
        return [f"{wrap.kind}:{wrap.label}" for wrap in RingFile(self.key_file).wraps()]

    def opens(self, *unwrappers: Unwrapper) -> bool:
        return bool(RingFile(self.key_file, unwrappers).read().keys)

    def done(self, *words: str) -> str:
        ended = self.run_command("rewrap", *words)
        self.assertEqual((ended.status, ended.out), (0, ""), ended.err)
        self.assertNotIn("canary", ended.err)
        return ended.err

    def test_two_people_and_a_machine(self) -> None:
        self.create([Passphrase(ALICE, "alice", CHEAP)])
        before = self.key_file.read_bytes()
        self.assertIn("are opened by passphrase:alice", self.done())
        self.assertEqual(self.key_file.read_bytes(), before)
        self.answering(ALICE, BOB, BOB)
        self.done("--passphrase", "bob", "--recipient", self.recipient)
        machine = f"age:{self.recipient}"
        self.assertEqual(self.labels(), ["passphrase:alice", machine, "passphrase:bob"])
        for who in (Passphrase(ALICE), Passphrase(BOB), AgeIdentity(self.private)):
            self.assertTrue(self.opens(who))

        self.answering(BOB, "no")
        self.assertFails(4, "nothing was changed", "rewrap", "--remove", "passphrase:alice")
        self.assertEqual(len(self.labels()), 3)
        person = self.answering(BOB, "y")
        said = self.done("--remove", "passphrase:alice")
        self.assertIn(b"have passphrase:alice no longer open the keys? [y/N]", person.seen)
        self.assertIn("replace the keys with: buildbot-keychain rotate", said)
        self.assertEqual(self.labels(), [machine, "passphrase:bob"])
        self.assertTrue(self.opens(Passphrase(BOB), AgeIdentity(self.private)))

        self.answering(BOB)
        self.assertFails(
            4, "what opens it then must be given too", "rewrap", "--remove", "passphrase:bob", "-y"
        )
        key = self.base / "keys" / "age"
        key.touch(0o600)
        key.write_text(self.private)
        remove = ("--remove", "passphrase:bob", "--unlock", f"age:{key}")
        self.answering()
        self.patch(_prompt, "TERMINAL", self.base / "no-terminal")
        self.assertFails(2, "this needs --yes", "rewrap", *remove)
        self.done(*remove, "--yes")
        self.assertEqual(self.labels(), [machine])
        self.assertFails(
            4, "the last wrap cannot", "rewrap", "--remove", machine, "--unlock", f"age:{key}", "-y"
        )

    def test_keys_that_were_not_wrapped(self) -> None:
        self.create()
        self.assertIn("are not wrapped", self.done())
        self.assertFails(4, "nothing that was given opens", "rewrap", "--recipient", self.recipient)
        key = self.base / "keys" / "age"
        key.touch(0o600)
        key.write_text(self.private)
        self.done("--recipient", self.recipient, "--unlock", f"age:{key}")
        self.assertTrue(self.opens(AgeIdentity(self.private)))

    def test_somebody_else_is_needed(self) -> None:
        wrappers = (Passphrase(ALICE, "alice", CHEAP), Passphrase(BOB, "bob", CHEAP))
        self.create([*wrappers, AgeRecipient(self.recipient, "laptop")])
        remove = ("rewrap", "--remove", "age:laptop", "--yes")
        self.answering(ALICE, "canary another")
        self.assertFails(4, "what passphrase:bob opens cannot be wrapped again here", *remove)
        self.answering(ALICE)
        self.done(*remove[1:], "--same-ring-key")
        self.assertEqual(self.labels(), ["passphrase:alice", "passphrase:bob"])
        self.assertTrue(self.opens(Passphrase(BOB)))

    def test_command_lines(self) -> None:
        self.create([Passphrase(ALICE, "alice", CHEAP)])
        self.assertFails(2, "goes with --remove", "rewrap", "--same-ring-key")
        self.assertFails(2, "--remove needs KIND:LABEL", "rewrap", "--remove", "alice")
        self.assertFails(2, "go with --transit", "rewrap", "--vault-namespace", "x")
        self.assertFails(2, "--transit needs a URL", "rewrap", "--transit", "transit/ring")
        url = "https://vault.example.org"
        self.assertFails(2, "name the mount", "rewrap", "--transit", url, "--vault-login", "none")
        no_reactor = mock.Mock(side_effect=AssertionError)
        self.patch(_vault, "reactor_in_thread", no_reactor)
        for path in ("ring", "transit/../ring", "transit//ring"):
            words = ("rewrap", "--transit", f"{url}/{path}", "--vault-login", "none")
            self.assertFails(2, "with the mount of the engine and its key", *words)
        self.answering(ALICE)
        self.assertFails(4, "it is not wrapped for age:x", "rewrap", "--remove", "age:x")

    def test_no_master_does_it(self) -> None:
        self.create([Passphrase(ALICE, "alice", CHEAP)])
        said = "run this as the user to whom they belong"
        self.assertFails(2, said, "rewrap", "--socket", self.base / "socket")
        self.assertFails(2, said, "backup", "--keys", "x", "--socket", self.base / "socket")
        with mock.patch.dict(os.environ, {_access.KEY_FILE: "", _access.SOCKET: "/run/x.socket"}):
            self.assertFails(2, said, "rewrap")
