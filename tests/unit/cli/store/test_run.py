"""``buildbot-keychain run``, most of it in a process: it ends as the command does."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from pathlib import Path

from tests.support.keychain_command import COMMAND, Ended, run
from tests.support.store_commands import StoreCommandCase

CANARY = "s3cr3t-canary-7391"


class RunTests(StoreCommandCase):
    def setUp(self) -> None:
        super().setUp()
        self.create()
        self.set("token", CANARY)

    def sh(self, script: str, *options: str) -> Ended:
        return run("run", "--quiet", *options, "--", "sh", "-c", script)

    def test_variables_and_redacted_output(self) -> None:
        self.set("user", "alice", redact=False)
        script = 'echo "$USER_NAME $TOKEN" | tr a-z A-Z; echo "$TOKEN"; echo "$TOKEN" >&2'
        ended = self.sh(script, "--env", "TOKEN=token", "--env", "USER_NAME=user")
        self.assertEqual(ended.status, 0)
        first, second = ended.out.splitlines()
        self.assertTrue(first.startswith("ALICE "))
        self.assertEqual((second, ended.err), ("<token>", "<token>\n"))

    def test_a_file_in_memory_that_is_gone_afterwards(self) -> None:
        self.set("key", b"\x00\xff")
        script = 'stat -c "%a %s" "$KEY" "${KEY%/*}"; echo "$KEY"; cat "$TOKEN"; exit 5'
        ended = self.sh(script, "--file", "KEY=key", "--file", "TOKEN=token")
        self.assertEqual(ended.status, 5)
        file, directory, path, content = ended.out.splitlines()
        self.assertEqual((file, directory[:3], content), ("600 2", "700", "<token>"))
        self.assertFalse(Path(path).parent.exists())

    def test_an_older_version(self) -> None:
        self.set("token", "another-value")
        ended = self.sh(
            'test "$A" != "$B" && echo "$A $B"', "--env", "A=token@1", "--env", "B=token"
        )
        self.assertEqual(ended.out, "<token@1> <token>\n")

    def test_the_status_is_that_of_the_command(self) -> None:
        self.assertEqual(self.sh("exit 42", "--env", "A=token").status, 42)
        self.assertEqual(self.sh("kill -9 $$", "--env", "A=token").status, -signal.SIGKILL)
        ended = run("run", "--env", "A=token", "--", "/nowhere/program")
        self.assertEqual((ended.status, ended.out), (127, ""))
        self.assertIn("cannot run /nowhere/program", ended.err)

    def test_a_signal_is_passed_on_and_files_are_removed(self) -> None:
        script = 'trap "exit 9" TERM; echo "$TOKEN"; read line'
        with subprocess.Popen(
            [*COMMAND, "run", "--file", "TOKEN=token", "--", "sh", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(os.environ),
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            path = Path(os.fsdecode(process.stdout.readline()).strip())
            self.assertTrue(path.is_file())
            process.terminate()
            process.stdout.read()
        self.assertEqual(process.returncode, 9)
        self.assertFalse(path.parent.exists())

    def test_killed_it_leaves_the_command_without_files_and_output(self) -> None:
        script = 'echo "$TOKEN"; read line; test -e "$TOKEN"; echo $? > "$0"; echo unseen'
        answer = self.base / "answer"
        os.mkfifo(answer)
        with subprocess.Popen(
            [*COMMAND, "run", "--file", "TOKEN=token", "--", "sh", "-c", script, str(answer)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(os.environ),
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            path = Path(os.fsdecode(process.stdout.readline()).strip())
            process.kill()
            process.wait()
            while path.exists():
                select.select([], [], [], 0.01)
            process.stdin.write(b"\n")
            process.stdin.flush()
            self.assertEqual(answer.read_text(), "1\n")
            self.assertNotIn(b"unseen", process.stdout.read())

    def test_what_is_too_large_for_a_variable(self) -> None:
        largest = (1 << 17) - len("TOKEN=\0")
        for length, status in ((largest, 0), (largest + 1, 4)):
            self.set("large", "x" * length)
            ended = self.sh("true", "--env", "TOKEN=large")
            self.assertEqual((ended.status, "use --file" in ended.err), (status, status > 0))

    def test_nothing_but_the_command_gets_the_value(self) -> None:
        script = 'cat /proc/$PPID/environ /proc/$PPID/cmdline /proc/$$/cmdline | tr "\\0" "\\n"'
        ended = run("run", "--unredacted", "--env", "T=token", "--", "sh", "-c", script)
        self.assertEqual(ended.status, 0)
        self.assertNotIn(CANARY, ended.out)

    def test_a_value_that_is_not_hidden_is_told_of(self) -> None:
        self.set("key", b"\x00\xff")
        self.assertIn("secret 'key' is not a text", self.sh("true", "--file", "K=key").err)

    def test_use_is_noted(self) -> None:
        self.sh("true", "--env", "T=token")
        described = self.open().secrets.describe("token")
        assert described is not None
        self.assertGreater(described.used, 0)

    def test_unredacted(self) -> None:
        self.assertEqual(self.sh("echo $T", "--env", "T=token", "--unredacted").out, f"{CANARY}\n")

    def test_options_after_the_command_are_its_own(self) -> None:
        ended = run("run", "--env", "T=token", "--", "echo", "--env", "--", "-q")
        self.assertEqual(ended.out, "--env -- -q\n")
        self.assertEqual(run("run", "--env", "T=token", "echo", "--quiet").out, "--quiet\n")

    def test_what_is_wrong(self) -> None:
        self.set("old", CANARY, expires=self.now)
        self.set("zero", b"a\0b")
        cases = (
            (2, "add -- COMMAND", ["--env", "A=token"]),
            (2, "add --env", ["--", "true"]),
            (2, "--env needs VARIABLE=SECRET", ["--env", CANARY, "--", "true"]),
            (2, "--file needs VARIABLE=SECRET", ["--file", "1=token", "--", "true"]),
            (4, "'no'", ["--env", "A=no", "--", "true"]),
            (4, "secret 'old' expired on", ["--env", "A=old", "--", "true"]),
            (4, "use --file", ["--env", "A=zero", "--", "true"]),
        )
        for status, message, words in cases:
            line = self.assertFails(status, message, "run", *words)
            self.assertNotIn(CANARY, line)
