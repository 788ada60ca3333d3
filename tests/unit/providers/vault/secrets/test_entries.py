"""Reads of entries: shared, repeated where a mount has changed, and with hints about names."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied, ProviderError
from buildbot_keychain.providers.vault.secrets import Entries, EntryName, Mount, Mounts
from buildbot_keychain.providers.vault.transport import VaultRefusal
from tests.support.vault.fake_servers import (
    FakeServers,
    context,
    forbidden,
    refused,
    session_of,
)

FIRST, SECOND = Mount("kv", "kv", 1), Mount("kv", "kv", 2)
MOUNT_PATH = "sys/internal/ui/mounts/kv"


class EntriesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.servers = FakeServers()
        self.session = session_of(self.servers)
        self.entries = Entries(Mounts(Clock()))

    def read(self, path: str, mount: Mount = SECOND) -> Deferred[Any]:
        reading = self.entries.read(self.session, mount, EntryName(path), context())
        return Deferred.fromCoroutine(reading)

    def test_simultaneous_reads_share_a_request(self) -> None:
        self.servers.answers["kv/data/a"] = Deferred()
        reading = [self.read("a") for _ in range(3)]
        self.servers.answers["kv/data/a"].callback({"data": {"data": {"x": "y"}}})
        self.assertEqual([self.successResultOf(one) for one in reading], 3 * [{"x": "y"}])
        self.assertEqual(self.servers.paths(), ["kv/data/a"])

    def test_a_mount_that_has_changed_is_asked_about_once(self) -> None:
        self.servers.answers["kv/a"] = refused(VaultRefusal.WRONG_VERSION, 404)
        self.servers.answers["kv/data/a"] = {"data": {"data": {"x": "y"}}}
        options = {"version": "2"}
        mounted = {"path": "kv/", "type": "kv", "options": options}
        self.servers.answers[MOUNT_PATH] = {"data": mounted}
        self.assertEqual(self.successResultOf(self.read("a", FIRST)), {"x": "y"})
        options["version"] = "1"
        failure = self.failureResultOf(self.read("a", FIRST), ProviderError)
        self.assertIn("in another version of KV", failure.getErrorMessage())
        self.assertIn("asked for 'kv/a'", failure.getErrorMessage())

    def test_a_name_as_in_a_url(self) -> None:
        self.servers.answers["kv/data/app"] = {"data": {"data": {"x": "y"}}}
        for name in ("kv/data/app", "kv/app", "data/app"):
            failure = self.failureResultOf(self.read(name), ProviderError)
            self.assertIn(
                "there is no such entry, but 'app': leave out 'kv/' or 'data/' or 'kv/data/'",
                failure.getErrorMessage(),
            )
        self.assertIsNone(self.successResultOf(self.read("kv/data/other")))
        self.servers.answers["kv/data/kv/data/app"] = forbidden()
        failure = self.failureResultOf(self.read("kv/data/app"), AccessDenied)
        self.assertIn("denied kv/data/kv/data/app; or leave out 'kv/'", failure.getErrorMessage())
        self.servers.answers["kv/data/secret"] = forbidden()
        failure = self.failureResultOf(self.read("secret"), AccessDenied)
        self.assertNotIn("leave out", failure.getErrorMessage())
