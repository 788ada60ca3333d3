"""Entries of KV, and their fields."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import AccessDenied, InvalidSecret, ProviderError
from buildbot_keychain.providers.vault.secrets import (
    EntryName,
    KvEntry,
    Mount,
    field_value,
    read_entry,
)
from buildbot_keychain.providers.vault.transport import VaultRefusal, VaultRefused
from tests.support.vault.fake_servers import (
    FakeServers,
    context,
    forbidden,
    refused,
    session_of,
)

FIRST, SECOND = Mount("kv", "kv", 1), Mount("kv", "kv", 2)


class EntryTests(SynchronousTestCase):
    """`read_entry`."""

    def read(self, mount: Mount, name: EntryName, **answers: Any) -> Deferred[Any]:
        self.servers = FakeServers(**answers)
        reading = read_entry(session_of(self.servers), mount, name, context())
        return Deferred.fromCoroutine(reading)

    def test_of_both_versions(self) -> None:
        for mount, path, answer in (
            (FIRST, "kv/a", {"data": {"value": "v"}}),
            (SECOND, "kv/data/a", {"data": {"data": {"value": "v"}}}),
        ):
            entry = self.successResultOf(self.read(mount, EntryName("a"), **{path: answer}))
            self.assertEqual(entry, {"value": "v"})
            self.assertEqual(self.servers.paths(), [path])

    def test_the_second_knows_of_which_version_it_is(self) -> None:
        metadata = {
            "version": 7,
            "created_time": "2026-11-30T03:14:15.926535Z",
            "deletion_time": "2026-12-30T03:14:15Z",
        }
        answer = {"data": {"data": {"value": "v"}, "metadata": metadata}}
        entry = self.successResultOf(self.read(SECOND, EntryName("a"), **{"kv/data/a": answer}))
        value: Any = field_value(entry, EntryName("a"), context(), "|")
        created = 1_796_008_455.0
        self.assertEqual((value, value.version, value.created), ("v", 7, created))
        self.assertEqual(value.expires, created + 30 * 86400)
        self.assertNotIn("v", repr(entry).replace("Kv", ""))

    def test_what_is_not_there_is_none(self) -> None:
        for refusal in (VaultRefusal.ABSENT, VaultRefusal.DELETED):
            answers = {"kv/data/a": refused(refusal, 404)}
            self.assertIsNone(self.successResultOf(self.read(SECOND, EntryName("a"), **answers)))

    def test_a_mount_that_has_changed_is_the_callers_business(self) -> None:
        for refusal in (VaultRefusal.NO_MOUNT, VaultRefusal.WRONG_VERSION):
            answers = {"kv/data/a": refused(refusal, 404)}
            self.failureResultOf(self.read(SECOND, EntryName("a"), **answers), VaultRefused)

    def test_what_is_denied(self) -> None:
        answers = {"kv/data/a": forbidden()}
        self.failureResultOf(self.read(SECOND, EntryName("a"), **answers), AccessDenied)

    def test_the_first_version_has_no_versions(self) -> None:
        reading = self.read(FIRST, EntryName("a", version=3))
        self.assertIn(
            "leave '@' out", self.failureResultOf(reading, ProviderError).getErrorMessage()
        )
        self.assertEqual(self.servers.sent, [])

    def test_what_is_not_an_entry(self) -> None:
        odds: tuple[dict[str, Any], ...] = ({}, {"data": None}, {"data": []}, {"data": {"data": 1}})
        for answer in odds:
            reading = self.read(SECOND, EntryName("a"), **{"kv/data/a": answer})
            failure = self.failureResultOf(reading, ProviderError)
            self.assertIn("is not an entry of KV", failure.getErrorMessage())


class FieldTests(SynchronousTestCase):
    """`field_value`."""

    def value(self, entry: dict[str, Any], field: str | None = None) -> str | None:
        return field_value(KvEntry(entry), EntryName("a", field), context(), "|")

    def test_the_field_that_is_meant(self) -> None:
        self.assertEqual(self.value({"one": "1"}), "1")
        self.assertEqual(self.value({"value": "v", "one": "1"}), "v")
        self.assertEqual(self.value({"value": "v", "one": "1"}, "one"), "1")
        error: Any = self.assertRaises(InvalidSecret, self.value, {"two": "31337", "one": "1"})
        said = "none is called 'value'; ask for one of them as path|field: 'one, two'"
        self.assertIn(said, str(error))
        self.assertNotIn("31337", str(error))
        self.assertIsNone(self.value({"one": "1"}, "value"))
        self.assertIsNone(self.value({}))

    def test_what_is_not_a_text_is_refused_and_not_shown(self) -> None:
        for value, kind in (
            (31337, "a number"),
            (313.37, "a number"),
            (True, "true or false"),
            (None, "null"),
            (["31337"], "a list"),
            ({"x": "31337"}, "an object"),
            ("31337\ud800", "characters that are not Unicode text"),
        ):
            error: Any = self.assertRaises(InvalidSecret, self.value, {"value": value})
            self.assertIn(f"the field 'value' holds {kind}", str(error))
            self.assertNotIn("31337", str(error))
