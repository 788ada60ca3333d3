"""What opens the keys, as a command line says it."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import UsageError
from buildbot_keychain.cli.store import _unlock
from buildbot_keychain.store.unlocking import PassphraseFrom


class UnlockTests(SynchronousTestCase):
    def test_below_the_directory_of_a_master(self) -> None:
        base = Path(self.mktemp()).absolute()
        base.mkdir(mode=0o700)
        (base / "passphrase").write_text("correct horse")
        (base / "passphrase").chmod(0o600)
        for declared in ("passphrase-file:passphrase", PassphraseFrom(file="passphrase")):
            (found,) = _unlock.declared([declared], str(base))
            self.assertEqual(found.kind, "passphrase")

    def test_what_is_not_a_way_to_open_them(self) -> None:
        for text in ("canary", "canary:x", "passphrase-file:", "passphrase-fd:canary", "age"):
            error = self.assertRaises(UsageError, _unlock.declared, [text])
            self.assertIn("--unlock needs KIND:WHERE", str(error))
            self.assertNotIn("canary", str(error))
