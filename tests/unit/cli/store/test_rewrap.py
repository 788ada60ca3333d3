"""Who can open the keys of a store from now on, at a terminal."""

from __future__ import annotations

import pyrage

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

        self.answering(BOB)
        said = self.done("--remove", "passphrase:alice")
        self.assertIn("replace the keys with: buildbot-keychain rotate", said)
        self.assertEqual(self.labels(), [machine, "passphrase:bob"])
        self.assertTrue(self.opens(Passphrase(BOB), AgeIdentity(self.private)))

        self.answering(BOB)
        said = self.assertFails(
            4, "what opens it then must be given too", "rewrap", "--remove", "passphrase:bob"
        )
        key = self.base / "keys" / "age"
        key.touch(0o600)
        key.write_text(self.private)
        self.done("--remove", "passphrase:bob", "--unlock", f"age:{key}")
        self.assertEqual(self.labels(), [machine])
        self.assertFails(
            4, "the last wrap cannot", "rewrap", "--remove", machine, "--unlock", f"age:{key}"
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
        remove = ("rewrap", "--remove", "age:laptop")
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
        self.answering(ALICE)
        self.assertFails(4, "it is not wrapped for age:x", "rewrap", "--remove", "age:x")
