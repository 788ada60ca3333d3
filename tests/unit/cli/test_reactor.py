"""`run_in_reactor`, in a process of its own, as the reactor cannot run twice."""

from __future__ import annotations

import signal
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

SCRIPT = """
import os, signal
from twisted.internet.task import deferLater
from buildbot_keychain.cli._reactor import run_in_reactor

async def work(reactor):
    await deferLater(reactor, 0)
    {}

before = signal.getsignal(signal.SIGINT)
try:
    print("returned", run_in_reactor(work))
except BaseException as error:
    print("raised", repr(error))
print("same handler", signal.getsignal(signal.SIGINT) is before)
"""


class RunInReactorTests(SynchronousTestCase):
    def outcome(self, last: str) -> list[str]:
        script = SCRIPT.format(last)
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
        )
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def test_a_result(self) -> None:
        self.assertEqual(self.outcome("return 7"), ["returned 7", "same handler True"])

    def test_an_error(self) -> None:
        lines = self.outcome("raise ValueError('x')")
        self.assertEqual(lines, ["raised ValueError('x')", "same handler True"])

    def test_an_interruption(self) -> None:
        number = int(signal.SIGINT)
        lines = self.outcome(f"os.kill(os.getpid(), {number}); await deferLater(reactor, 30)")
        self.assertEqual(lines, ["raised KeyboardInterrupt()", "same handler True"])


IN_THREAD = """
import os, signal
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.python.threadable import isInIOThread
from buildbot_keychain.cli._reactor import reactor_in_thread

try:
    with reactor_in_thread() as call:
        print(isInIOThread(), call(isInIOThread), call(deferLater, reactor, 0, int, 7))
        call(os.kill, os.getpid(), signal.SIGINT)
        call(deferLater, reactor, 30)
except KeyboardInterrupt:
    print("interrupted", reactor.running)
"""


class ReactorInThreadTests(SynchronousTestCase):
    def test_calls_and_an_interruption(self) -> None:
        done = subprocess.run(
            [sys.executable, "-c", IN_THREAD], capture_output=True, timeout=60, check=True
        )
        self.assertEqual(done.stdout, b"False True 7\ninterrupted False\n")
        self.assertEqual(done.stderr, b"")
