from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyrage
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.providers.age import Identities
from buildbot_keychain.providers.sops import sops_values
from buildbot_keychain.store.exports import ExportError, sops_arguments, sops_input

CANARY = "s3cr3t-canary"
SECRETS = {"a": CANARY, "team/b": "ä\n", "b_unencrypted": "plain-canary", "c|d": "y"}


class SopsTests(SynchronousTestCase):
    def test_the_program_encrypts_every_value(self) -> None:
        program = shutil.which("sops", path=Path(sys.executable).parent)
        if program is None:
            raise SkipTest("sops is not installed")
        identity = pyrage.x25519.Identity.generate()
        directory = Path(self.mktemp()).resolve()
        directory.mkdir(mode=0o700)
        (directory / ".sops.yaml").write_text("creation_rules: [{encrypted_regex: '^only$'}]")
        for output in ("json", "yaml"):
            _, *arguments = sops_arguments([str(identity.to_public())], output)
            done = subprocess.run(
                [program, *arguments],
                input=sops_input(SECRETS.items()),
                stdout=subprocess.PIPE,
                cwd=directory,
                env={"PATH": os.defpath},
                check=True,
            )
            self.assertNotIn(b"canary", done.stdout)
            path = directory / f"x.{output}"
            path.write_bytes(done.stdout)
            found = sops_values(str(path), Identities(str(identity)))
            self.assertEqual({name: read() for name, read in found}, SECRETS)

    def test_no_value_is_an_argument(self) -> None:
        arguments = sops_arguments(["age1x", "ssh-ed25519 y"], "json")
        self.assertIn("--age=age1x,ssh-ed25519 y", arguments)

    def test_what_is_refused(self) -> None:
        self.assertRaises(ExportError, sops_input, [("sops", CANARY)])
        for recipients in ([], [""], ["age1x,age1y"], ["AGE-SECRET-KEY-1x"]):
            self.assertRaises(ExportError, sops_arguments, recipients, "json")
