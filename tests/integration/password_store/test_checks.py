"""What `SecretInPass` says when a configuration is checked."""

from __future__ import annotations

import os
import shutil
from typing import Any

from buildbot_keychain import SecretInPass
from tests.support.password_store.real_stores import (
    PasswordStoreTestCase,
)


class ConfigurationTests(PasswordStoreTestCase):
    """What is said when a configuration is checked."""

    def said(self, **kwargs: Any) -> str:
        arguments = {"dirname": self.dir, "gnupg_home": self.gnupg_home, **kwargs}
        return "\n".join(SecretInPass(**arguments).check_config())

    def test_a_store_that_is_as_it_should_be(self) -> None:
        self.run_pass("init", "plain")
        self.run_pass("init", "--path=team", "locked", "second")
        self.insert("team/x", "x\n")
        self.assertEqual(self.said(), "")

    def test_no_store(self) -> None:
        self.assertIn(f"cannot look at the directory {self.dir}", self.said())

    def test_a_directory_that_is_no_store(self) -> None:
        self.dir.mkdir(mode=0o700)
        self.assertIn("no file .gpg-id; make one with `pass init`", self.said())

    def test_a_store_that_others_can_list(self) -> None:
        self.run_pass("init", "plain")
        self.dir.chmod(0o755 if os.getuid() else 0o775)
        self.assertIn(f"run: chmod 700 {self.dir}", self.said())

    def test_keys_that_are_not_there(self) -> None:
        self.run_pass("init", "plain")
        (self.dir / ".gpg-id").write_text("# ours\nnobody@example.org\n--version\n")
        said = self.said()
        self.assertIn("holds no private key for any entry", said)
        self.assertIn(f"{self.dir}/.gpg-id names nobody@example.org, --version", said)
        self.assertEqual(said.count("\n"), 0)
        # One that opens a part of the store will do, wherever it is named.
        for named in ("plain", "ours"):
            (self.gnupg_home / "gpg.conf").write_text("group ours = nobody plain\n")
            (self.dir / "team").mkdir(mode=0o700, exist_ok=True)
            (self.dir / "team/.gpg-id").write_text(f"{named}\n")
            self.assertEqual(self.said(), "")

    def test_public_keys_alone(self) -> None:
        self.run_pass("init", "plain")
        shutil.rmtree(self.gnupg_home / "private-keys-v1.d")
        self.assertIn("holds no private key for any entry", self.said())

    def test_no_home(self) -> None:
        self.run_pass("init", "plain")
        self.assertIn("nowhere is no directory", self.said(gnupg_home=self.dir.parent / "nowhere"))

    def test_no_gpg(self) -> None:
        self.run_pass("init", "plain")
        self.patch(os, "environ", {**os.environ, "PATH": str(self.dir)})
        self.assertIn("install GnuPG 2.1 or newer", self.said())

    def test_a_gpg_that_will_not_do(self) -> None:
        self.run_pass("init", "plain")
        for script, said in (
            ("echo cfg:version:2.0.22", "gpg is of version 2.0.22; install GnuPG 2.1 or newer"),
            ("exit 2", "gpg does not run; run `gpg --list-config` to see why"),
        ):
            self.put_before_path(script)
            self.assertIn(said, self.said())
