"""`SecretInPass` in a real master: a build gets entries, by a passphrase of another provider."""

from __future__ import annotations

from typing import Any

from buildbot.config import ConfigErrors
from buildbot.config.errors import capture_config_errors
from buildbot.plugins import steps
from buildbot.plugins import util as buildbot_util

from buildbot_keychain.plugins import secrets, util
from tests.support.password_store.real_stores import PASSPHRASE, PasswordStoreTestCase
from tests.support.real_master import RealMasterTestCase

VALUE = "s3cr3t-of-the-store"


class MasterTests(RealMasterTestCase, PasswordStoreTestCase):
    protocol = "null"  # a worker inside the master

    def setUp(self) -> None:
        super().setUp()
        PasswordStoreTestCase.setUp(self)
        self.run_pass("init", "locked")
        self.insert("team/token", f"{VALUE}\nuser: alice-of-the-store\n")
        self.files = self.dir.parent / "files"
        self.files.mkdir(mode=0o700)
        self.keep(PASSPHRASE)

    def keep(self, passphrase: str) -> None:
        file = self.files / "passphrase"
        file.touch(mode=0o600)
        file.write_text(passphrase)

    def config(self, passphrase: Any) -> dict[str, Any]:
        shell = steps.ShellCommand(
            command=["sh", "-c", 'test "$T" = "$E" && echo equal; echo "$U $T"'],
            env={
                "T": util.Secret("team/token"),
                "U": util.Secret("pass!team/token|user"),
                "E": VALUE,
            },
        )
        store = secrets.SecretInPass(passphrase, str(self.dir), str(self.gnupg_home))
        files = secrets.SecretInAFile(str(self.files))
        manager = secrets.SecretManager([store, files])
        return {
            **self.configuration(util.BuildFactory([shell])),
            "secretsProviders": [manager],
        }

    async def test_a_build_gets_entries_and_its_log_shows_none(self) -> None:
        """The passphrase is looked up in the other provider each time."""
        master = await self.start_master(self.config(util.Secret("passphrase")))
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        log = build.step("shell").logs["stdio"]
        self.assertIn("oequal\n", log)
        self.assertIn("o<pass!team/token|user> <team/token>\n", log)
        self.assertNotIn(VALUE, log)

        self.keep("out of date")
        build = await master.build()
        self.assertEqual(build.result, "failure", build.outline())
        self.flushLoggedErrors()

    async def test_the_passphrase_as_a_secret_of_buildbots_own_class(self) -> None:
        """As in a configuration that keeps Buildbot's classes."""
        master = await self.start_master(self.config(buildbot_util.Secret("passphrase")))
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())

    def test_a_check_reports_problems(self) -> None:
        """As `buildbot checkconfig` does."""
        self.dir.chmod(0o777)
        with self.assertRaises(ConfigErrors) as raised, capture_config_errors(raise_on_error=True):
            secrets.SecretInPass(None, str(self.dir), str(self.gnupg_home))
        self.assertIn(f"chmod 700 {self.dir}", str(raised.exception))
        with self.assertRaises(ConfigErrors) as raised, capture_config_errors(raise_on_error=True):
            secrets.SecretInPass("two\nlines")
        self.assertIn("gpgPassphrase contains a line end", str(raised.exception))
        self.assertNotIn("two", str(raised.exception))
