"""Signs of a running master: its row in the database, its process."""

from __future__ import annotations

import os

from buildbot_keychain.cli._database import Database
from buildbot_keychain.cli.scrub import _running_master
from tests.support.keychain_command import SecretFilesTestCase
from tests.support.small_database import SmallDatabaseTestCase


class DatabaseTests(SmallDatabaseTestCase):
    def evidence(self, active: int, last_active: int) -> str | None:
        self.insert("masters", 1, "main", active, last_active)
        database = Database(self.url, self.directory)
        self.addCleanup(database.close)
        return _running_master.in_database(database, now=10_000)

    def test_a_master_that_was_active_a_minute_ago(self) -> None:
        self.assertEqual(self.evidence(1, 9_940), "master main was active 60 s ago")

    def test_a_master_that_has_not_been_active_for_long(self) -> None:
        self.assertIsNone(self.evidence(1, 9_000))

    def test_a_master_that_has_stopped(self) -> None:
        self.assertIsNone(self.evidence(0, 9_990))


class DirectoryTests(SecretFilesTestCase):
    def evidence(self, pid: object) -> str | None:
        (self.directory / "twistd.pid").write_text(str(pid))
        return _running_master.in_directory(self.directory)

    def test_no_pid_file(self) -> None:
        self.assertIsNone(_running_master.in_directory(self.directory))

    def test_a_process_that_is_running(self) -> None:
        evidence = self.evidence(os.getpid()) or ""
        self.assertIn(f"twistd.pid names process {os.getpid()}, which is running", evidence)

    def test_a_process_that_has_ended(self) -> None:
        # More than Linux's highest number, 2**22 (proc(5), pid_max).
        for pid in (2**22 + 1, "nonsense", 10**30):
            self.assertIsNone(self.evidence(pid))

    def test_a_process_of_another_user(self) -> None:
        def denied(*_: int) -> None:
            raise PermissionError

        self.patch(os, "kill", denied)
        self.assertIn("names a process of another user", self.evidence(1) or "")
