"""``buildbot-keychain init``."""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path

import pyrage

from buildbot_keychain.store import wraps
from buildbot_keychain.store.ring_file import RingFile
from buildbot_keychain.store.wraps import AgeIdentity, Passphrase
from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import CHEAP

PASSPHRASE = "canary battery staple correct horse dromedary"


class InitTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(wraps, "Passphrase", partial(Passphrase, cost=CHEAP))

    def initialise(self, *words: str | Path) -> str:
        ended = self.run_command("init", *words)
        self.assertEqual((ended.status, ended.out), (0, ""))
        self.assertNotIn("canary", ended.err)
        return ended.err

    def test_a_store_without_a_passphrase(self) -> None:
        message = self.initialise()
        self.assertIn(f"made a store in {self.url}, and its keys in {self.key_file}\n", message)
        self.assertIn("whoever can read that file has them", message)
        self.assertIn("copy the file of the keys to a safe place now", message)
        self.assertEqual(stat.S_IMODE(self.key_file.stat().st_mode), 0o600)
        self.set("a", "x")
        self.assertEqual(self.value("a"), "x")

    def test_passphrases_and_recipients(self) -> None:
        identity = pyrage.x25519.Identity.generate()
        self.answering("one canary", "one canary", PASSPHRASE, PASSPHRASE)
        recipients = ["--recipient", str(identity.to_public())]
        message = self.initialise("--passphrase", "ann", "--passphrase", "bob", *recipients)
        self.assertIn("the passphrase of ann can be guessed", message)
        self.assertNotIn("of bob can be guessed", message)
        self.assertIn(f"opened by age {identity.to_public()}, or passphrase ann", message)
        self.open(unwrappers=[AgeIdentity(str(identity))])
        for passphrase in ("one canary", PASSPHRASE):
            self.answering(passphrase)
            self.assertEqual(self.run_command("list", "--quiet").status, 0)

    def test_what_opens_the_keys_is_given(self) -> None:
        self.answering(PASSPHRASE, PASSPHRASE)
        self.initialise("--passphrase")
        path = self.base / "passphrase"
        path.write_text(f"{PASSPHRASE}\n")
        path.chmod(0o600)
        self.out("list", "--quiet", "--unlock", f"passphrase-file:{path}")
        message = self.assertFails(2, "--unlock needs KIND:WHERE", "list", "--unlock", PASSPHRASE)
        self.assertNotIn("canary", message)
        for wrong in ("passphrase-fd:x", "age:", "vault:x"):
            self.assertFails(2, "--unlock needs KIND:WHERE", "list", "--unlock", wrong)

    def test_directories_are_made(self) -> None:
        keys, data = self.base / "new" / "ring", self.base / "new data" / "s.sqlite"
        message = self.initialise("--key-file", keys, "--store", f"sqlite:///{data}")
        for directory in (keys.parent, data.parent):
            self.assertEqual(stat.S_IMODE(directory.stat().st_mode), 0o700)
            self.assertIn(f"made the directory {directory}, which only you can open", message)

    def test_directories_that_others_could_replace(self) -> None:
        self.base.chmod(0o777)
        message = self.assertFails(
            4, "was not made", "init", "--key-file", self.base / "x" / "ring"
        )
        self.assertIn(f"run: mkdir -p -m 700 {self.base / 'x'}", message)
        self.assertFalse((self.base / "x").exists())

    def test_who_can_use_it(self) -> None:
        """What root has made is closed to everybody else, the user of a master included."""
        said = "a master that another user runs cannot use them" in self.initialise()
        self.assertEqual(said, os.geteuid() == 0)

    def test_directories_far_below(self) -> None:
        self.assertFails(4, "run: mkdir -p", "init", "--key-file", self.base / "x" / "y" / "ring")

    def test_directories_that_are_open_to_others(self) -> None:
        self.key_file.parent.chmod(0o755)
        self.assertFails(4, "run: chmod 700", "init")
        self.assertFalse(self.path.exists())
        self.key_file.parent.chmod(0o700)
        self.path.parent.chmod(0o755)
        self.assertFails(4, "run: chmod 700", "init")
        self.assertFalse(self.key_file.exists())

    def test_keys_beside_the_database(self) -> None:
        ring = self.path.parent / "ring"
        self.assertFails(4, "would be beside the database", "init", "--key-file", ring)
        self.assertFalse(ring.exists())
        self.initialise("--key-file", ring, "--beside-database")

    def test_there_is_a_store(self) -> None:
        self.initialise()
        content = self.key_file.read_bytes()
        self.assertFails(4, "already, which is not replaced", "init")
        other = self.base / "keys" / "other"
        self.assertFails(4, "there is a store in", "init", "--key-file", other)
        self.assertFails(4, "there is a store in", "init", "--use-ring")
        self.assertEqual((self.key_file.read_bytes(), other.exists()), (content, False))

    def test_after_an_attempt_that_was_interrupted(self) -> None:
        self.initialise()
        for file in self.path.parent.iterdir():
            file.unlink()
        ring = RingFile(self.key_file).read()
        self.initialise("--use-ring")
        self.assertEqual(RingFile(self.key_file).read(), ring)
        self.set("a", "x")

    def test_a_ring_that_is_there_is_taken_as_it_is(self) -> None:
        for option in (["--passphrase", "ann"], ["--recipient", "age1x"]):
            self.assertFails(2, "takes the keys as they are", "init", "--use-ring", *option)
        self.answering(PASSPHRASE, PASSPHRASE)
        self.initialise("--passphrase", "ann")
        for file in self.path.parent.iterdir():
            file.unlink()
        self.answering(PASSPHRASE)
        self.assertIn("opened by passphrase ann, and", self.initialise("--use-ring"))

    def test_what_is_no_recipient(self) -> None:
        secret = str(pyrage.x25519.Identity.generate())
        ended = self.run_command("init", "--recipient", secret)
        self.assertEqual(ended.status, 4)
        self.assertIn("is not a public key", ended.err)
        self.assertNotIn(secret, ended.err)
        self.assertFalse(self.key_file.exists())

    def test_nobody_to_ask_for_a_passphrase(self) -> None:
        self.assertFails(4, "there is no terminal", "init", "--passphrase")
        self.assertFalse(self.key_file.exists())
