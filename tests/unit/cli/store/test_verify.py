"""``buildbot-keychain verify``."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

from tests.support.store_commands import StoreCommandCase

CANARY = "s3cr3t-canary"


class VerifyTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.set("a", CANARY)
        self.set("b", CANARY)

    def damage(self) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(
                "UPDATE keychain_store_versions SET wrapped = zeroblob(126) WHERE uid = "
                "(SELECT uid FROM keychain_store_secrets WHERE name = 'b')"
            )

    def test_all_opens(self) -> None:
        ended = self.run_command("verify")
        self.assertEqual((ended.status, ended.out), (0, ""))
        key, summary = ended.err.splitlines()
        self.assertRegex(key, r"key [0-9a-f]{16} of 2026-\S+ seals 2 versions: it seals$")
        self.assertIn("all of it opens: 2 secrets with 2 versions, and 3 entries", summary)

    def test_what_does_not_open(self) -> None:
        self.damage()
        ended = self.run_command("verify")
        self.assertEqual(ended.status, 1)
        (line,) = ended.out.splitlines()
        self.assertIn("secret 'b': version 1:", line)
        self.assertIn("1 thing does not open", ended.err)
        self.assertNotIn(CANARY, ended.out + ended.err)

    def test_json(self) -> None:
        self.damage()
        ended = self.run_command("verify", "--json", "--quiet")
        self.assertEqual((ended.status, ended.err), (1, ""))
        found = json.loads(ended.out)
        self.assertEqual((found["secrets"], len(found["problems"])), (2, 1))
        self.assertEqual([key["use"] for key in found["keys"]], ["primary"])

    def test_a_backup(self) -> None:
        for name in ("outside", "outside-keys"):
            (self.base / name).mkdir(mode=0o700)
        backup, keys = self.base / "outside" / "one", self.base / "outside-keys" / "one"
        self.run_command("backup", "--database", backup, "--keys", keys)
        shutil.rmtree(self.path.parent)
        self.key_file.unlink()
        found = self.run_command("verify", "--backup", backup, "--key-file", keys)
        self.assertEqual((found.status, found.out), (0, ""))
        self.assertIn("all of it opens: 2 secrets", found.err)
        self.assertFails(4, "does not exist", "verify", "--backup", backup)
        words = ("verify", "--backup", backup, "--accept-rollback")
        self.assertFails(2, "not about a backup", *words)

    def test_which_backups_need_a_retired_key(self) -> None:
        (self.base / "outside").mkdir(mode=0o700)
        one, two = self.base / "outside" / "one", self.base / "outside" / "two"
        self.run_command("backup", "--database", one)
        self.now += 100
        self.run_command("rotate", "--wait", "0")
        self.run_command("backup", "--database", two)
        said = self.run_command("verify").err
        self.assertRegex(said, r" 0 versions: it is retired, and backups from before 2026-\S+ ")
        ended = self.run_command("verify", "--backup", one, "--backup", two)
        self.assertEqual((ended.status, ended.out), (0, ""))
        *_, old, new = ended.err.splitlines()
        self.assertRegex(old, rf"key \S+ of \S+ is retired: needed by {one}$")
        self.assertRegex(new, rf"key \S+ of \S+ seals, or may seal: needed by {two}$")
        found = self.run_command("verify", "--json", "--backup", one, "--backup", two)
        facts = [json.loads(line) for line in found.out.splitlines()]
        self.assertEqual([fact["backup"] for fact in facts], [str(one), str(two)])
        self.assertEqual([fact["needs"][0] in old for fact in facts], [True, False])

        one.write_bytes(one.read_bytes()[:-4096])
        ended = self.run_command("verify", "--backup", one, "--backup", two)
        self.assertEqual(ended.status, 1)
        self.assertIn(f"{one}: ", ended.out)
        self.assertIn("is retired: needed by none of these backups", ended.err)
