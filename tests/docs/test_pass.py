"""`pass.md`: its commands and configurations are run, in their order."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pyrage
from twisted.trial.unittest import TestCase

from buildbot_keychain import SecretInPass
from buildbot_keychain.plugins import secrets
from tests.docs.test_how_to import HOW_TO, python_blocks
from tests.support.password_store.real_stores import forget, gpg, new_home, require_programs


class PasswordStoreTests(TestCase):
    """With a home directory for the test."""

    def setUp(self) -> None:
        require_programs("gpg", "pass", "git")
        self.home = new_home()
        self.addCleanup(forget, self.home / ".gnupg")
        self.addCleanup(forget, self.home)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "GIT_AUTHOR_NAME": "t",
            "GIT_AUTHOR_EMAIL": "t@example.org",
            "GIT_COMMITTER_NAME": "t",
            "GIT_COMMITTER_EMAIL": "t@example.org",
        }
        # For children; the environment that the process itself has inherited stays.
        self.patch(os, "environ", environment)
        (self.home / ".gnupg").mkdir(mode=0o700)

    def run_shell(self, script: str, given: str = "") -> str:
        done = subprocess.run(
            ["sh", "-ec", script],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    async def test_the_page(self) -> None:
        text = (HOW_TO / "pass.md").read_text()
        install, make, share, clone, passphrase, show = re.findall(
            r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
        )
        (entry,) = re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        self.assertIn("buildbot-keychain[pass]", install)

        self.run_shell(make, entry)
        self.assertEqual(self.run_shell(show), entry)
        provider = self.started(SecretInPass())
        self.assertEqual(await provider.get("team/app"), "correct horse battery")
        self.assertEqual(await provider.get("team/app|user"), "alice")
        self.assertEqual(await provider.get("team/app|*"), entry)
        self.assertRegex(await provider.get("team/app|otp") or "", r"^\d{6}$")

        await self.check_shared_store(share, clone)
        self.run_shell(passphrase, "a passphrase that no key here needs\n")
        self.check_configurations()

    def started(self, provider: SecretInPass) -> SecretInPass:
        provider.startService()
        self.addCleanup(provider.stopService)
        return provider

    async def check_shared_store(self, share: str, clone: str) -> None:
        origin = self.home / "origin/passwords.git"
        redirect = f"git config --global url.file://{origin.parent}/.insteadOf"
        self.run_shell(f"{redirect} https://git.example.org/; git init -q --bare {origin}")
        options = ("--passphrase", "", "--quick-gen-key", "alice@example.org")
        gpg(self.home / ".gnupg", *options, "future-default", "default", "never")
        self.run_shell(
            "pass git init; pass git remote add origin https://git.example.org/passwords.git"
        )
        self.run_shell("pass git push -u origin HEAD; pass insert -m ci/token", "of ci\n")
        self.run_shell(share)
        self.run_shell(f"umask 022; {clone}")
        clones = self.started(SecretInPass(dirname="~/passwords"))
        self.assertEqual(await clones.get("ci/token"), "of ci")
        self.assertEqual(Path(f"{self.home}/passwords/ci/token.gpg").stat().st_mode & 0o777, 0o644)
        self.assertEqual(list(clones.check_config()), [])

    def check_configurations(self) -> None:
        """Run all but the first configuration, which needs directories of the system."""
        first, *others = python_blocks("pass.md")
        self.assertIn("secrets.SecretInPass(", first)
        store = self.home / ".passage/store"
        store.mkdir(mode=0o700, parents=True)
        key = self.home / "age_key.txt"
        key.touch(mode=0o600)
        key.write_text(str(pyrage.x25519.Identity.generate()))
        for block in others:
            exec(compile(block, "pass.md", "exec"), {})
        made = secrets.SecretInPass()
        self.assertEqual(made.kind, "pass")
