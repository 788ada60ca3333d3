"""The threads and child processes that are counted."""

from __future__ import annotations

import subprocess
import sys
import threading
from unittest import skipUnless

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.testing._resource_leaks import processes, threads


class ThreadTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.over = threading.Event()
        self.addCleanup(self.over.set)

    def start(self, name: str) -> threading.Thread:
        thread = threading.Thread(target=self.over.wait, args=[30], name=name)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.over.set)
        return thread

    def test_a_thread_counts_until_it_ends(self) -> None:
        thread = self.start("keychain-test")
        self.assertIn("thread keychain-test", threads())
        self.over.set()
        thread.join()
        self.assertNotIn("thread keychain-test", threads())

    def test_threads_of_the_reactor_do_not_count(self) -> None:
        before = threads()
        self.start("PoolThread-twisted.internet.reactor-0")
        self.assertEqual(threads(), before)


@skipUnless(sys.platform == "linux", "only Linux lists the children of a process")
class ProcessTests(SynchronousTestCase):
    def test_a_process_counts_until_it_is_waited_for(self) -> None:
        process = subprocess.Popen(["true"])
        self.assertIn(f"process {process.pid}", processes())
        process.wait()
        self.assertNotIn(f"process {process.pid}", processes())
