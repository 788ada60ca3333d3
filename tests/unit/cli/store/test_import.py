"""``buildbot-keychain import``."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.support.keychain_command import COMMAND, Ended, run_unread
from tests.support.store_commands import StoreCommandCase

CANARY = "s3cr3t-canary"
DOTENV = f"A={CANARY}\nB=two\n".encode()


class ImportCommandCase(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()

    def file(self, name: str, content: str) -> Path:
        path = self.base / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(content)
        return path

    def imported(self, *words: str | Path, status: int = 0, text: bytes = b"") -> Ended:
        ended = self.run_command("import", *words, text=text)
        self.assertEqual(ended.status, status)
        self.assertNotIn(CANARY, ended.out + ended.err)
        return ended

    def names(self) -> list[str]:
        return [found.name for found in self.open().secrets.page()]


class ImportTests(ImportCommandCase):
    def test_a_report_for_each_entry(self) -> None:
        self.set("B", "old")
        path = self.file("one.env", DOTENV.decode())
        ended = self.imported("env", path)
        self.assertEqual(
            ended.out.splitlines(),
            [f"new     A  ({path}: 'A')", f"changed B  ({path}: 'B')"],
        )
        self.assertEqual(ended.err, "buildbot-keychain: 1 new, 1 changed\n")
        self.assertEqual((self.value("A"), self.value("B")), (CANARY, "two"))
        self.assertEqual(self.value("B", 1), "old")
        self.assertIn("2 same", self.imported("env", path).err)

    def test_a_dry_run(self) -> None:
        ended = self.imported("env", "-", "--dry-run", text=DOTENV)
        self.assertIn("2 new (a dry run: nothing was stored)", ended.err)
        self.assertEqual(self.names(), [])

    def test_json(self) -> None:
        ended = self.imported("env", "-", "--json", "--quiet", "--map", "B=", text=DOTENV)
        self.assertEqual(ended.err, "")
        self.assertEqual(
            [json.loads(line) for line in ended.out.splitlines()],
            [
                {"outcome": "new", "name": "A", "where": "standard input: 'A'", "why": None},
                {
                    "outcome": "skipped",
                    "name": "B",
                    "where": "standard input: 'B'",
                    "why": "a rule leaves it out",
                },
            ],
        )

    def test_names(self) -> None:
        rules = self.file("rules", "# what is public\nB=\n")
        options = ("--prefix", "old/", "--map", "A=token", "--map-file", rules, "--map", "C=d")
        ended = self.imported("env", "-", *options, text=DOTENV)
        self.assertEqual(self.names(), ["old/token"])
        self.assertIn("the rule 'C=d' was for no name", ended.err)
        self.assertFails(4, "must be OLD=NEW", "import", "env", "-", "--map", CANARY)
        self.assertFails(4, "cannot read", "import", "env", "-", "--map-file", self.base / "no")

    def test_what_is_not_imported_is_said_and_the_rest_is_stored(self) -> None:
        ended = self.imported("json", "-", status=3, text=b'{"a": "one", "b": [1], "c@1": "x"}')
        self.assertEqual(self.names(), ["a"])
        self.assertEqual(ended.out.count("skipped"), 2)
        self.assertEqual(ended.err, "buildbot-keychain: 1 new, 2 skipped\n")

    def test_nobody_reads_the_report(self) -> None:
        self.patch(os, "environ", {**os.environ, "PYTHONUNBUFFERED": "1"})
        path = self.file("one.env", DOTENV.decode())
        ended = run_unread("import", "env", path, cwd=self.base)
        self.assertEqual((ended.status, ended.err), (0, "buildbot-keychain: 2 new\n"))
        self.assertEqual(self.names(), ["A", "B"])

    def test_the_report_cannot_be_written(self) -> None:
        path = self.file("one.env", DOTENV.decode())
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with Path("/dev/full").open("wb") as full:
            ended = subprocess.run(
                [*COMMAND, "import", "env", path],
                env=environment,
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        self.assertEqual(ended.returncode, 4)
        self.assertRegex(ended.stderr, rb": 2 new\n.* No space left .* run the same command again")
        self.assertEqual(self.names(), ["A", "B"])

    def test_an_unknown_kind_is_not_repeated(self) -> None:
        ended = self.run_command("import", CANARY, "x")
        self.assertEqual(ended.status, 2)
        self.assertNotIn(CANARY, ended.err)
