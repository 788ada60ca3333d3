"""Text files, scrubbed in place."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from buildbot_keychain.cli import ExitStatus
from buildbot_keychain.cli._terminal import Terminal
from buildbot_keychain.cli.scrub import _partial_files as partial_files
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
        self.errors = io.StringIO()
        self.redactor = Redactor(RedactionPolicy.build_log())
        self.redactor.add("token", TOKEN)
        self.redactor.add("key", KEY)

    def write(self, data: bytes) -> None:
        self.path.write_bytes(data)
        self.path.chmod(0o640)
        os.utime(self.path, (1000, 2000))

    def scrub(self, *, writing: bool) -> tuple[list[str], ExitStatus]:
        out = io.StringIO()
        report = Report(Terminal(self.errors, show_status=False), writing=writing, out=out)
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

    def test_what_somebody_elses_link_leads_to_is_left(self) -> None:
        """Root scrubs the logs of a user, who could have it change the files of others."""
        if os.geteuid() != 0:
            raise SkipTest("only root can be led to files of others")
        text = f"{TOKEN}\n"
        self.write(text.encode())
        real = self.path
        self.path, directory = self.directory / "link", self.directory / "logs"
        self.path.symlink_to(real)
        directory.symlink_to(".")
        for link, path in ((self.path, self.path), (directory, directory / real.name)):
            os.lchown(link, 65534, 65534)
            self.path = path
            found, status = self.scrub(writing=True)
            self.assertEqual((len(found), status), (1, ExitStatus.FOUND))
            self.assertIn("(left: ", found[0])
            self.assertIn("name the file itself", self.errors.getvalue())
            self.assertEqual(real.read_text(), text)
        os.chown(real, 65534, 65534)
        self.assertEqual(self.scrub(writing=True)[1], ExitStatus.SUCCESS)
        self.assertEqual(real.read_text(), "<token>\n")

    def test_what_is_not_a_file_is_not_checked(self) -> None:
        self.assertEqual(self.scrub(writing=True), ([], ExitStatus.UNCHECKED))
        self.assertIn("not checked: ", self.errors.getvalue())
        self.assertIn("twistd.log.1, No such file or directory", self.errors.getvalue())
        self.path.mkdir()
        self.assertEqual(self.scrub(writing=True), ([], ExitStatus.UNCHECKED))
        self.assertIn("it is not a regular file", self.errors.getvalue())

    def test_what_is_no_text_stays_as_it_is(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("log", TOKEN)
        self.write(buffer.getvalue())
        self.assertEqual(self.scrub(writing=True), ([], ExitStatus.UNCHECKED))
        self.assertTrue(self.path.read_bytes() == buffer.getvalue())
        self.assertIn("it is a zip archive", self.errors.getvalue())

    def test_a_file_that_changes_meanwhile_is_left(self) -> None:
        self.write(f"{TOKEN}\n".encode())
        create = partial_files.create

        def append(path: Path) -> tuple[Path, int]:
            with path.open("a") as file:
                file.write("appended\n")
            return create(path)

        self.patch(partial_files, "create", append)
        found, status = self.scrub(writing=True)
        self.assertEqual(status, ExitStatus.FOUND)
        self.assertIn("(left: it has just changed", found[0])
        self.assertTrue(self.path.read_text().startswith(f"{TOKEN}\nappended\n"))
        self.assertEqual(list(self.directory.iterdir()), [self.path])

    def test_a_file_that_cannot_be_replaced_is_left(self) -> None:
        self.path = self.directory / ("n" * 250)  # the name of the new file would be too long
        self.write(f"{TOKEN}\n".encode())
        found, status = self.scrub(writing=True)
        self.assertEqual(status, ExitStatus.FOUND)
        self.assertIn("(left: ", found[0])
        self.assertIn(": File name too long", self.errors.getvalue())
        self.assertEqual(self.path.read_text(), f"{TOKEN}\n")

    def test_what_a_killed_run_left_is_removed_only_when_writing(self) -> None:
        self.write(b"nothing\n")
        leftover = self.directory / ".twistd.log.1.0123abcd.scrub"
        leftover.write_text("half of it")
        self.scrub(writing=False)
        self.assertTrue(leftover.exists())
        self.scrub(writing=True)
        self.assertFalse(leftover.exists())
        self.assertIn("removed 1 left by a killed run", self.errors.getvalue())

    def test_a_long_line_takes_time_by_its_length(self) -> None:
        self.write(b"x" * (8 << 20) + TOKEN.encode())
        self.scrub(writing=True)
        self.assertTrue(self.path.read_bytes().endswith(b"x<token>"))
