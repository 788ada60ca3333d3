"""``scrub`` as a whole on a small database and a text file."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from tests.support.keychain_command import Ended, run_here
from tests.support.small_database import SmallDatabaseTestCase

TOKEN = "canary-W7/x+9pQ"


class CommandTests(SmallDatabaseTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.secret("token", TOKEN)
        self.insert("builds", 11, 119, 1, f"deployed with {TOKEN}")
        self.insert("logchunks", 1000, 0, 0, f"o{TOKEN}".encode(), 0)

    def scrub(self, *arguments: str | Path) -> Ended:
        url = ("--db-url", "sqlite:///state.sqlite", "--basedir", self.directory)
        ended = run_here("scrub", "--file", self.file, *url, *arguments)
        self.assertNotIn(TOKEN, ended.out + ended.err)
        return ended

    def stored(self) -> list[object]:
        (state,) = self.query("SELECT state_string FROM builds WHERE id = 11")
        (content,) = self.query("SELECT content FROM logchunks")
        return [*state, *content]

    def test_a_search(self) -> None:
        before = self.path.read_bytes()
        ended = self.scrub()
        self.assertEqual(ended.status, 1)
        self.assertEqual(
            ended.out.splitlines(),
            [
                "token: builder release, build 119, builds.state_string",
                "token: builder release, build 118, step deploy, log stdio, line 1",
                "token: 2 occurrences",
            ],
        )
        self.assertEqual(self.path.read_bytes(), before)

    def test_a_replacement(self) -> None:
        self.assertEqual(self.scrub("--write").status, 0)
        self.assertEqual(self.stored(), ["deployed with <token>", b"o<token>"])
        again = self.scrub("--write")
        self.assertEqual((again.status, again.out), (0, ""))

    def test_it_continues_from_the_resume_file(self) -> None:
        resume = self.directory / "position"
        position = {"database": self.url, "secrets": ["token"], "table": "logs", "number": 1000}
        resume.write_text(json.dumps(position))
        self.assertEqual(self.scrub("--write", "--resume", resume).status, 0)
        self.assertEqual(self.stored(), [f"deployed with {TOKEN}", b"o<token>"])
        self.assertFalse(resume.exists())

    def test_a_running_master_is_left_alone(self) -> None:
        self.insert("masters", 1, "main", 1, int(time.time()))
        ended = self.scrub("--write")
        self.assertMessage(ended, 4, "stop the master first, or add --live")
        self.assertEqual(self.stored()[1], f"o{TOKEN}".encode())
        self.assertEqual(self.scrub("--write", "--live").status, 0)

    def test_the_process_of_a_master_next_to_the_database(self) -> None:
        (self.directory / "twistd.pid").write_text(str(os.getpid()))
        self.assertMessage(self.scrub("--write"), 4, "stop the master first, or add --live")

    def test_the_log_that_a_master_writes_is_left_alone(self) -> None:
        (self.directory / "twistd.pid").write_text(str(os.getpid()))
        for name, status in (("twistd.log", 4), ("twistd.log.1", 0)):
            log = self.directory / name
            log.write_text(TOKEN)
            ended = self.scrub("--write", "--no-database", "--text", log)
            self.assertEqual(ended.status, status)
            self.assertEqual(log.read_text(), TOKEN if status else "<token>")
