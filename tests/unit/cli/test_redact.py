"""`buildbot-keychain redact`, as a process between two pipes."""

from __future__ import annotations

import base64
import os
import pty
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.support.keychain_command import COMMAND, run

TOKEN = "canary-W7/x+9pQ"


class RedactTestCase(SynchronousTestCase):
    """A directory with one secret."""

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="keychain-test-")).resolve()
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.file = self.secret("token", TOKEN)

    def secret(self, name: str, value: str, mode: int = 0o600) -> str:
        """Write a secret and give what follows ``--file``."""
        path = self.directory / name
        path.write_text(value)
        path.chmod(mode)
        return f"{name}={path}"


class FilterTests(RedactTestCase):
    """What passes."""

    def test_every_form_is_hidden_and_everything_else_passes(self) -> None:
        encoded = base64.b64encode(TOKEN.encode())
        text = b"a " + TOKEN.encode() + b" \xff\xfe\x00\r\n\x1b[1m" + encoded + b" end"
        process = subprocess.run(
            [*COMMAND, "redact", "--file", self.file], input=text, capture_output=True, check=True
        )
        self.assertEqual(process.stdout, b"a <token> \xff\xfe\x00\r\n\x1b[1m<token> end")
        self.assertEqual(process.stderr, b"")

    def test_a_large_text_without_secrets_is_the_same_to_the_byte(self) -> None:
        text = os.urandom(1 << 20)
        process = subprocess.run(
            [*COMMAND, "redact", "--file", self.file], input=text, capture_output=True, check=True
        )
        self.assertTrue(process.stdout == text)

    def test_what_can_be_released_does_not_wait_for_a_line_end(self) -> None:
        with subprocess.Popen(
            [*COMMAND, "redact", "--file", self.file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"password? ")
            self.assertEqual(process.stdout.read(64), b"password? ")
            process.stdin.write(b"it is " + TOKEN[:9].encode())
            self.assertEqual(process.stdout.read(64), b"it is ")
            process.stdin.write(TOKEN[9:].encode() + b"!")
            self.assertEqual(process.stdout.read(64), b"<token>!")

    def test_what_was_held_back_at_an_interruption_is_masked(self) -> None:
        with subprocess.Popen(
            [*COMMAND, "redact", "--file", self.file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"x " + TOKEN[:-1].encode())
            self.assertEqual(process.stdout.read(64), b"x ")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        self.assertEqual((out, err), (b"<token>", b""))
        self.assertEqual(process.returncode, -signal.SIGINT)

    def test_a_reader_that_goes_away_ends_it_without_a_word(self) -> None:
        with subprocess.Popen(
            [*COMMAND, "redact", "--file", self.file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"one\n")
            process.stdout.read(64)
            process.stdout.close()
            process.stdin.write(b"two\n")
            self.assertEqual(process.wait(timeout=60), -signal.SIGPIPE)
            assert process.stderr is not None
            self.assertEqual(process.stderr.read(), b"")

    def test_a_terminal_is_shown_how_much_has_passed(self) -> None:
        mine, its = pty.openpty()
        self.addCleanup(os.close, mine)
        with os.fdopen(its, "wb") as terminal:
            subprocess.run(
                [*COMMAND, "redact", "--file", self.file],
                input=b"x" * 2000,
                stdout=subprocess.DEVNULL,
                stderr=terminal,
                check=True,
            )
        self.assertIn(b"2.0 kB passed", os.read(mine, 4096))


class RefusalTests(RedactTestCase):
    """What it says, and that nothing passes, where it cannot begin."""

    def refused(self, status: int, *arguments: str) -> str:
        ended = run("redact", *arguments, text=b"not to pass")
        self.assertEqual((ended.status, ended.out), (status, ""))
        (line,) = ended.err.splitlines()
        self.assertRegex(line, r"^buildbot-keychain: [^A-Z].*[^.]$")
        return line

    def test_no_secret(self) -> None:
        self.assertIn("give --file NAME=PATH or --config", self.refused(2))

    def test_names_without_a_configuration(self) -> None:
        self.assertIn("add --config", self.refused(2, "--name", "token"))

    def test_a_value_in_place_of_a_path_is_not_repeated(self) -> None:
        self.assertNotIn(TOKEN, self.refused(2, "--file", TOKEN))

    def test_a_file_that_others_can_read(self) -> None:
        entry = self.secret("open", TOKEN, mode=0o644)
        line = self.refused(4, "--file", entry)
        self.assertIn("cannot read the secret 'open'", line)
        self.assertIn("chmod 600", line)

    def test_a_file_that_is_not_there(self) -> None:
        line = self.refused(4, "--file", f"gone={self.directory / 'gone'}")
        self.assertIn("cannot read the secret 'gone'", line)

    def test_a_configuration_that_is_not_there(self) -> None:
        self.assertIn("is no file", self.refused(4, "--config", str(self.directory / "m.cfg")))

    def test_a_weak_value_is_named_and_not_shown(self) -> None:
        entry = self.secret("pin", "k7x2")
        ended = run("redact", "--file", entry, text=b"k7x2 ok7x2")
        self.assertEqual((ended.status, ended.out), (0, "<pin> ok7x2"))
        self.assertIn("secret 'pin' is short", ended.err)
        self.assertNotIn("k7x2", ended.err)
