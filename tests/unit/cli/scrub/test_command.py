"""``scrub`` as a whole on a small database and a text file."""

from __future__ import annotations

import io
import json
import lzma
import os
import tarfile
import time
import zipfile
from pathlib import Path

from tests.support.keychain_command import Ended, SecretFilesTestCase, run, run_here
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
        ended = run_here("scrub", "--file", self.file, *url, "--guessable", *arguments)
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
        position: dict[str, object] = {
            "database": self.url,
            "secrets": ["token"],
            "guessable": True,
        }
        position |= {"table": "logs", "number": 1000}
        resume.write_text(json.dumps(position))
        self.assertEqual(self.scrub("--write", "--resume", resume).status, 0)
        self.assertEqual(self.stored(), [f"deployed with {TOKEN}", b"o<token>"])
        self.assertFalse(resume.exists())

    def scrub_master(self, db_url: str) -> Ended:
        """Search the database of the master in the directory, with its configuration."""
        (self.directory / "secrets").mkdir(mode=0o700)
        self.secret("secrets/token", TOKEN)
        self.secret("secrets/db_url", "sqlite:///state.sqlite")
        lines = (
            "from buildbot_keychain.plugins import secrets, util",
            "from buildbot.plugins import util as buildbot_util",
            "c = BuildmasterConfig = {'secretsProviders': [secrets.SecretInAFile('secrets')]}",
            f"c['db'] = {{'db_url': {db_url}}}",
        )
        (self.directory / "master.cfg").write_text("\n".join(lines))
        ended = run("scrub", "--config", self.directory, "--guessable", "--quiet")
        self.assertNotIn(TOKEN, ended.out + ended.err)
        return ended

    def test_a_database_whose_url_is_a_secret(self) -> None:
        ended = self.scrub_master("util.Interpolate('%(secret:db_url)s')")
        self.assertEqual(ended.err, "")
        self.assertIn("token: 2 occurrences", ended.out)

    def test_a_database_whose_url_is_a_secret_of_buildbots_class(self) -> None:
        self.assertIn(
            "token: 2 occurrences", self.scrub_master("buildbot_util.Secret('db_url')").out
        )

    def test_a_database_whose_url_is_a_secret_that_nobody_holds(self) -> None:
        ended = self.scrub_master("util.Secret('nobody')")
        self.assertMessage(ended, 4, "cannot look up the db_url: ")
        self.assertIn("'nobody'", ended.err)

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

    def test_what_can_be_guessed_is_hidden_where_it_was_given_or_on_request(self) -> None:
        url = ("--db-url", self.url, "--write")
        ended = run_here("scrub", "--file", self.file, *url)
        self.assertEqual(ended.status, 1)
        self.assertIn("does not record which builds were given which secrets", ended.err)
        self.assertIn("2 occurrences shown: hiding them would tell", ended.err)
        self.assertEqual(self.stored(), [f"deployed with {TOKEN}", f"o{TOKEN}".encode()])

        self.give(11, "token")
        self.assertEqual(run_here("scrub", "--file", self.file, *url).status, 1)
        self.assertEqual(self.stored(), ["deployed with <token>", f"o{TOKEN}".encode()])

        ended = run_here("scrub", "--file", self.file, *url, "--guessable")
        self.assertEqual(ended.status, 0)
        self.assertIn("warning: what can be guessed is hidden everywhere", ended.err)
        self.assertEqual(self.stored(), ["deployed with <token>", b"o<token>"])


class TextFilesTests(SecretFilesTestCase):
    """``scrub --text`` as a process, on good and bad files."""

    def setUp(self) -> None:
        super().setUp()
        self.file = self.secret("token", TOKEN)
        self.bad = {"bad.xz": lzma.compress(TOKEN.encode())[:-1], "bad.bin": TOKEN.encode() + b"\0"}
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as stored:
            stored.writestr("log", TOKEN)
        self.bad["bad.zip"] = archive.getvalue()
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            member = tarfile.TarInfo("log")
            member.size = len(TOKEN)
            tar.addfile(member, io.BytesIO(TOKEN.encode()))
        self.bad["bad.tar"] = archive.getvalue()
        for name, data in self.bad.items():
            (self.directory / name).write_bytes(data)

    def scrub(self, *files: str) -> Ended:
        arguments = ("--file", self.file, "--no-database", "--write", "--text", *files)
        ended = run("scrub", *arguments, cwd=self.directory)
        self.assertNotIn("Traceback", ended.err)
        self.assertFalse(TOKEN in ended.out or TOKEN in ended.err)
        return ended

    def test_bad_files_stay_as_they_are_and_do_not_end_the_run(self) -> None:
        short = self.directory / "good.xz"
        short.write_bytes(lzma.compress(TOKEN.encode()))
        (self.directory / "good").write_text(f"{TOKEN}\n")
        ended = self.scrub(*self.bad, "gone", "good.xz", "good")
        self.assertEqual(ended.status, 3)
        for name, data in self.bad.items():
            self.assertTrue((self.directory / name).read_bytes() == data, name)
        self.assertEqual(lzma.decompress(short.read_bytes()), b"<token>")
        self.assertEqual((self.directory / "good").read_text(), "<token>\n")
        names = ", ".join([*self.bad, "gone"])
        self.assertIn(f"not checked: 5 of the files: {names}\n", ended.err)

    def test_nothing_that_was_not_checked_counts_as_clean(self) -> None:
        for name in (*self.bad, "gone"):
            ended = self.scrub(name)
            self.assertEqual((ended.status, ended.out), (3, ""))
            self.assertNotIn("no secrets found", ended.err)
