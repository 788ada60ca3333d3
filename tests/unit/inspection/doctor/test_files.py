from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from buildbot.config.master import MasterConfig
from buildbot.plugins import changes
from buildbot.secrets.providers.file import SecretInAFile
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._files import files_of
from buildbot_keychain.inspection.doctor._installation import Installation
from buildbot_keychain.plugins import secrets
from tests.support.installations import installation

RULES = """
[[allow]]
secrets = ["*"]
builders = ["b"]
"""


class FilesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.basedir = Path(self.mktemp()).resolve()
        self.basedir.mkdir(mode=0o700)

    def touch(self, *names: str) -> None:
        for name in names:
            (self.basedir / name).parent.mkdir(mode=0o700, exist_ok=True)
            (self.basedir / name).touch(0o600)

    def found(self, **settings: Any) -> dict[str, str]:
        files = files_of(installation(self.basedir, **settings))
        return {str(each.path.relative_to(self.basedir)): each.code for each in files}

    def test_those_of_a_master(self) -> None:
        self.touch("buildbot.tac", "master.cfg", "state.sqlite", "state.sqlite-wal", "other")
        self.touch("twistd.log", "twistd.log.1", "web.log.2024_01_01")
        expected = {
            "buildbot.tac": "configuration-file",
            "master.cfg": "configuration-file",
            "twistd.log": "log-file",
            "twistd.log.1": "log-file",
            "state.sqlite": "database-file",
            "state.sqlite-wal": "database-file",
        }
        self.assertEqual(self.found(), expected)
        www = {**MasterConfig().www, "logfileName": "web.log"}
        self.assertEqual(self.found(www=www), {**expected, "web.log.2024_01_01": "log-file"})
        without = files_of(Installation(self.basedir, self.basedir / "master.cfg", None))
        self.assertEqual(len(without), len(expected))

    def test_those_of_providers(self) -> None:
        self.touch("store/secrets.sqlite", "keys/ring", "keys/passphrase", "files/token")
        self.touch("audit/log", "audit/log.1", "audit/log.state", "socket/socket", "policy.toml")
        self.touch("manhole/keys")
        (self.basedir / "policy.toml").write_text(RULES)
        (self.basedir / "gnupg").mkdir(mode=0o700)
        here = str(self.basedir)
        unlock = secrets.PassphraseFrom(file=f"{here}/keys/passphrase")
        stored = secrets.SecretInStore(
            f"sqlite:///{here}/store/secrets.sqlite",
            f"{here}/keys/ring",
            unlock=[unlock],
            name="store",
        )
        files = secrets.SecretInAFile(f"{here}/files", name="files")
        manager = secrets.SecretManager(
            [stored, files],
            audit=[secrets.AuditToFile(f"{here}/audit/log")],
            policy_file=f"{here}/policy.toml",
        )
        manhole = SimpleNamespace(port="tcp:1", keyfile=f"{here}/manhole/keys")
        expected = {
            "policy.toml": "configuration-file",
            "audit/log": "audit-file",
            "audit/log.1": "audit-file",
            "audit/log.state": "audit-file",
            "keys/ring": "key-file",
            "keys/passphrase": "key-file",
            "store/secrets.sqlite": "store-file",
            "manhole/keys": "key-file",
        }
        self.assertEqual(self.found(secretsProviders=[manager], manhole=manhole), expected)

    def test_keys_of_ports_and_change_sources(self) -> None:
        self.touch("keys/www:8443", "keys/pb", "keys/gerrit")
        here = str(self.basedir)
        www = {
            **MasterConfig().www,
            "port": f"ssl:8443:privateKey={here}/keys/www\\:8443:certKey=c",
        }
        gerrit = changes.GerritChangeSource(
            "example.org", "ci", gitBaseURL="ssh://x", identity_file=f"{here}/keys/gerrit"
        )
        protocols = {"pb": {"port": "ssl:9989:certKey=c:privateKey=keys/pb"}, "null": {}}
        found = self.found(www=www, change_sources=[gerrit], protocols=protocols)
        keys = ("keys/www:8443", "keys/pb", "keys/gerrit")
        self.assertEqual(found, dict.fromkeys(keys, "key-file"))

    def test_buildbots_own_provider_takes_what_is_open(self) -> None:
        self.touch("files/token")
        own = SecretInAFile(dirname=str(self.basedir / "files"))
        expected = {"files": "key-file", "files/token": "key-file"}
        self.assertEqual(self.found(secretsProviders=[own]), expected)
