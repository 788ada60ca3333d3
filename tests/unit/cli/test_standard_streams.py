"""Standard streams that are closed, full or no files, in processes of a shell."""

from __future__ import annotations

import os
import pty
import shlex
import signal
import subprocess

from tests.support.keychain_command import COMMAND, Ended, SecretFilesTestCase

TOKEN = "canary-W7/x+9pQ"
HIDDEN = b"buildbot-keychain: 1 occurrence hidden: token 1\n"


class StandardStreamsTests(SecretFilesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.secret("token", TOKEN)
        self.log = self.directory / "log"
        self.log.write_text(f"{TOKEN}\n" * 3)

    def shell(self, command: str, redirections: str, text: bytes = b"some text") -> Ended:
        """Run `command` with one secret to hide and the redirections of a shell."""
        name, *rest = command.split()
        arguments = [*COMMAND, name, "--file", self.file, *rest]
        done = subprocess.run(
            ["sh", "-c", f"{shlex.join(arguments)} {redirections}"],
            input=text,
            cwd=self.directory,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def test_a_full_disk(self) -> None:
        for command in ("redact", "scrub --no-database --text log"):
            ended = self.shell(command, "> /dev/full")
            self.assertMessage(ended, 4, "cannot write standard output: No space left on device")

    def test_closed_output(self) -> None:
        for command in ("redact", "scrub --no-database --text log"):
            ended = self.shell(command, ">&-")
            self.assertMessage(ended, 4, "standard output is closed")

    def test_closed_input(self) -> None:
        self.assertMessage(self.shell("redact", "<&-"), 4, "standard input is closed")
        self.assertEqual(self.shell("scrub --no-database --text log", "<&-").status, 1)

    def test_input_that_cannot_be_read(self) -> None:
        ended = self.shell("redact", "0> write-only")
        self.assertMessage(ended, 4, "cannot read standard input: Bad file descriptor")

    def test_messages_that_cannot_be_written_are_lost_and_the_text_passes(self) -> None:
        for redirection in ("2>&-", "2> /dev/full"):
            self.secret("pin", "k7x2")
            ended = self.shell("redact --file pin=pin", redirection, TOKEN.encode())
            self.assertEqual(ended, Ended(0, "<token>", ""))

    def test_no_file_gets_the_descriptor_of_a_closed_stream(self) -> None:
        before = self.log.read_bytes()
        self.shell("scrub --no-database --text log", "<&- >&- 2>&-")
        self.assertEqual(self.log.read_bytes(), before)
        written = self.shell("scrub --no-database --text log --write", "<&- 2>&-")
        self.assertEqual(written.status, 0)
        self.assertEqual(self.log.read_text(), "<token>\n" * 3)

    def test_a_terminal_is_told_what_is_read_from_it(self) -> None:
        mine, its = pty.openpty()
        self.addCleanup(os.close, mine)
        with subprocess.Popen(
            [*COMMAND, "redact", "--file", self.file],
            stdin=its,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            os.close(its)
            assert process.stderr is not None
            message = process.stderr.readline()
            self.assertIn(b"reading from this terminal until Ctrl-D: ", message)
            os.write(mine, f"{TOKEN}\n".encode() + b"\x04")
            out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out, err), (0, b"<token>\n", HIDDEN))

    def test_ctrl_c_ends_with_a_word(self) -> None:
        with subprocess.Popen(
            [*COMMAND, "redact", "--file", self.file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"text\n")
            self.assertEqual(process.stdout.read(64), b"text\n")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        self.assertEqual((out, err), (b"", b"buildbot-keychain: interrupted\n"))
        self.assertEqual(process.returncode, -signal.SIGINT)
