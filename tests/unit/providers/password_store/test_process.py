from __future__ import annotations

import os
import time
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store.process import (
    Stopped,
    Watch,
    Watches,
    environment,
    start,
)


class WatchTests(SynchronousTestCase):
    """With real processes."""

    def setUp(self) -> None:
        self.watches = Watches()

    def watch(self, seconds: float = 60) -> Watch:
        return Watch(self.watches, time.monotonic() + seconds)

    def test_what_ends_in_time_is_left_alone(self) -> None:
        with self.watch() as watch:
            process = watch.over(start(["sh", "-c", "echo done"]))
            out, _ = process.communicate()
        self.assertEqual((out, process.returncode, watch.killed), (b"done\n", 0, False))

    def test_at_the_deadline_all_of_it_is_killed(self) -> None:
        with self.watch(0.2) as watch:
            process = watch.over(start(["sh", "-c", "sleep 600 & sleep 600"]))
            # The end of the pipe comes when nobody holds it any more.
            self.assertEqual(process.communicate()[0], b"")
        self.assertEqual((process.returncode, watch.killed), (-9, True))

    def test_what_starts_after_the_deadline_is_killed_at_once(self) -> None:
        with self.watch() as watch:
            watch.kill()
            process = watch.over(start(["sleep", "600"]))
            self.assertEqual(process.wait(), -9)

    def test_nothing_is_left_where_it_is_left_early(self) -> None:
        def fail() -> None:
            with self.watch() as watch:
                self.process = watch.over(start(["sleep", "600"]))
                raise ValueError

        self.assertRaises(ValueError, fail)
        self.assertFalse(Path("/proc", str(self.process.pid)).exists())

    def test_what_is_released_goes_on(self) -> None:
        with self.watch() as watch:
            process = watch.over(start(["cat"]))
            watch.release(process)
        self.assertIsNone(process.poll())
        process.communicate()

    def test_stopping_ends_all_and_lets_none_begin(self) -> None:
        with self.watch() as watch:
            process = watch.over(start(["sleep", "600"]))
            self.watches.stop()
            self.assertEqual(process.wait(), -9)
            self.assertTrue(watch.stopped)
        self.assertRaises(Stopped, self.watch().__enter__)

    def test_the_environment_holds_what_gpg_needs_and_no_more(self) -> None:
        self.patch(os, "environ", {"PATH": "/bin", "HOME": "/h", "TOKEN": "s3cr3t"})
        self.assertEqual(environment(), {"PATH": "/bin", "HOME": "/h", "LC_ALL": "C"})
