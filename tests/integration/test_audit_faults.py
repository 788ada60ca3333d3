"""The file of an audit trail on a disk that is full, and in a process that is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import SkipTest, SynchronousTestCase, TestCase

from buildbot_keychain.audit import AuditToFile
from buildbot_keychain.details import Requester
from buildbot_keychain.errors import AuditUnavailable
from buildbot_keychain.manager import SecretManager
from tests.support.audit_records import actions_in, events_in, verified
from tests.support.fakes import DictProvider

VALUE = "tr0ub4dor&3-horse"
SIZE = 1024 * 1024


def builds_in(path: Path) -> list[int]:
    """Return the numbers of the builds that events are about."""
    found = [event["requester"].get("build", 0) for event in events_in(path) if "secret" in event]
    return [int(number) for number in found]


class FullDiskTests(TestCase):
    def setUp(self) -> None:
        if os.geteuid():
            raise SkipTest("only root may mount a small disk")
        self.disk = Path(self.mktemp()).absolute()
        self.disk.mkdir()
        options = ["-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(self.disk)]
        if subprocess.run(["mount", *options], check=False, capture_output=True).returncode:
            raise SkipTest("this machine lets nobody mount a small disk")
        self.path = self.disk / "audit.jsonl"
        self.stopping: list[SecretManager] = []

    def tearDown(self) -> Any:
        return Deferred.fromCoroutine(self.unmount())

    async def unmount(self) -> None:
        for manager in self.stopping:
            await manager.audit.stop()
        subprocess.run(["umount", str(self.disk)], check=True)

    def manager(self, **arguments: Any) -> SecretManager:
        sink = AuditToFile(self.path, reserve=256 * 1024)
        provider = DictProvider("files", {"x": VALUE})
        manager = SecretManager([provider], audit=[sink], **arguments)
        self.stopping.append(manager)
        return manager

    async def give(self, manager: SecretManager, build: int) -> None:
        await manager.get("x", Requester("build", builder="release", build=build))

    def fill(self) -> Path:
        """Write a file until there is no space."""
        other = self.disk / "other"
        with other.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                return other

    async def test_nothing_is_given_without_an_event(self) -> None:
        """First the space is used that was allocated ahead, and then nobody is given anything."""
        manager = self.manager(audit_fail_closed=True)
        await self.give(manager, 0)
        other = self.fill()
        given = [0]
        try:
            for number in range(1, 5000):
                await self.give(manager, number)
                given.append(number)
            self.fail("the disk is not full")
        except AuditUnavailable as error:
            self.assertIn("No space left on device", str(error))
        self.assertGreater(len(given), 300)
        self.assertEqual(builds_in(self.path)[: len(given)], given)
        (state,) = manager.audit.states
        self.assertIn("No space left on device", state.problem)
        self.assertIn("bytes are left for events", state.warning)
        other.unlink()
        while manager.audit.states[0].problem:
            await deferLater(reactor, 0.05)
        await self.give(manager, 5000)
        await manager.audit.stop()
        self.assertEqual(manager.audit.states[0].warning, "")
        self.assertEqual(builds_in(self.path)[-1], 5000)
        verified(self.path)

    async def test_what_is_lost_otherwise_is_told(self) -> None:
        manager = self.manager()
        await self.give(manager, 0)
        await manager.audit.stop()
        other = self.fill()
        self.path.unlink()
        other.write_bytes(b"")
        other = self.fill()
        for number in range(1, 30):
            await self.give(manager, number)
        while not manager.audit.states[0].problem:
            await deferLater(reactor, 0.05)
        self.assertEqual(manager.audit.states[0].lost, 0)
        other.unlink()
        await manager.audit.stop()
        self.assertEqual(builds_in(self.path), list(range(1, 30)))
        self.assertEqual(actions_in(self.path)[0], "missing")


class KillTests(SynchronousTestCase):
    def test_no_event_of_what_was_given_is_lost(self) -> None:
        directory = Path(self.mktemp()).absolute()
        directory.mkdir()
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.audit_kills", directory, "10", "14"],
            check=False,
            capture_output=True,
            text=True,
            timeout=200,
            cwd=Path(__file__).parents[2],
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("none lost", done.stdout)
