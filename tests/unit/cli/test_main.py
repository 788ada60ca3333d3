"""The way in: what is refused, and that no error tells a value."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import known_secrets
from buildbot_keychain.cli import main as module
from buildbot_keychain.cli.main import main

TOKEN = "canary-W7/x+9pQ"


class MainTests(SynchronousTestCase):
    """The command in this process."""

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="keychain-test-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        path = self.directory / "token"
        path.touch(mode=0o600)
        path.write_text(TOKEN)
        self.file = f"token={path}"

    def ended(self, *arguments: str) -> tuple[int, str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = main(arguments)
            except SystemExit as exited:
                status = int(exited.code or 0)
        self.assertNotIn(TOKEN, out.getvalue() + err.getvalue())
        return status, err.getvalue() or out.getvalue()

    def test_a_command_is_needed(self) -> None:
        self.assertEqual(self.ended()[0], 2)

    def test_help_tells_the_exit_statuses(self) -> None:
        for command in ("redact", "scrub"):
            status, text = self.ended(command, "--help")
            self.assertEqual(status, 0)
            self.assertIn("exit status:", text)

    def test_scrub_says_what_it_misses(self) -> None:
        for arguments, message in (
            ((), "give --file NAME=PATH or --config"),
            (("--file", self.file), "give --db-url or --config"),
            (("--file", self.file, "--no-database"), "give --text"),
            (("--file", self.file, "--db-url", "x", "--resume", "f"), "--resume is for --write"),
        ):
            status, text = self.ended("scrub", *arguments)
            self.assertEqual(status, 2, message)
            self.assertIn(message, text)

    def test_databases_that_cannot_be_used(self) -> None:
        (self.directory / "empty").touch()
        for url, message in (
            ("nonsense", "is none"),
            ("sqlite:///gone.sqlite", "there is no database"),
            ("sqlite:///empty", "is no database of Buildbot's"),
            ("sqlite://", "in memory"),
            ("nosuchdb://u:pw-geheim@h/d", "cannot connect"),
        ):
            status, text = self.ended(
                "scrub", "--file", self.file, "--basedir", str(self.directory), "--db-url", url
            )
            self.assertEqual(status, 4, message)
            self.assertIn(message, text)
            self.assertNotIn("pw-geheim", text)
        self.assertFalse((self.directory / "gone.sqlite").exists())

    def test_an_error_that_was_not_foreseen_tells_its_place_only(self) -> None:
        def broken(*_: object) -> None:
            raise RuntimeError(TOKEN)

        self.patch(known_secrets, "check", broken)
        status, text = self.ended("redact", "--file", self.file)
        self.assertEqual(status, 4)
        self.assertRegex(text, r"RuntimeError at test_main.py:\d+ in broken, its text is withheld")

    def test_the_version(self) -> None:
        self.assertEqual(self.ended("--version")[0], 0)
        self.assertTrue(module.__doc__)
