from __future__ import annotations

import os
import subprocess
from typing import Any

from buildbot_keychain import SecretInPass
from buildbot_keychain.details import SecretDescription
from tests.support.password_store.age_stores import AgeStoreTestCase

WRITTEN = 1_700_000_000.0


class PassTests(AgeStoreTestCase):
    async def test_the_time_of_the_file_or_the_commit(self) -> None:
        file = self.put("team/app", "x")
        os.utime(file, (WRITTEN, WRITTEN))
        provider: Any = SecretInPass(dirname=self.dir, age_key_file=self.key_file)
        provider.startService()
        self.addCleanup(provider.stopService)
        described = await provider.describe("team/app|user")
        self.assertEqual(described, SecretDescription("team/app", created=WRITTEN))
        self.assertIsNone(await provider.describe("nobody"))
        self.assertTrue(provider.is_dynamic("team/app|otp"))
        self.assertFalse(provider.is_dynamic("team/app"))

        def git(*arguments: str) -> bytes:
            names = ("AUTHOR", "COMMITTER")
            who = {f"GIT_{name}_{part}": "x@y" for name in names for part in ("NAME", "EMAIL")}
            dates = {f"GIT_{name}_DATE": "@1600000000 +0000" for name in names}
            environment = {**os.environ, "HOME": str(self.dir), **who, **dates}
            command = ["git", "-C", str(self.dir), *arguments]
            return subprocess.run(command, check=True, capture_output=True, env=environment).stdout

        git("init", "--quiet")
        git("add", "--all", ".")
        git("commit", "--quiet", "--message=x")
        commit = git("log", "--format=%h").decode().strip()
        described = await provider.describe("team/app")
        self.assertEqual(described, SecretDescription("team/app", commit, 1_600_000_000.0))
