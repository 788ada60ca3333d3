"""``--config``: the secrets and the database of a ``master.cfg`` that is not running."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest

from buildbot_keychain.cli import CommandError
from buildbot_keychain.cli._master_config import MasterConfiguration
from buildbot_keychain.store.creation import create_store
from buildbot_keychain.store.database import Database
from buildbot_keychain.store.opening import OpenStore
from buildbot_keychain.store.ring import KeyRing
from buildbot_keychain.store.ring_file import RingFile
from tests.support.keychain_command import Ended, SecretFilesTestCase, run
from tests.support.store_keys import NOW

TOKEN = "canary-W7/x+9pQ"


class DatabaseUrlTests(SecretFilesTestCase):
    """`MasterConfiguration.db_url`."""

    def url(self, **entries: Any) -> str:
        return MasterConfiguration(Path("/etc/master.cfg"), Path("/srv/master"), entries).db_url

    def test_both_spellings_and_the_default(self) -> None:
        self.assertEqual(self.url(db={"db_url": "sqlite:///a"}), "sqlite:///a")
        self.assertEqual(self.url(db_url="sqlite:///b"), "sqlite:///b")
        self.assertEqual(self.url(), "sqlite:///state.sqlite")

    def test_a_renderable_cannot_be_used(self) -> None:
        error = self.assertRaises(CommandError, self.url, db={"db_url": object()})
        self.assertIn("add --db-url", str(error))


def hidden_one(out: str, name: str) -> Ended:
    """Return how `redact` ends when it has hidden one secret."""
    return Ended(0, out, f"buildbot-keychain: 1 occurrence hidden: {name} 1\n")


class ConfigTests(SecretFilesTestCase):
    """``redact --config``, which needs Buildbot."""

    def setUp(self) -> None:
        if find_spec("buildbot") is None:
            raise SkipTest("Buildbot is not installed")
        super().setUp()
        (self.directory / "secrets").mkdir(mode=0o700)
        self.secret("secrets/token", TOKEN)
        self.secret("secrets/user", "canary-of-the-user")

    def redact(self, *lines: str, name: str = "") -> Ended:
        config = self.directory / "master.cfg"
        config.write_text("\n".join(["c = BuildmasterConfig = {}", *lines]))
        names = ["--name", name] if name else []
        text = f"{TOKEN} canary-of-the-user".encode()
        return run("redact", "--config", config, *names, text=text)

    def test_all_secrets_of_our_manager_except_public_ones(self) -> None:
        ended = self.redact(
            "from buildbot_keychain.plugins import secrets",
            "files = secrets.SecretInAFile('secrets')  # relative to the basedir",
            "c['secretsProviders'] = [secrets.SecretManager([files], public=['user'])]",
        )
        self.assertEqual(ended, hidden_one("<token> canary-of-the-user", "token"))

    def test_a_store_is_read_and_nothing_else(self) -> None:
        """Keys are announced, a socket is made and use is noted by a master that runs."""
        url = f"sqlite:///{self.directory}/secrets/store.sqlite"
        database, ring_file = Database(url), RingFile(self.directory / "secrets" / "ring")
        create_store(database, ring_file, now=NOW, actor="init", beside_database=True)
        database.close()
        store = OpenStore(url, ring_file.path, actor="test")
        self.addCleanup(store.close)
        store.secrets.set("deploy", TOKEN, now=NOW)
        ended = self.redact(
            "from buildbot_keychain.plugins import secrets",
            "arguments = ('sqlite:///secrets/store.sqlite', 'secrets/ring')",
            "own = secrets.SecretInStore(*arguments, socket=True)",
            "hosted = secrets.SecretInStore(*arguments, socket=True, name='hosted')",
            "c['secretsProviders'] = [secrets.SecretManager([hosted]), own]",
            name="deploy",
        )
        self.assertEqual(ended, hidden_one("<deploy> canary-of-the-user", "deploy"))
        self.assertEqual(store.rotation.masters(), ())
        self.assertFalse((self.directory / "keychain-sockets").exists())
        described = store.secrets.describe("deploy")
        assert described is not None
        self.assertEqual(described.used, 0)

    def test_the_keys_of_the_master_stay_closed(self) -> None:
        """They open with its database, and for its user; what is looked up here needs none."""
        (self.directory / "keys").mkdir(mode=0o700)
        RingFile(self.directory / "keys" / "ring").create(KeyRing.create(NOW))
        ended = self.redact(
            "from buildbot_keychain.plugins import secrets",
            "files, keys = secrets.SecretInAFile('secrets'), 'keys/ring'",
            "c['secretsProviders'] = [secrets.SecretManager([files], key_file=keys)]",
            name="token",
        )
        self.assertEqual(ended, hidden_one("<token> canary-of-the-user", "token"))

    def test_one_secret_of_a_provider_of_buildbot(self) -> None:
        ended = self.redact(
            "from buildbot.plugins import secrets",
            f"c['secretsProviders'] = [secrets.SecretInAFile({str(self.directory / 'secrets')!r})]",
            name="user",
        )
        self.assertEqual(ended, hidden_one(f"{TOKEN} <user>", "user"))

    def test_a_provider_that_cannot_list_its_secrets_is_named(self) -> None:
        ended = self.redact(
            "from buildbot_keychain.plugins import secrets",
            "environment = secrets.SecretInEnvironment('KEYCHAIN_TEST_', name='env')",
            "c['secretsProviders'] = [environment, secrets.SecretInAFile('secrets')]",
        )
        self.assertEqual((ended.status, ended.out), (0, "<token> <user>"))
        self.assertIn("provider 'env' cannot list its secrets: add --name", ended.err)

    def test_a_binary_file_is_named_and_the_others_are_hidden(self) -> None:
        (self.directory / "secrets" / "keystore").write_bytes(b"\xfe\xed\x00" + TOKEN.encode())
        (self.directory / "secrets" / "keystore").chmod(0o600)
        (self.directory / "secrets" / "directory").mkdir(mode=0o700)
        provider = (
            "from buildbot_keychain.plugins import secrets",
            "c['secretsProviders'] = [secrets.SecretInAFile('secrets')]",
        )
        ended = self.redact(*provider)
        self.assertEqual((ended.status, ended.out), (0, "<token> <user>"))
        line, _count = ended.err.splitlines()
        self.assertIn("secret 'keystore' is not hidden: ", line)
        self.assertIn("is not UTF-8 text", line)
        self.assertMessage(self.redact(*provider, name="keystore"), 4, "is not UTF-8 text")

    def test_a_file_that_cannot_be_read_ends_it(self) -> None:
        ended = self.redact(
            "from buildbot_keychain import SecretInAFile",
            "from buildbot_keychain.errors import AccessDenied",
            "from buildbot_keychain.plugins import secrets",
            "class Failing(SecretInAFile):",
            "    def read(self, path):",
            "        raise AccessDenied(self.name, path, 'the disk is damaged')",
            "c['secretsProviders'] = [secrets.SecretManager([Failing('secrets')])]",
        )
        self.assertMessage(ended, 4, "cannot read the secret 'token'")
        self.assertIn("the disk is damaged; make it readable, or add --name", ended.err)

    def test_what_the_configuration_prints_is_not_output(self) -> None:
        ended = self.redact(
            "print('hello')",
            "from buildbot_keychain.plugins import secrets",
            "c['secretsProviders'] = [secrets.SecretInAFile('secrets')]",
        )
        self.assertEqual((ended.status, ended.out), (0, "<token> <user>"))
        self.assertIn("hello", ended.err)

    def test_a_secret_that_no_provider_holds(self) -> None:
        ended = self.redact(
            "from buildbot_keychain.plugins import secrets",
            "c['secretsProviders'] = [secrets.SecretInAFile('secrets')]",
            name="nobody",
        )
        self.assertMessage(ended, 4, "secret 'nobody': no provider holds it")

    def test_a_configuration_that_fails(self) -> None:
        ended = self.redact(f"raise RuntimeError({TOKEN!r})")
        self.assertMessage(ended, 4, "run buildbot checkconfig to see why")
        self.assertNotIn(TOKEN, ended.err)

    def test_a_provider_that_cannot_be_started(self) -> None:
        ended = self.redact(
            "from buildbot.plugins import secrets",
            "class Failing(secrets.SecretInAFile):",
            "    def startService(self):",
            f"        raise RuntimeError({TOKEN!r})",
            "c['secretsProviders'] = [Failing('secrets')]",
        )
        self.assertMessage(ended, 4, "cannot start the providers in ")
        self.assertNotIn(TOKEN, ended.err)

    def test_a_configuration_without_providers(self) -> None:
        self.assertMessage(self.redact(), 4, 'has no c["secretsProviders"]: add --file instead')

    def test_a_configuration_that_does_not_exist(self) -> None:
        ended = run("redact", "--config", self.directory / "gone.cfg")
        self.assertMessage(ended, 4, "is not a file: --config needs the path of a master.cfg")

    def redact_master(self, directory: Path) -> Ended:
        """Redact with what the master in `directory` configures."""
        return run("redact", "--config", directory, text=TOKEN.encode())

    def test_the_directory_of_a_master(self) -> None:
        """Its ``buildbot.tac`` names the configuration; paths are relative to it."""
        lines = (
            "from buildbot_keychain.plugins import secrets",
            "c = BuildmasterConfig = {'secretsProviders': [secrets.SecretInAFile('secrets')]}",
        )
        (self.directory / "ours.cfg").write_text("\n".join(lines))
        (self.directory / "buildbot.tac").write_text("configfile = 'ours.cfg'\n")
        self.assertEqual(self.redact_master(self.directory), hidden_one("<token>", "token"))

    def test_a_directory_without_a_configuration(self) -> None:
        self.assertMessage(self.redact_master(self.directory), 4, "master.cfg is not a file")
        (self.directory / "buildbot.tac").write_text("1 / 0")
        ended = self.redact_master(self.directory)
        self.assertMessage(ended, 4, "buildbot.tac fails with ZeroDivisionError")
