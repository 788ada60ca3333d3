"""What is mounted where: asked once, and again when it is old."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied, ProviderError
from buildbot_keychain.providers.vault.secrets import Mount, Mounts
from buildbot_keychain.providers.vault.transport import VaultRefusal
from tests.support.vault.fake_servers import (
    FakeServers,
    context,
    forbidden,
    refused,
    session_of,
)

PATH = "sys/internal/ui/mounts/kv"


class MountsTests(SynchronousTestCase):
    """`Mounts`."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.mounts = Mounts(self.clock)
        self.servers = FakeServers(**{PATH: self.mounted("kv", options={"version": "2"})})
        self.session = session_of(self.servers)

    def mounted(self, engine: str, path: str = "kv/", **more: Any) -> dict[str, Any]:
        return {"data": {"path": path, "type": engine, **more}}

    def find(self) -> Deferred[Mount]:
        return Deferred.fromCoroutine(self.mounts.find("kv", self.session, context()))

    def test_what_is_found_is_known_for_ten_minutes(self) -> None:
        self.assertIsNone(self.mounts.known("kv"))
        mount = self.successResultOf(self.find())
        self.assertEqual(mount, Mount("kv", "kv", 2))
        self.clock.advance(599.0)
        self.assertEqual(self.mounts.known("kv"), mount)
        self.clock.advance(1.0)
        self.assertIsNone(self.mounts.known("kv"))

    def test_until_it_is_forgotten(self) -> None:
        self.successResultOf(self.find())
        self.mounts.forget("kv")
        self.assertIsNone(self.mounts.known("kv"))
        self.successResultOf(self.find())
        self.mounts.stop()
        self.assertIsNone(self.mounts.known("kv"))

    def test_what_was_found_is_remembered_until_the_provider_stops(self) -> None:
        self.assertIsNone(self.mounts.seen("kv"))
        mount = self.successResultOf(self.find())
        self.clock.advance(1e6)
        self.mounts.forget("kv")
        self.assertEqual(self.mounts.seen("kv"), mount)
        self.mounts.stop()
        self.assertIsNone(self.mounts.seen("kv"))

    def test_one_that_is_configured_is_always_known(self) -> None:
        mounts = Mounts(self.clock, Mount("kv", "kv", 1))
        mounts.forget("kv")
        self.clock.advance(1e6)
        self.assertEqual(mounts.known("kv"), Mount("kv", "kv", 1))
        self.assertEqual(mounts.seen("kv"), Mount("kv", "kv", 1))
        self.assertIsNone(mounts.known("other"))

    def test_kinds_of_engines(self) -> None:
        for answer, mount in (
            (self.mounted("kv", options={"version": "1"}), Mount("kv", "kv", 1)),
            (self.mounted("kv", options=None), Mount("kv", "kv", 1)),
            (self.mounted("generic"), Mount("kv", "kv", 1)),
            (self.mounted("database"), Mount("kv", "database")),
        ):
            self.servers.answers[PATH] = answer
            self.assertEqual(self.successResultOf(self.find()), mount)

    def test_all_wait_for_one_request(self) -> None:
        answer, self.servers.answers[PATH] = self.servers.answers[PATH], Deferred()
        finding = [self.find() for _ in range(3)]
        self.servers.answers[PATH].callback(answer)
        self.assertEqual({self.successResultOf(one).version for one in finding}, {2})
        self.assertEqual(len(self.servers.sent), 1)

    def test_what_is_not_there_is_not_remembered(self) -> None:
        for answer, kind, reason in (
            (forbidden(), AccessDenied, "nothing is mounted at 'kv', or the token's policy"),
            (refused(VaultRefusal.BAD_REQUEST), ProviderError, "rejects the request"),
            (self.mounted("kv", "kv/below/"), ProviderError, "nothing is mounted at 'kv'"),
            ({"data": None}, ProviderError, "nothing is mounted at 'kv'"),
        ):
            self.servers.answers[PATH] = answer
            failure = self.failureResultOf(self.find(), kind)
            self.assertIn(reason, failure.getErrorMessage())
            self.assertIsNone(self.mounts.known("kv"))
