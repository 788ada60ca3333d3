"""Stores in git, behind links, open to others, and missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from buildbot_keychain.errors import AccessDenied, ProviderUnavailable
from buildbot_keychain.providers.password_store._keyring import Keyring
from tests.support.password_store.real_stores import PasswordStoreTestCase, require_programs


class StoreTests(PasswordStoreTestCase):
    async def test_a_store_in_git_that_changes(self) -> None:
        require_programs("git")
        origin = self.dir.parent / "origin"
        self.run_pass("init", "plain", directory=origin)
        self.run_pass("git", "init", directory=origin)
        self.run_pass("insert", "-m", "token", given="one\n", directory=origin)
        self.git(self.dir.parent, "clone", "--quiet", str(origin), str(self.dir))
        self.dir.chmod(0o700)
        self.assertEqual((self.dir / "token.gpg").stat().st_mode & 0o777, 0o644)
        provider = self.provider()
        self.assertEqual(await provider.get("token"), "one")

        self.run_pass("insert", "-m", "-f", "token", given="two\n", directory=origin)
        self.run_pass("insert", "-m", "new/er", given="three\n", directory=origin)
        self.git(self.dir, "pull", "--quiet")
        self.assertEqual(await provider.get("token"), "two")
        self.assertEqual(await provider.get("new/er"), "three")

        self.run_pass("rm", "-f", "token", directory=origin)
        self.git(self.dir, "pull", "--quiet")
        self.assertIsNone(await provider.get("token"))

    def git(self, directory: Path, *arguments: str) -> None:
        umask = ("sh", "-c", 'umask 022 && exec git "$@"', "git")
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
        subprocess.run([*umask, *arguments], cwd=directory, env=environment, check=True)

    async def test_a_store_that_is_a_link(self) -> None:
        real = self.dir.with_name("real")
        self.run_pass("init", "plain", directory=real)
        self.dir.symlink_to(real)
        self.insert("a/b", "found\n")
        self.assertEqual(await self.provider().get("a/b"), "found")

    async def test_links(self) -> None:
        self.run_pass("init", "plain")
        self.insert("a/b", "found\n")
        (self.dir / "alias.gpg").symlink_to("a/b.gpg")
        (self.dir / "folder").symlink_to("a")
        outside = self.dir.with_name("outside")
        shutil.copytree(self.dir / "a", outside)
        (self.dir / "out").symlink_to(outside)
        provider = self.provider()
        self.assertEqual(await provider.get("alias"), "found")
        self.assertEqual(await provider.get("folder/b"), "found")
        failure: Any = await self.assertFailure(provider.get("out/b"), AccessDenied)
        self.assertIn(f"{self.dir}/out is a link that leads out", str(failure))

    async def test_a_store_that_others_can_enter(self) -> None:
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        (self.dir / "token.gpg").chmod(0o644)
        self.assertEqual(await self.provider().get("token"), "found")
        self.dir.chmod(0o711)
        failure: Any = await self.assertFailure(self.provider().get("token"), AccessDenied)
        self.assertIn(f"chmod 600 {self.dir}/token.gpg", str(failure))
        self.dir.chmod(0o777)
        failure = await self.assertFailure(self.provider().get("token"), AccessDenied)
        self.assertIn(f"chmod 700 {self.dir}", str(failure))

    async def test_a_store_that_does_not_exist(self) -> None:
        failure: Any = await self.assertFailure(self.provider().get("token"), ProviderUnavailable)
        self.assertIn(str(self.dir), str(failure))

    async def test_a_half_written_file_is_read_again(self) -> None:
        """A file that a program was still writing is decrypted as it is afterwards."""
        self.run_pass("init", "plain")
        self.insert("token", "found\n")
        whole = (self.dir / "token.gpg").read_bytes()
        self.write("token", whole[:40])
        provider = self.provider()
        keyring: Any = Keyring(provider.gnupg_home)
        self.patch(provider, "_keyring", keyring)
        decrypt = keyring.decrypt

        def decrypt_then_write(*arguments: Any) -> Any:
            keyring.decrypt = decrypt
            result = decrypt(*arguments)
            self.write("token", whole)
            return result

        keyring.decrypt = decrypt_then_write
        self.assertEqual(await provider.get("token"), "found")
