"""Which store a command line names, and opening it."""

from __future__ import annotations

import argparse
import builtins
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.trial.unittest import SkipTest

from buildbot_keychain.cli import UsageError
from buildbot_keychain.cli.store import _access
from buildbot_keychain.store.wraps import Passphrase
from tests.support.keychain_command import Ended, run
from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import CHEAP

PASSPHRASE = "canary correct horse"
PASSWORD = "canary-W7"


class PlaceTests(StoreCommandCase):
    def place(self, *words: str) -> _access.Place:
        parser = argparse.ArgumentParser()
        _access.add_arguments(parser)
        return _access.place(parser.parse_args(words))

    def test_the_environment_names_it(self) -> None:
        self.assertEqual(self.place(), _access.Place(self.url, self.key_file))

    def test_options_come_first(self) -> None:
        found = self.place("--store", "sqlite:///other", "--key-file", "ring2")
        self.assertEqual(found, _access.Place("sqlite:///other", Path("ring2").absolute()))
        self.assertEqual(found.seen_file, Path("ring2.seen").absolute())

    def test_none(self) -> None:
        for missing in (_access.KEY_FILE, _access.STORE):
            self.patch(os, "environ", {k: v for k, v in os.environ.items() if k != missing})
            self.assertFails(2, f"or set {missing}", "list")

    def test_a_password_in_the_url(self) -> None:
        for url in (
            f"postgresql://user:{PASSWORD}@host/db",
            f"postgresql+psycopg://user:{PASSWORD}/x@host/db",
            f"postgresql://user@host/db?password={PASSWORD}",
            f"postgresql://host/db?sslmode=require&sslpassword={PASSWORD}",
            f"postgresql://app@corp:{PASSWORD}@db/x",
            f"postgresql://host/db?p%61ssword={PASSWORD}",
            f"postgresql://host/db?dsn=password%3D{PASSWORD}",
            f"postgresql://user:{PASSWORD}:x@host:y/db",
        ):
            self.assertRaises(UsageError, self.place, "--store", url)
            message = self.assertFails(2, "PGPASSFILE", "list", "--store", url)
            self.assertNotIn(PASSWORD, message)
            self.patch(os, "environ", {**os.environ, _access.STORE: url})
            self.assertFails(2, "PGPASSFILE", "list")

    def test_a_password_where_sqlalchemy_is_not_installed(self) -> None:
        self.patch(sys, "modules", {**sys.modules, "sqlalchemy": None})
        url = f"postgresql://app@corp:{PASSWORD}@db/x"
        self.assertRaises(UsageError, self.place, "--store", url)
        self.assertEqual(self.place("--store", "postgresql://db:5432/x").url[-4:], "32/x")

    def test_no_password_in_the_url(self) -> None:
        for url in (
            "postgresql://user@host:5432/db",
            "postgresql:///?service=x",
            "postgresql://user@host:5432/db?passfile=/x/y%40z&application_name=password=",
            "sqlite:///a:b@c",
        ):
            self.assertEqual(self.place("--store", url).url, url)


class OpenedTests(StoreCommandCase):
    def test_there_is_no_store(self) -> None:
        self.assertFails(4, "the key ring ", "list")
        self.assertFalse(self.key_file.exists())

    def test_the_end_of_the_journal_is_remembered(self) -> None:
        self.create()
        self.set("a", "x")
        old = self.path.read_bytes()
        self.set("a", "y")
        self.out("list")
        seen = self.key_file.with_name("ring.seen")
        self.assertEqual(stat.S_IMODE(seen.stat().st_mode), 0o600)
        for file in self.path.parent.iterdir():
            file.unlink()
        self.path.touch(0o600)
        self.path.write_bytes(old)
        self.assertFails(4, "older than what was seen", "list")

    def test_the_end_of_the_journal_cannot_be_kept(self) -> None:
        self.create()
        self.out("list", "--quiet")
        full = OSError(28, "No space left on device")
        with mock.patch("os.fsync", side_effect=full):
            ended = self.run_command("set", "a", "--create", "--quiet", text=b"x" * 30)
        self.assertEqual((ended.status, ended.out), (0, ""))
        self.assertRegex(ended.err, r"warning: .*ring\.seen.* No space left .* was put back\n\Z")
        self.out("list")

    def test_a_passphrase_is_asked_for(self) -> None:
        self.create([Passphrase(PASSPHRASE, cost=CHEAP)])
        person = self.answering(PASSPHRASE)
        self.out("list", "--quiet")
        self.assertEqual(person.seen.decode().strip(), f"passphrase of {self.key_file}:")

    def test_a_wrong_passphrase(self) -> None:
        self.create([Passphrase(PASSPHRASE, cost=CHEAP)])
        self.answering("canary wrong")
        self.assertNotIn("canary", self.assertFails(4, "does not open it", "list"))

    def test_nobody_to_ask_for_a_passphrase(self) -> None:
        self.create([Passphrase(PASSPHRASE, cost=CHEAP)])
        self.assertFails(4, "there is no terminal to ask at", "list")

    def test_a_library_is_not_installed(self) -> None:
        missing = ""

        def failing(name: str, *others: Any) -> Any:
            if name == "buildbot_keychain.store.opening":
                raise ModuleNotFoundError(name=missing)
            return before(name, *others)

        before = builtins.__import__
        self.patch(builtins, "__import__", failing)
        for missing, extra in (("cryptography.hazmat", "store"), ("gnupg", "pass")):
            library = missing.partition(".")[0]
            expected = f"needs {library}; run: pip install 'buildbot-keychain[{extra}]'"
            self.assertFails(4, expected, "list")


class ConfiguredTests(StoreCommandCase):
    """``--config``, which runs a configuration; so each test is a process."""

    def setUp(self) -> None:
        if find_spec("buildbot") is None:
            raise SkipTest("Buildbot is not installed")
        super().setUp()
        self.create([Passphrase(PASSPHRASE, cost=CHEAP)])
        passphrase = self.base / "keys" / "passphrase"
        passphrase.write_text(PASSPHRASE)
        passphrase.chmod(0o600)

    def configured(self, *words: str | Path, key_file: str = "") -> Ended:
        config = self.base / "master.cfg"
        config.write_text(
            "from buildbot_keychain.plugins import secrets\n"
            "unlock = [secrets.PassphraseFrom(file='keys/passphrase')]\n"
            "files = secrets.SecretInAFile('keys')\n"
            "store = secrets.SecretInStore('sqlite:///data/secrets.sqlite', 'keys/ring',\n"
            "                              unlock=unlock, keep_versions=2, name='ours')\n"
            "manager = secrets.SecretManager([files, store])\n"
            "c = BuildmasterConfig = {'secretsProviders': [manager]}\n"
        )
        environment = {_access.STORE: "", _access.KEY_FILE: key_file}
        return run(*words, "--config", config, text=b"x" * 30, environment=environment)

    def test_the_store_of_a_provider(self) -> None:
        """Relative paths are below the master's directory, and its versions are those to keep."""
        opens = {"unwrappers": [Passphrase(PASSPHRASE, cost=CHEAP)]}
        for _ in range(2):
            self.open(**opens).secrets.set("a", "x", now=self.now)
        ended = self.configured("set", "a", "--replace", "--provider", "ours", "--quiet")
        self.assertEqual((ended.status, ended.out, ended.err), (0, "", ""))
        versions = self.open(**opens).secrets.versions("a")
        self.assertEqual([found.version for found in versions], [2, 3])

    def test_the_keys_of_a_provider_open_a_backup(self) -> None:
        backup = self.base / "outside" / "one"
        backup.parent.mkdir(mode=0o700)
        self.run_command("backup", "--database", backup)
        ended = self.configured("verify", "--backup", backup, key_file="/nowhere/ring")
        self.assertEqual((ended.status, ended.out), (0, ""))
        for file in self.path.parent.iterdir():
            file.unlink()
        ended = self.configured("restore", "--database", backup)
        self.assertIn("restored 0 secrets", ended.err)

    def test_another_provider(self) -> None:
        ended = self.configured("list", "--provider", "files")
        self.assertEqual(ended.status, 4)
        self.assertIn("no SecretInStore has that name: it is one of ours", ended.err)

    def test_both(self) -> None:
        message = self.assertFails(2, "--config says all", "list", "--config", "x", "--store", "y")
        self.assertIn("--help", message)


class ActorTests(StoreCommandCase):
    def test_who_runs_it(self) -> None:
        self.patch(os, "environ", {})
        user, _, host = _access.actor().partition("@")
        self.assertEqual(host, os.uname().nodename)
        self.assertNotEqual(user, "")

    def test_who_became_root(self) -> None:
        self.patch(os, "environ", {"SUDO_USER": "alice\n"})
        self.assertRegex(_access.actor(), r"\Aalice@\S+\Z")

    def test_the_journal_has_it(self) -> None:
        self.create()
        parser = argparse.ArgumentParser()
        _access.add_arguments(parser)
        with _access.opened(parser.parse_args([])) as store:
            store.secrets.set("a", "x", now=self.now)
            (entry,) = store.secrets.history("a")
        self.assertEqual(entry.actor, _access.actor())


class StartTests(StoreCommandCase):
    def test_what_help_does_not_import(self) -> None:
        """SQLAlchemy and cryptography take a second."""
        modules: Sequence[str] = ("sqlalchemy", "cryptography", "pyrage", "buildbot")
        script = (
            "import sys; from buildbot_keychain.cli._parser import build_parser; build_parser(); "
            f"print([name for name in {modules} if name in sys.modules])"
        )
        self.assertEqual(subprocess.check_output([sys.executable, "-c", script]).strip(), b"[]")
