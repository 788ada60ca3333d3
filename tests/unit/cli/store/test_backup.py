"""``buildbot-keychain backup`` and ``restore``."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest import mock

from buildbot_keychain.cli.store import _access
from buildbot_keychain.store.wraps import Passphrase
from tests.support.postgresql import PostgreSQLTestCase
from tests.support.store_commands import StoreCommandCase
from tests.support.store_keys import CHEAP


class BackupCommandCase(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.outside = self.base / "outside"
        for path in (self.outside, self.outside / "data", self.outside / "keys"):
            path.mkdir(mode=0o700)
        self.database, self.keys = self.outside / "data" / "one", self.outside / "keys" / "one"

    def backed_up(self) -> None:
        self.create()
        self.set("a", "one")
        self.run_command("backup", "--database", self.database, "--keys", self.keys)

    def new_place(self) -> list[str | Path]:
        """Return the options for a place without a store."""
        for name in ("new", "new-keys"):
            (self.base / name).mkdir(mode=0o700)
        url = f"sqlite:///{self.base / 'new' / 'secrets.sqlite'}"
        return ["--store", url, "--key-file", self.base / "new-keys" / "ring"]


class BackupTests(BackupCommandCase):
    def test_both_are_written(self) -> None:
        self.create()
        ended = self.run_command("backup", "--database", self.database, "--keys", self.keys)
        self.assertEqual((ended.status, ended.out), (0, ""))
        self.assertIn(f"the keys in {self.keys} are not wrapped", ended.err)
        self.assertIn(f"wrote {self.database} and {self.keys}", ended.err)
        self.assertEqual(self.keys.read_bytes(), self.key_file.read_bytes())
        self.assertTrue(self.database.exists())

    def test_json(self) -> None:
        self.create()
        out = self.out("backup", "--database", self.database, "--json")
        self.assertEqual(json.loads(out), {"database": str(self.database)})

    def test_wrapped_keys_need_no_passphrase(self) -> None:
        self.create([Passphrase("p", cost=CHEAP)])
        self.out("backup", "--database", self.database, "--keys", self.keys, "--quiet")
        self.assertTrue(self.keys.exists())

    def test_nothing_to_write(self) -> None:
        self.create()
        self.assertFails(2, "add --database FILE, --keys FILE, or both", "backup")

    def test_nothing_is_replaced(self) -> None:
        self.backed_up()
        self.assertFails(4, "it is not replaced", "backup", "--database", self.database)

    def test_the_two_are_kept_apart(self) -> None:
        self.create()
        beside = self.database.parent / "keys"
        words = ("backup", "--database", self.database, "--keys", beside)
        self.assertFails(4, "whoever copies the directory has both", *words)
        self.assertFalse(self.database.exists())
        for place in (self.path.parent, self.key_file.parent):
            option = "--keys" if place == self.path.parent else "--database"
            self.assertFails(4, "whoever copies the directory", "backup", option, place / "new")
        self.out(*words, "--beside-database", "--quiet")
        self.assertTrue(beside.exists())


class RestoreTests(BackupCommandCase):
    def test_database_and_keys(self) -> None:
        self.backed_up()
        place = self.new_place()
        ended = self.run_command(
            "restore", "--database", self.database, "--keys", self.keys, *place
        )
        self.assertEqual((ended.status, ended.out), (0, ""))
        self.assertIn("restored 1 secrets with 1 versions", ended.err)
        self.assertIn("verify --accept-rollback", ended.err)
        self.out("verify", "--quiet", *place)

    def lose(self) -> None:
        """Lose the database, and name a place for another one."""
        self.path.unlink()
        for path in self.path.parent.glob(f"{self.path.name}-*"):
            path.unlink()

    def test_the_database_alone(self) -> None:
        self.backed_up()
        self.set("a", "two")
        self.run_command("list")
        self.lose()
        found = json.loads(self.out("restore", "--database", self.database, "--json"))
        self.assertEqual(found, {"secrets": 1, "versions": 1, "problems": []})
        self.assertFails(4, "accept the roll-back", "list")
        self.assertFails(4, "accept the roll-back", "verify")
        self.out("verify", "--accept-rollback", "--quiet")
        self.assertEqual(self.value("a"), "one")
        self.out("list")

    def test_keys_that_are_wrapped(self) -> None:
        self.create([Passphrase("p", cost=CHEAP)])
        self.run_command("backup", "--database", self.database, "--keys", self.keys)
        words = ("restore", "--database", self.database, "--keys", self.keys, *self.new_place())
        self.assertFails(4, "there is no terminal to ask at", *words)
        self.answering("p")
        self.assertEqual(self.run_command(*words).status, 0)

    def test_nothing_to_restore(self) -> None:
        self.assertFails(2, "add --database FILE", "restore")

    def test_a_place_with_a_store(self) -> None:
        self.backed_up()
        self.assertFails(4, "there is a store", "restore", "--database", self.database)

    def test_without_the_keys(self) -> None:
        self.backed_up()
        place = self.new_place()
        words = ("restore", "--database", self.database, *place)
        self.assertFails(4, "does not exist; restore it from its backup", *words)
        self.assertEqual(list((self.base / "new").iterdir()), [])

    def test_damage_that_is_accepted(self) -> None:
        self.create()
        for name in ("a", "b"):
            self.set(name, "x")
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(
                "UPDATE keychain_store_versions SET wrapped = zeroblob(126) WHERE uid = "
                "(SELECT uid FROM keychain_store_secrets WHERE name = 'b')"
            )
        self.run_command("backup", "--database", self.database, "--keys", self.keys)
        words = ("restore", "--database", self.database, "--keys", self.keys, *self.new_place())
        self.assertFails(4, "nothing was restored", *words)
        ended = self.run_command(*words, "--accept-damage")
        self.assertEqual(ended.status, 3)
        self.assertRegex(ended.out, r"\A.*secret 'b': version 1: .*\n\Z")
        self.assertIn("restored 2 secrets", ended.err)

    def test_together_only_if_that_is_forced(self) -> None:
        self.backed_up()
        (self.base / "new").mkdir(mode=0o700)
        ring = self.base / "new" / "ring"
        url = f"sqlite:///{self.base / 'new' / 'secrets.sqlite'}"
        words = ("--database", self.database, "--keys", self.keys, "--key-file", ring)
        self.patch(os, "environ", {**os.environ, _access.STORE: url})
        self.assertFails(4, "whoever copies the directory has both", "restore", *words)
        self.assertFalse(ring.exists())
        self.assertEqual(self.run_command("restore", *words, "--beside-database").status, 0)


class PostgreSQLRestoreTests(PostgreSQLTestCase, BackupCommandCase):
    """The database is lost, and restored into another one of the server."""

    def setUp(self) -> None:
        super().setUp()
        self.lose()

    def lose(self) -> None:
        self.url = self.make_url()
        changed = mock.patch.dict(os.environ, {_access.STORE: self.url})
        changed.start()
        self.addCleanup(changed.stop)

    test_the_database_alone = RestoreTests.test_the_database_alone
