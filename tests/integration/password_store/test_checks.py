"""The problems that `SecretInPass` reports when a configuration is checked."""

from __future__ import annotations

import os
import shutil
from typing import Any

from buildbot_keychain import SecretInPass
from tests.support.password_store.real_stores import PasswordStoreTestCase


class ConfigurationTests(PasswordStoreTestCase):
    def problems(self, **kwargs: Any) -> str:
        arguments = {"dirname": self.dir, "gnupg_home": self.gnupg_home, **kwargs}
        return "\n".join(SecretInPass(**arguments).check_config())

    def test_a_good_store(self) -> None:
        self.run_pass("init", "plain")
        self.run_pass("init", "--path=team", "locked", "second")
        self.insert("team/x", "x\n")
        self.assertEqual(self.problems(), "")

    def test_a_store_that_does_not_exist(self) -> None:
        self.assertIn(f"cannot read the directory {self.dir}", self.problems())

    def test_a_directory_without_a_gpg_id(self) -> None:
        self.dir.mkdir(mode=0o700)
        self.assertIn("has no .gpg-id file; create one with `pass init`", self.problems())

    def test_a_store_that_others_can_list(self) -> None:
        self.run_pass("init", "plain")
        self.dir.chmod(0o755 if os.getuid() else 0o775)
        self.assertIn(f"run: chmod 700 {self.dir}", self.problems())

    def test_missing_keys(self) -> None:
        self.run_pass("init", "plain")
        (self.dir / ".gpg-id").write_text("# ours\nnobody@example.org\n--version\n")
        problems = self.problems()
        self.assertIn("has no private key for any entry", problems)
        self.assertIn(f"{self.dir}/.gpg-id names nobody@example.org, --version", problems)
        self.assertEqual(problems.count("\n"), 0)
        # A key for a part of the store is enough, wherever it is named.
        for named in ("plain", "ours"):
            (self.gnupg_home / "gpg.conf").write_text("group ours = nobody plain\n")
            (self.dir / "team").mkdir(mode=0o700, exist_ok=True)
            (self.dir / "team/.gpg-id").write_text(f"{named}\n")
            self.assertEqual(self.problems(), "")

    def test_public_keys_alone(self) -> None:
        self.run_pass("init", "plain")
        shutil.rmtree(self.gnupg_home / "private-keys-v1.d")
        self.assertIn("has no private key for any entry", self.problems())

    def test_a_home_that_does_not_exist(self) -> None:
        self.run_pass("init", "plain")
        self.assertIn(
            "nowhere is not a directory", self.problems(gnupg_home=self.dir.parent / "nowhere")
        )

    def test_no_gpg(self) -> None:
        self.run_pass("init", "plain")
        self.patch(os, "environ", {**os.environ, "PATH": str(self.dir)})
        self.assertIn("install GnuPG 2.1 or newer", self.problems())

    def test_an_unusable_gpg(self) -> None:
        self.run_pass("init", "plain")
        for script, problem in (
            ("echo cfg:version:2.0.22", "the version of gpg is 2.0.22; install GnuPG 2.1 or newer"),
            ("exit 2", "gpg fails to run; to see why, run: gpg --list-config"),
        ):
            self.replace_gpg(script)
            self.assertIn(problem, self.problems())
