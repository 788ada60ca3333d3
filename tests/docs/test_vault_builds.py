"""`how-to/vault-builds.md`: its commands and configurations are run."""

from __future__ import annotations

import gc
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import steps

from buildbot_keychain.plugins import secrets, util
from tests.support.openbao import engines, logins
from tests.support.openbao.server import OpenBao
from tests.support.pages import blocks_of
from tests.support.postgresql import PostgreSQL
from tests.support.real_master import WORKER_NAME, RealMasterTestCase
from tests.support.real_processes import command_path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "vault-builds.md"
USER = "vault!database/creds/ro|username"
REPOSITORY = "https://git.example.org/app"
DEADLINE = 60  # seconds, for all commands of a block


def blocks(language: str) -> list[str]:
    """Return the page's blocks of one language."""
    return blocks_of(language, PAGE)


def policy_in(block: str) -> str:
    """Return the command of a block that writes the provider's policy."""
    found = re.search(r"^bao policy write buildbot .*?^EOF$", block, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0]


class VaultBuildsTests(RealMasterTestCase):
    """With a server on which an administrator has followed the whole page."""

    protocol = "null"
    timeout = 240
    database: ClassVar[PostgreSQL]
    server: ClassVar[OpenBao]
    place: ClassVar[Path]
    setup: ClassVar[str]
    policy: ClassVar[str]
    listing: ClassVar[str]
    others: ClassVar[str]
    builders: ClassVar[str]
    jwt: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.place = Path(tempfile.mkdtemp(prefix="keychain-test-")).resolve()
        cls.database, cls.server = PostgreSQL(passwords=True), OpenBao()
        cls.setup, cls.policy, cls.listing, cls.others, cls.builders, cls.jwt = blocks("sh")
        try:
            cls.database.start()
            cls.server.start()
            for script in (cls.setup, cls.policy, cls.others, cls.builders, cls.jwt):
                cls.shell(script).check_returncode()
            secret = cls.place / "secrets"
            secret.mkdir(mode=0o700)
            for name in ("role_id", "secret_id", "jwt_key"):
                (cls.place / name).rename(secret / name)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()
        cls.database.stop()
        shutil.rmtree(cls.place, ignore_errors=True)

    @classmethod
    def here(cls, text: str) -> str:
        """Return a text of the page with this machine's addresses and paths."""
        for example, actual in (
            ("@db.example.org/app", f"@/buildbot?host={cls.database.directory}"),
            ("username=vault", "username=keychain"),
            ("db.example.org", str(cls.database.directory)),
            ("--dbname=app", "--dbname=buildbot"),
            ("https://bao.example.org:8200", cls.server.address),
            ("/etc/buildbot/secrets", str(cls.place / "secrets")),
            ("/run/bao-agent/token", str(cls.place / "token")),
        ):
            text = text.replace(example, actual)
        return text

    @classmethod
    def shell(cls, script: str) -> subprocess.CompletedProcess[str]:
        """Run commands as an administrator, without input."""
        path = f"{Path(command_path('bao')).parent}:{os.environ['PATH']}"
        return subprocess.run(
            ["/bin/sh", "-e", "-c", cls.here(script)],
            cwd=cls.place,
            env={
                "BAO_ADDR": cls.server.address,
                "BAO_TOKEN": str(cls.server.root.token),
                "HOME": str(cls.place),
                "PATH": path,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE,
            check=False,
        )

    def provider(self, block: str) -> Any:
        """Return the provider that a block makes, with a token of the policy ``buildbot``."""
        token = self.place / "token"
        token.touch(mode=0o600)
        token.write_text(logins.token(self.server.root, "buildbot"))
        return eval(self.here(block), {"secrets": secrets, "util": util})

    async def results(self, block: str, *builds: tuple[str, str, str]) -> list[str]:
        """Run builds with the provider of a block, and return their results.

        :param builds: the builder, the name of the secret and the branch of each.
        """
        manager = secrets.SecretManager(
            providers=[
                self.provider(block),
                secrets.SecretInAFile(dirname=str(self.place / "secrets")),
            ]
        )
        factories = {}
        for builder, name, _branch in builds:
            factories[builder] = util.BuildFactory()
            factories[builder].addStep(
                steps.ShellCommand(
                    command=["true"], env={"VALUE": util.Secret(name)}, logEnviron=False
                )
            )
        builders = [
            BuilderConfig(name=name, workernames=[WORKER_NAME], factory=factory)
            for name, factory in factories.items()
        ]
        master = await self.start_master({"builders": builders, "secretsProviders": [manager]})
        results = []
        for builder, _name, branch in builds:
            build = await master.build(builder, None, branch, "app", REPOSITORY)
            results.append(build.result)
        # Errors of steps that were denied a secret; Buildbot 4.0 logs some only when collected.
        gc.collect()
        self.flushLoggedErrors()
        return results

    async def test_a_database_user_certificates_and_keys(self) -> None:
        self.assertEqual(self.shell(policy_in(self.others)).returncode, 0)
        database, files = blocks("python")[:2]
        names: dict[str, Any] = {"c": {}, "factory": util.BuildFactory()}
        exec(self.here(database).replace('["database"]', '["database", "pki", "ssh"]'), names)
        exec(files, names)
        master = await self.start_master(self.configuration(names["factory"], **names["c"]))
        build = await master.build()
        self.assertEqual(build.result, "success", build.outline())
        logs = [step.logs.get("stdio", "") for step in build.steps]
        self.assertRegex(logs[1], "<[^>]*username>")
        self.assertTrue(any("ci.example.org" in log for log in logs))
        self.assertTrue(any("ssh-ed25519-cert-v01@openssh" in log for log in logs))
        await master.stop()
        listed = self.shell(self.listing)
        self.assertEqual((listed.returncode, "No value found" in listed.stdout), (2, True))
        self.assertFalse({role for role in self.database.roles() if role.startswith("v-")})

    async def test_a_path_for_each_builder(self) -> None:
        root = self.server.root
        engines.enable_kv(root)
        self.addCleanup(root.delete, "sys/mounts/secret")
        engines.write_kv(root, "ci/linux/token", value="token-of-linux")
        logins.write_policy(root, "buildbot", ("secret/data/ci/*", ["read"]))
        results = await self.results(
            blocks("python")[2], ("linux", "token", "main"), ("docs", "token", "main")
        )
        self.assertEqual(results, ["success", "failure"])

    async def test_a_policy_for_each_builder(self) -> None:
        self.assertEqual(self.shell(policy_in(self.builders)).returncode, 0)
        results = await self.results(
            blocks("python")[3], ("linux", USER, "main"), ("docs", USER, "main")
        )
        self.assertEqual(results, ["success", "failure"])

    async def test_tokens_signed_by_the_master(self) -> None:
        self.assertEqual(self.shell(policy_in(self.builders)).returncode, 0)
        results = await self.results(
            blocks("python")[4], ("release", USER, "main"), ("release", USER, "feature/x")
        )
        self.assertEqual(results, ["success", "failure"])
