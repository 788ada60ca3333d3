from __future__ import annotations

import os
import time
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store._errors import GpgStopped, GpgTimeout
from buildbot_keychain.providers.password_store._processes import (
    Supervisor,
    Supervisors,
    environment,
    start,
)


class SupervisorTests(SynchronousTestCase):
    """With real processes."""

    def setUp(self) -> None:
        self.supervisors = Supervisors()

    def supervisor(self, seconds: float = 60) -> Supervisor:
        return Supervisor(self.supervisors, time.monotonic() + seconds)

    def test_a_program_that_ends_in_time_is_left_alone(self) -> None:
        with self.supervisor() as supervisor:
            process = supervisor.add(start(["sh", "-c", "echo done"]))
            out, _ = process.communicate()
        supervisor.check()
        self.assertEqual((out, process.returncode), (b"done\n", 0))

    def test_a_program_and_its_children_are_killed_at_the_deadline(self) -> None:
        with self.supervisor(0.2) as supervisor:
            process = supervisor.add(start(["sh", "-c", "sleep 600 & sleep 600"]))
            # The end of the pipe comes when nobody holds it any more.
            self.assertEqual(process.communicate()[0], b"")
        self.assertEqual(process.returncode, -9)
        self.assertRaises(GpgTimeout, supervisor.check)

    def test_a_program_that_starts_after_the_deadline_is_killed_at_once(self) -> None:
        with self.supervisor() as supervisor:
            supervisor.kill()
            process = supervisor.add(start(["sleep", "600"]))
            self.assertEqual(process.wait(), -9)

    def test_a_program_is_killed_when_the_block_is_left_by_an_error(self) -> None:
        def fail() -> None:
            with self.supervisor() as supervisor:
                self.process = supervisor.add(start(["sleep", "600"]))
                raise ValueError

        self.assertRaises(ValueError, fail)
        self.assertFalse(Path("/proc", str(self.process.pid)).exists())

    def test_a_released_program_goes_on(self) -> None:
        with self.supervisor() as supervisor:
            process = supervisor.add(start(["cat"]))
            supervisor.release(process)
        self.assertIsNone(process.poll())
        process.communicate()

    def test_stopping_kills_all_programs_and_lets_none_start(self) -> None:
        with self.supervisor() as supervisor:
            process = supervisor.add(start(["sleep", "600"]))
            self.supervisors.stop()
            self.assertEqual(process.wait(), -9)
        self.assertRaises(GpgStopped, supervisor.check)
        self.assertRaises(GpgStopped, self.supervisor().__enter__)


class EnvironmentTests(SynchronousTestCase):
    def test_it_holds_what_gpg_needs_and_no_more(self) -> None:
        self.patch(os, "environ", {"PATH": "/bin", "HOME": "/h", "TOKEN": "s3cr3t"})
        self.assertEqual(environment(), {"PATH": "/bin", "HOME": "/h", "LC_ALL": "C"})
