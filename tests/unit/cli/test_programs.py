from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.cli import CommandError, _programs
from buildbot_keychain.redaction import Audience, RedactionPolicy, Redactor

TOKEN = "canary-W7/x+9pQ"


class ProgramsTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        redactor = Redactor(RedactionPolicy.ansi())
        redactor.add("token", TOKEN)
        self.audience: Audience = redactor.seen_by(None)

    def sh(self, script: str, *, together: bool = False, **environment: str) -> tuple[int, ...]:
        """Run a script with the token in its environment, and keep what is written."""
        outputs = [os.pipe(), os.pipe()]
        sinks = (outputs[0][1], outputs[0 if together else 1][1])
        variables = {**os.environ, "TOKEN": TOKEN, **environment}
        status = _programs.run_program(["sh", "-c", script], variables, self.audience, sinks)
        self.out, self.err = (self.ended(*pipe) for pipe in outputs)
        return (status,)

    def ended(self, reading: int, writing: int) -> str:
        os.close(writing)
        with os.fdopen(reading, "rb") as file:
            return file.read().decode()


def parent_of(number: int) -> int:
    """Return the parent of a process: a system's first one if that has ended."""
    status = Path(f"/proc/{number}/stat").read_text()
    return int(status.rpartition(")")[2].split()[1])


class RedactedTests(ProgramsTestCase):
    def test_both_outputs_are_redacted(self) -> None:
        self.sh('echo "out $TOKEN"; echo "err $TOKEN" >&2')
        self.assertEqual((self.out, self.err), ("out <token>\n", "err <token>\n"))

    def test_a_secret_in_pieces(self) -> None:
        self.sh('printf %s "${TOKEN%pQ}"; printf pQ; printf "a"; printf %s "${TOKEN%pQ}"')
        self.assertTrue(self.out.startswith("<token>a"))
        self.assertNotIn(TOKEN[:10], self.out)

    def test_lines_stay_in_their_order_where_both_are_the_same(self) -> None:
        script = "for i in 1 2 3 4 5 6 7 8; do echo out$i; echo err$i >&2; done"
        self.sh(script, together=True)
        expected = [f"{kind}{number}" for number in range(1, 9) for kind in ("out", "err")]
        self.assertEqual(self.out.split(), expected)

    def test_more_than_a_pipe_holds(self) -> None:
        with tempfile.TemporaryFile() as file:
            sinks = (file.fileno(), file.fileno())
            script = f"for i in $(seq 5000); do echo {'x' * 20} $TOKEN; done"
            environment = {**os.environ, "TOKEN": TOKEN}
            _programs.run_program(["sh", "-c", script], environment, self.audience, sinks)
            file.seek(0)
            self.assertEqual(file.read(), f"{'x' * 20} <token>\n".encode() * 5000)

    def test_what_stays_in_the_background_is_not_waited_for(self) -> None:
        self.assertEqual(self.sh("sleep 300 & echo $!; exit 3"), (3,))
        os.kill(int(self.out), signal.SIGKILL)

    def test_what_the_background_prints_is_not_waited_for(self) -> None:
        class Endless:
            """Prints as if it were the program's background, whenever something is read."""

            def __init__(self) -> None:
                self.fed = b""

            def stream(self) -> Endless:
                return self

            def feed_bytes(self, data: bytes) -> bytes:
                self.fed += data
                if self.fed.count(b".") > 9:
                    raise AssertionError("it is waited for")
                if self.fed == data:  # the first: wait until the program has ended
                    program = parent_of(int(self.fed[:8]))
                    if parent_of(program) == os.getpid():
                        os.waitid(os.P_PID, program, os.WEXITED | os.WNOWAIT)
                Path(f"/proc/{int(self.fed[:8])}/fd/1").write_bytes(b".")
                return b""

            def close_bytes(self) -> bytes:
                return b""

        self.audience = endless = Endless()  # type: ignore[assignment]
        script = "sleep 300 & printf %8d $!; head -c 60000 /dev/zero | tr '\\0' x; exit 3"
        try:
            self.assertEqual(self.sh(script), (3,))
        finally:
            os.kill(int(endless.fed[:8]), signal.SIGKILL)
        self.assertEqual(endless.fed.count(b"x"), 60_000)

    def test_an_output_that_nobody_reads_ends_the_program(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        null = os.open(os.devnull, os.O_WRONLY)
        status = _programs.run_program(["yes"], None, self.audience, (writing, null))
        self.assertEqual(status, -signal.SIGPIPE)
        os.close(writing)
        os.close(null)

    def test_a_full_disk_ends_the_program(self) -> None:
        full = os.open("/dev/full", os.O_WRONLY)
        self.patch(sys, "stdout", None)
        arguments = (["yes"], None, self.audience, (full, full))
        error = self.assertRaises(CommandError, _programs.run_program, *arguments)
        self.assertIn("No space left", str(error))
        os.close(full)

    def test_a_redactor_that_fails_lets_nothing_pass(self) -> None:
        class Failing:
            def stream(self) -> Failing:
                return self

            def feed_bytes(self, data: bytes) -> bytes:
                raise ValueError

            def close_bytes(self) -> bytes:
                return TOKEN.encode()

        self.audience = Failing()  # type: ignore[assignment]
        self.assertRaises(ValueError, self.sh, "echo $TOKEN")


class StatusTests(ProgramsTestCase):
    def test_statuses_and_signals(self) -> None:
        self.assertEqual(self.sh("exit 7"), (7,))
        self.assertEqual(self.sh("kill -TERM $$"), (-signal.SIGTERM,))
        self.assertEqual(_programs.run_program(["true"]), 0)

    def test_what_cannot_be_started(self) -> None:
        for program, status in (("/nowhere/program", 127), ("/", 126)):
            error = self.assertRaises(
                _programs.NotStartedError, _programs.run_program, [program], None, self.audience
            )
            self.assertEqual(error.exit_status, status)

    def test_a_signal_is_passed_on(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT):
            # The shell sends it to us; what is not ignored would end the test.
            name = signal.Signals(number).name[3:]
            script = f"trap 'echo got it; exit 5' {name}; kill -{name} $PPID; while :; do :; done"
            self.patch(_programs, "_is_in_foreground", lambda: False)
            self.assertEqual(self.sh(script), (5,))
            self.assertEqual(self.out, "got it\n")

    def test_what_a_terminal_sends_is_not_sent_twice(self) -> None:
        self.patch(_programs, "_is_in_foreground", lambda: True)
        script = "trap 'echo got it' INT; kill -INT $PPID; kill -USR1 $PPID"
        self.assertEqual(self.sh(f"trap 'exit 4' USR1; {script}; while :; do :; done"), (4,))
        self.assertEqual(self.out, "")

    def test_handlers_are_as_before(self) -> None:
        before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
        self.sh("true")
        after = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
        self.assertEqual(before, after)

    def test_we_end_as_the_program_has(self) -> None:
        self.assertEqual(_programs.end_like(3), 3)
        for number in (signal.SIGTERM, signal.SIGKILL):
            program = f"from buildbot_keychain.cli import _programs; _programs.end_like({-number})"
            done = subprocess.run([sys.executable, "-c", program], check=False)
            self.assertEqual(done.returncode, -number)

    def test_core_dumps_are_off_for_what_is_started(self) -> None:
        before = resource.getrlimit(resource.RLIMIT_CORE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, before)
        _programs.forbid_core_dumps()
        self.sh("ulimit -c")
        self.assertEqual(self.out, "0\n")
