"""``buildbot-keychain import vault`` at a server that runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.keychain_command import Ended, run
from tests.support.openbao import engines, logins
from tests.support.openbao.api import Api
from tests.support.openbao.shared_server import SharedServer
from tests.support.store_commands import StoreCommandCase

CANARY = "s3cr3t-canary-"


class ImportTests(SharedServer, StoreCommandCase):
    @classmethod
    def prepare(cls, root: Api) -> None:
        engines.enable_kv(root)
        engines.enable_kv(root, "ci/old", 1)

    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.root = self.server.root
        self.token = self.file("token", str(self.root.token))

    def file(self, name: str, text: str) -> Path:
        path = self.base / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def imported(self, path: str, *words: str | Path, status: int = 0) -> Ended:
        """Import from a path of the server, with its administrator's token if nothing is said."""
        login = () if "--vault-login" in words else ("--vault-login", f"token-file:{self.token}")
        ended = run("import", "vault", f"{self.server.address}/{path}", *login, *words)
        self.assertEqual(ended.status, status, ended.err)
        self.assertNotIn(CANARY, ended.out + ended.err)
        return ended

    def names(self) -> list[str]:
        return [found.name for found in self.open().secrets.page()]

    def test_all_entries_and_once_more(self) -> None:
        entries: dict[str, dict[str, Any]] = {
            "alone": {"value": f"{CANARY}1"},
            "team": {"token": f"{CANARY}2"},
            "team/app": {"user": "robot", "password": f"{CANARY}3"},
            "team/deep/er/one": {"value": f"{CANARY}4"},
            "gone": {"value": f"{CANARY}5"},
            "team/a%20b": {"value": f"{CANARY}6"},
        }
        for name, fields in entries.items():
            engines.write_kv(self.root, name, **fields)
        self.root.delete("secret/data/gone")
        self.root.write("secret/metadata/alone", custom_metadata={"description": "Deploys"})
        dry = self.imported("secret", "--dry-run", status=3)
        self.assertIn("5 new, 1 skipped (a dry run: nothing was stored)", dry.err)
        self.assertEqual(self.names(), [])

        ended = self.imported("secret", status=3)
        self.assertIn("5 new, 1 skipped", ended.err)
        self.assertRegex(ended.out, "skipped .*'gone': its current version was deleted")
        expected = ["alone", "team", "team/a b", "team/app", "team/deep/er/one"]
        self.assertEqual(self.names(), expected)
        self.assertEqual(self.value("team/deep/er/one"), f"{CANARY}4")
        fields = json.loads(self.value("team/app") or "")
        self.assertEqual(fields, {"user": "robot", "password": f"{CANARY}3"})
        described = self.open().secrets.describe("alone")
        assert described is not None
        self.assertEqual(described.metadata.description, "Deploys")
        self.assertIn("5 same, 1 skipped", self.imported("secret", status=3).err)

        part = self.imported("secret/team/deep", "--prefix", "x/")
        self.assertIn("1 new", part.err)
        self.assertEqual(self.value("x/team/deep/er/one"), f"{CANARY}4")

    def test_what_may_not_be_read_and_the_first_version_of_kv(self) -> None:
        for name in ("a/1", "b/2", "c/3"):
            engines.write_kv(self.root, name, mount="ci/old", version=1, value=f"{CANARY}{name}")
        rules = (("ci/old/", ["list"]), ("ci/old/a/*", ["list", "read"]))
        logins.write_policy(self.root, "some", *rules, ("ci/old/b/", ["list"]))
        logins.enable_auth(self.root, "approle", "ci/approle")
        role, secret = logins.approle(self.root, "importer", "some", path="ci/approle")
        login = f"approle@ci/approle:{role}:{self.file('secret-id', secret)}"
        ended = self.imported("ci/old", "--vault-login", login, status=3)
        self.assertEqual(self.value("a/1"), f"{CANARY}a/1")
        self.assertIn("1 new, 2 skipped", ended.err)
        for place in ("'b/2'", "'c/'"):
            self.assertRegex(ended.out, f"skipped .*{place}: .*denie")
        self.assertNotIn(secret, ended.out + ended.err)

    def test_a_namespace(self) -> None:
        inner = logins.make_namespace(self.root, "team")
        engines.enable_kv(inner, "kv")
        engines.write_kv(inner, "in", mount="kv", value=f"{CANARY}n")
        self.assertIn("1 new", self.imported("kv", "--vault-namespace", "team").err)
        self.assertEqual(self.value("in"), f"{CANARY}n")

    def test_what_ends_it(self) -> None:
        """Nothing of what was given is repeated, as it may be in the wrong place."""
        self.root.write("sys/mounts/pki", type="pki")
        address = self.server.address
        for source, login, status, message in (
            (f"{address}/none", f"token-file:{self.token}", 3, "nothing is mounted at 'none'"),
            (f"{address}/pki", f"token-file:{self.token}", 3, "only KV has entries"),
            (address, "none", 2, "name the mount behind the server"),
            (f"{address}/secret", "none", 3, "no token was sent"),
            (f"{address}/secret?{CANARY}", "none", 2, "no user, password"),
            (f"{address}/secret", CANARY, 2, "--vault-login must be one of"),
            (f"{address}/secret", f"userpass:me:{CANARY}", 4, "does not exist"),
            (f"{address}/secret", "token-file:", 2, "must be token-file:FILE"),
        ):
            ended = run("import", "vault", source, "--vault-login", login)
            self.assertEqual(ended.status, status, ended.err)
            self.assertIn(message, ended.out + ended.err)
            self.assertNotIn(CANARY, ended.out + ended.err)
            self.assertNotIn("Traceback", ended.err)
        self.assertEqual(self.names(), [])
