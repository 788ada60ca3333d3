"""Text files, scrubbed in place."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import CommandError, ExitStatus
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli.scrub import _text_files as text_files
from buildbot_keychain.cli.scrub._report import Report
from buildbot_keychain.redaction import RedactionPolicy, Redactor

TOKEN = "canary-W7/x+9pQ"
KEY = "one\ncanary-of-line-two\nthree"


class TextFileTests(SynchronousTestCase):
    """A rotated log of 0640 in a directory of its own."""

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="keychain-test-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.path = self.directory / "twistd.log.1"
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", TOKEN)
        self.redactor.add("key", KEY)

    def write(self, data: bytes) -> None:
        self.path.write_bytes(data)
        self.path.chmod(0o640)
        os.utime(self.path, (1000, 2000))

    def scrub(self, *, writing: bool) -> tuple[list[str], ExitStatus]:
        out = io.StringIO()
        report = Report(Terminal(io.StringIO(), show_status=False), writing=writing, out=out)
        text_files.scrub(self.path, self.redactor, report)
        found = out.getvalue().replace(f"{self.directory}/", "").splitlines()
        return found, report.finish()

    def test_a_search_reports_lines_and_changes_nothing(self) -> None:
        text = f"a\nb {TOKEN}\r\nc\n{KEY}\n".encode()
        self.write(text)
        found, status = self.scrub(writing=False)
        self.assertEqual(
            (found, status),
            (["token: twistd.log.1, line 2", "key: twistd.log.1, line 4"], ExitStatus.FOUND),
        )
        self.assertTrue(self.path.read_bytes() == text)

    def test_it_is_replaced_with_its_mode_and_time(self) -> None:
        self.write(f"a \xff\nb {TOKEN}\r\nc\n{KEY}\nlast".encode("latin-1"))
        _, status = self.scrub(writing=True)
        self.assertEqual(status, ExitStatus.SUCCESS)
        self.assertEqual(
            self.path.read_bytes(), b"a \xff\nb <token>\r\nc\n<key>\n<key>\n<key>\nlast"
        )
        stat = self.path.stat()
        self.assertEqual((stat.st_mode & 0o777, stat.st_mtime), (0o640, 2000))
        self.assertEqual(list(self.directory.iterdir()), [self.path])
        inode = stat.st_ino
        self.assertEqual(self.scrub(writing=True), ([], ExitStatus.SUCCESS))
        self.assertEqual(self.path.stat().st_ino, inode)

    def test_gzip_stays_gzip(self) -> None:
        self.write(gzip.compress(f"x\n{TOKEN}\n".encode()))
        self.scrub(writing=True)
        self.assertEqual(gzip.decompress(self.path.read_bytes()), b"x\n<token>\n")

    def test_a_secret_across_two_blocks_of_a_file(self) -> None:
        lines = b"x" * 1023 + b"\n"
        head = lines * 1024
        text = head[: len(head) - 9] + b"\n" + KEY.encode() + b"\nend\n"
        self.write(text)
        self.scrub(writing=True)
        self.assertTrue(self.path.read_bytes().endswith(b"x\n<key>\n<key>\n<key>\nend\n"))
        self.assertEqual(self.path.read_bytes().count(b"\n"), text.count(b"\n"))

    def test_a_symlink_leads_to_the_file(self) -> None:
        self.write(TOKEN.encode())
        real, self.path = self.path, self.directory / "link"
        self.path.symlink_to(real)
        self.scrub(writing=True)
        self.assertTrue(self.path.is_symlink())
        self.assertEqual(real.read_bytes(), b"<token>")

    def test_what_is_not_a_file_is_rejected(self) -> None:
        error = self.assertRaises(CommandError, self.scrub, writing=True)
        self.assertIn("No such file", str(error))
        self.path.mkdir()
        self.assertRaises(CommandError, self.scrub, writing=True)
