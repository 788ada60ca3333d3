"""`buildbot-keychain redact`, as a process between two pipes."""

from __future__ import annotations

import base64
import json
import os
import pty
import signal
import subprocess

from tests.support.keychain_command import COMMAND, Ended, SecretFilesTestCase, run

TOKEN = "canary-W7/x+9pQ"


class RedactTestCase(SecretFilesTestCase):
    """With one secret."""

    def setUp(self) -> None:
        super().setUp()
        self.file = self.secret("token", TOKEN)


class FilterTests(RedactTestCase):
    """What passes."""

    def test_every_form_is_hidden_and_everything_else_passes(self) -> None:
        encoded = base64.b64encode(TOKEN.encode())
        text = b"a " + TOKEN.encode() + b" \xff\xfe\x00\r\n\x1b[1m" + encoded + b" end"
        process = subprocess.run(
            [*COMMAND, "redact", "--file", self.file], input=text, capture_output=True, check=True
        )
        self.assertEqual(process.stdout, b"a <token> \xff\xfe\x00\r\n\x1b[1m<token> end")
        self.assertEqual(process.stderr, b"buildbot-keychain: 2 occurrences hidden: token 2\n")

    def test_the_count_at_the_end(self) -> None:
        other = self.secret("other", "another-7/x+9pQ")
        arguments = ["redact", "--file", self.file, "--file", other]
        text = f"{TOKEN} {TOKEN}\nanother-7/x+9pQ\n".encode()
        ended = run(*arguments, text=text)
        message = "buildbot-keychain: 3 occurrences hidden: other 1, token 2\n"
        self.assertEqual(ended.err, message)
        self.assertEqual(run(*arguments, "--build-log", text=text).err, message)
        self.assertEqual(run(*arguments).err, "buildbot-keychain: no secret was hidden\n")
        self.assertEqual(run(*arguments, "--quiet", text=text), Ended(0, ended.out, ""))
        counted = json.loads(run(*arguments, "--json", text=text).err)
        self.assertEqual(counted, {"hidden": {"other": 1, "token": 2}})

    def test_an_explanation_as_json(self) -> None:
        ended = run("redact", "--file", self.file, "--explain", "token", "--json")
        facts = json.loads(ended.out)
        self.assertEqual(facts["secret"], "token")
        self.assertEqual(facts["hidden from readers who were given it"], "wherever it occurs")

    def test_a_large_text_without_secrets_is_the_same_to_the_byte(self) -> None:
        text = os.urandom(1 << 20)
        process = subprocess.run(
            [*COMMAND, "redact", "--file", self.file], input=text, capture_output=True, check=True
        )
        self.assertTrue(process.stdout == text)

    def test_output_does_not_wait_for_a_line_end(self) -> None:
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

    def test_the_beginning_of_a_secret_is_masked_at_an_interruption(self) -> None:
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
        self.assertEqual((out, err), (b"<token>", b"buildbot-keychain: interrupted\n"))
        self.assertEqual(process.returncode, -signal.SIGINT)

    def test_output_that_nobody_reads_ends_it_silently(self) -> None:
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

    def test_a_terminal_shows_how_much_has_passed(self) -> None:
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


class ErrorTests(RedactTestCase):
    """If it cannot begin, nothing passes."""

    def assertNothingPasses(self, status: int, message: str, *arguments: str) -> None:
        ended = run("redact", *arguments, text=b"not to pass")
        self.assertMessage(ended, status, message)

    def test_without_a_secret(self) -> None:
        self.assertNothingPasses(2, "no secret to hide")

    def test_with_a_secret_that_cannot_be_read(self) -> None:
        gone = f"gone={self.directory / 'gone'}"
        self.assertNothingPasses(4, "cannot read the secret 'gone'", "--file", gone)

    def test_weak_values_are_reported_while_the_text_passes(self) -> None:
        ended = run("redact", "--file", self.secret("pin", "k7x2"), text=b"k7x2 ok7x2")
        self.assertEqual((ended.status, ended.out), (0, "<pin> ok7x2"))
        self.assertIn("secret 'pin' is short", ended.err)
        self.assertNotIn("k7x2", ended.err)
