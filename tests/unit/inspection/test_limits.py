from __future__ import annotations

import socket
import threading
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationError
from buildbot_keychain.inspection import Limits, Progress
from buildbot_keychain.inspection.check import Report, run_check
from buildbot_keychain.inspection.doctor import run_doctor

NEVER_ENDS = "import signal\nwhile True:\n    signal.pause()\n"
LONG = 600
MIB = 1 << 20
EXECUTING = "executing the configuration"

LOOKS_AROUND = """
import os
links = {os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
         if os.path.lexists(f"/proc/self/fd/{name}")}
if any(each.startswith("socket:") for each in links):
    raise ValueError("it has sockets of the process that inspects")
if not {os.readlink(f"/proc/self/fd/{number}") for number in (0, 1, 2)} == {"/dev/null"}:
    raise KeyError("it has a terminal")
BuildmasterConfig = {}
"""


class LimitsTests(SynchronousTestCase):
    def setUp(self) -> None:
        directory = Path(self.mktemp()).resolve()
        directory.mkdir(mode=0o700)
        self.file = directory / "master.cfg"

    def limits(self, seconds: float = LONG, most: int = MIB) -> Limits:
        found = Limits(seconds, most)
        self.addCleanup(found.close)
        return found

    def check(
        self, limits: Limits, text: str = NEVER_ENDS, progress: Progress = lambda *_: None
    ) -> Report:
        self.file.write_text(text)
        return run_check(str(self.file), LONG, progress, offline=True, limits=limits)

    def test_it_is_ended_by_another_thread(self) -> None:
        limits = self.limits()

        def progress(_done: int, _total: int, label: str) -> None:
            if label == EXECUTING:
                thread = threading.Thread(target=limits.end)
                thread.start()
                thread.join()

        with self.assertRaisesRegex(ConfigurationError, "as the master stops"):
            self.check(limits, progress=progress)

    def test_one_that_was_ended_does_not_begin_anew(self) -> None:
        """Doctor examines the rest where a configuration does not come to its end, but not then."""
        self.file.write_text(NEVER_ENDS)
        limits = self.limits()
        limits.end()
        with self.assertRaisesRegex(ConfigurationError, "as the master stops"):
            run_doctor(str(self.file), LONG, lambda *_: None, offline=True, limits=limits)

    def test_it_takes_no_longer_all_together(self) -> None:
        with self.assertRaisesRegex(ConfigurationError, "took more than 0.2 seconds all together"):
            self.check(self.limits(seconds=0.2))

    def test_it_writes_no_more(self) -> None:
        with self.assertRaisesRegex(ConfigurationError, "longer than 0 MiB"):
            self.check(self.limits(most=100), "BuildmasterConfig = {}")

    def test_it_has_nothing_of_the_process_that_inspects(self) -> None:
        one, other = socket.socketpair()
        self.addCleanup(one.close)
        self.addCleanup(other.close)
        one.set_inheritable(True)
        self.assertEqual(self.check(self.limits(), LOOKS_AROUND).file, str(self.file))
