"""``token``: tokens in a master's database, with a ``master.cfg``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.util import find_spec

from twisted.trial.unittest import SkipTest

from buildbot_keychain.bearer_tokens import TokenRow, is_valid
from tests.support.keychain_command import Ended, SecretFilesTestCase, run
from tests.support.recorded_uses import write

TABLE = """CREATE TABLE keychain_tokens (
    id VARCHAR(16) PRIMARY KEY, digest VARCHAR(64), person TEXT, scopes TEXT, note TEXT,
    created_at BIGINT, expires_at BIGINT)"""


class TokenTests(SecretFilesTestCase):
    def setUp(self) -> None:
        if find_spec("buildbot") is None:
            raise SkipTest("Buildbot is not installed")
        super().setUp()
        (self.directory / "master.cfg").write_text("c = BuildmasterConfig = {}\n")
        self.database = self.directory / "state.sqlite"
        write(self.database, [])

    def token(self, *arguments: str) -> Ended:
        return run("token", *arguments, "--config", self.directory)

    def test_a_life(self) -> None:
        ended = self.token("create", "--person", "rolf", "--scope", "approvals:read")
        self.assertEqual(ended.status, 4)
        self.assertIn("start the master with the page of secrets", ended.err)
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute(TABLE)
        ended = self.token(
            "create",
            "--person",
            "ren\xe9",
            "--scope",
            "approvals:read",
            "--note",
            "bot",
            "--days",
            "9",
        )
        token = ended.out.strip()
        self.assertIn("shown only now", ended.err)
        with closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            (row,) = map(dict, connection.execute("SELECT * FROM keychain_tokens"))
        self.assertNotIn(token[-43:], str(row))
        kept = TokenRow.read(row)
        self.assertEqual((kept.person, kept.scopes), ("ren\xe9", {"approvals:read"}))
        self.assertEqual(kept.expires_at - kept.created_at, 9 * 24 * 60 * 60)
        self.assertTrue(is_valid(token, kept, kept.created_at))
        listed = self.token("list").out
        self.assertIn(f"{kept.id}  'ren\xe9'  approvals:read", listed)
        self.assertNotIn(token[-43:], listed)
        self.assertEqual(self.token("revoke", token).status, 4)
        self.assertEqual(self.token("revoke", kept.id).status, 0)
        self.assertEqual(self.token("list").out, "")

    def test_wrong_command_lines(self) -> None:
        for arguments in (
            ("create",),
            ("create", "--person", "rolf"),
            ("create", "--person", " ", "--scope", "approvals:read"),
            ("create", "--person", "rolf", "--scope", "everything"),
            ("create", "--person", "rolf", "--scope", "approvals:read", "--days", "0"),
            ("create", "--person", "x" * 201, "--scope", "approvals:read"),
            ("list", "0123"),
            ("revoke",),
        ):
            self.assertEqual(self.token(*arguments).status, 2, arguments)
