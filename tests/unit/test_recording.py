from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import TestCase

from buildbot_keychain.audit import Decision, Event, Lookup
from buildbot_keychain.audit.asked import note
from buildbot_keychain.details import DescribedText, Requester
from buildbot_keychain.errors import (
    AccessDenied,
    AuditUnavailable,
    DeniedByPolicy,
    InvalidName,
    ProviderError,
    SecretNotFound,
)
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.policy import Allow, Deny
from buildbot_keychain.resilience import Resilience
from tests.support.audit_records import HeldSink
from tests.support.fakes import DictProvider

VALUE = "tr0ub4dor&3-horse"

BUILD = Requester("build", builder="release", outside=False, scheduler="push")


class NotingProvider(DictProvider):
    def get(self, path: str) -> Any:
        note("cache", path.lower())
        note()
        return super().get(path)


class RecordingTests(TestCase):
    def setUp(self) -> None:
        self.sink = HeldSink()
        self.seen: list[Event] = []

    def manager(self, *providers: Any, **arguments: Any) -> SecretManager:
        manager = SecretManager(
            list(providers) or [DictProvider("files", {"x": VALUE})],
            audit=[self.sink],
            **arguments,
        )
        manager.audit.observe(self.seen.append)
        self.addCleanup(manager.audit.stop)
        self.addCleanup(self.sink.release)
        return manager

    async def test_what_is_given_and_what_is_not(self) -> None:
        locked = DictProvider("locked", {"y": AccessDenied("locked", "y", "no")})
        manager = self.manager(DictProvider("files", {"x": VALUE}), locked)
        await manager.get("x", BUILD)
        await self.assertFailure(manager.get("files!y"), SecretNotFound)
        await self.assertFailure(manager.get("y", BUILD), ProviderError)
        await self.assertFailure(manager.get("nobody!y", BUILD), InvalidName)
        found: list[Any] = self.seen
        self.assertEqual(
            [(event.secret, event.outcome, event.provider) for event in found],
            [
                ("x", "given", "files"),
                ("files!y", "not found", ""),
                ("y", "failed", locked.name),
                ("nobody!y", "failed", ""),
            ],
        )
        self.assertEqual(
            [event.requester.kind for event in found], ["build", "unknown", "build", "build"]
        )
        self.assertIn("InvalidName: secret 'nobody!y'", found[3].error)
        self.assertTrue(all(event.seconds >= 0 for event in found))
        await manager.audit.stop()
        texts = [record.text for record in self.sink.records]
        self.assertEqual(len(texts), 4)
        self.assertNotIn(VALUE, "".join(texts))

    async def test_lookups_that_are_alike_are_one_record(self) -> None:
        values = {name: VALUE + name for name in "xyz"}
        policy = [Allow("x", builders=["*"]), Allow(["y", "z"], builders=["*"])]
        manager = SecretManager([DictProvider("f", values)], audit=[self.sink], policy=policy)
        self.sink.hold()
        await manager.get("z", BUILD)
        other = replace(BUILD, builder="another")
        for name, requester in (("x", BUILD), ("y", BUILD), ("x", other), ("x", BUILD)) * 3:
            await manager.get(name, requester)
        self.sink.release()
        await manager.audit.stop()
        found = [record.document for record in self.sink.records]
        self.assertEqual(
            sorted((e["secret"], e["requester"]["builder"], e.get("times", 1)) for e in found),
            [("x", "another", 3), ("x", "release", 6), ("y", "release", 3), ("z", "release", 1)],
        )

    async def test_values_that_differ_are_records_of_their_own(self) -> None:
        """Where digests say so."""
        provider = DictProvider("f", {"x": VALUE})
        manager = SecretManager([provider], audit=[self.sink])
        manager._lookups.recording.digest_key = b"key"
        self.sink.hold()
        for value in (VALUE, VALUE, "another-value", "another-value", VALUE):
            provider.answers["x"] = value
            await manager.get("x", BUILD)
        self.sink.release()
        await manager.audit.stop()
        found = [record.document for record in self.sink.records]
        lookups = [event for event in found if event["event"] == "lookup"]
        self.assertEqual([event.get("times", 1) for event in lookups], [2, 2, 1])
        digests = [event["digest"] for event in lookups]
        self.assertEqual((digests[0] == digests[1], digests[0] == digests[2]), (False, True))

    async def test_what_the_policy_decides(self) -> None:
        rules = [Allow("x", builders=["release"], schedulers=["push"]), Deny("x", builders=["bad"])]
        manager = self.manager(policy=rules)
        await manager.get("x", BUILD)
        await self.assertFailure(
            manager.get("x", Requester("build", builder="bad")), DeniedByPolicy
        )
        given, denied = self.seen
        assert isinstance(given, Lookup)
        assert isinstance(denied, Decision)
        self.assertEqual((given.decision, denied.outcome), ("allowed", "denied"))
        self.assertIn("builders=['release']", given.rules[0])
        self.assertRegex(denied.rules[0], r"Deny\('x', builders=\['bad'\]\) \(.*\.py:\d+\)")
        self.assertIn("denied by", denied.reason)

    async def test_a_policy_that_only_reports(self) -> None:
        manager = self.manager(policy=[Deny("x")], policy_mode="report")
        await manager.get("x", BUILD)
        (event,) = self.seen
        assert isinstance(event, Lookup)
        self.assertEqual((event.outcome, event.decision), ("given", "would be denied"))

    async def test_what_works_for_a_lookup_can_say_what_it_knows(self) -> None:
        manager = self.manager(NotingProvider("files", {"X": VALUE}))
        note("cache")
        await manager.get("X")
        (event,) = self.seen
        assert isinstance(event, Lookup)
        self.assertEqual((event.answer, event.canonical), ("cache", "x"))

    async def test_an_answer_says_of_which_version_it_is(self) -> None:
        """Also where it is shared, or comes from a cache."""
        provider = DictProvider("vault", {"x": DescribedText(VALUE, 7)})
        manager = self.manager(provider, resilience={"vault": Resilience(cache=60)})
        details = [await manager.get("x", BUILD) for _ in range(2)]
        events: list[Any] = self.seen
        self.assertEqual([event.version for event in events], [7, 7])
        self.assertEqual([event.answer for event in events], ["provider", "cache"])
        self.assertEqual([(found.version, type(found.value)) for found in details], [(7, str)] * 2)

    async def test_a_digest_says_whether_a_value_is_the_same(self) -> None:
        manager = self.manager()
        manager._lookups.recording.digest_key = b"k" * 32
        await manager.get("x")
        (event,) = self.seen
        assert isinstance(event, Lookup)
        self.assertEqual(event.digest, hmac.new(b"k" * 32, VALUE.encode(), "sha256").hexdigest())

    async def test_nobody_is_given_what_no_sink_has_accepted(self) -> None:
        manager = self.manager(audit_fail_closed=True)
        self.sink.hold()
        waiting = manager.get("x", BUILD)
        self.assertNoResult(waiting)
        self.sink.release()
        self.assertEqual((await waiting).value, VALUE)
        self.sink.error = OSError(28, "No space left on device")
        error = await self.assertFailure(manager.get("x", BUILD), AuditUnavailable)
        self.assertIn("audit_fail_closed=True", str(error))
        outcomes = [event.outcome for event in self.seen if isinstance(event, Lookup)]
        self.assertEqual(outcomes, ["given", "given", "withheld"])
        self.sink.error = None

    async def test_who_is_cancelled_while_it_is_recorded_gets_nothing(self) -> None:
        manager = self.manager(audit_fail_closed=True)
        self.sink.hold()
        waiting = manager.get("x", BUILD)
        waiting.cancel()
        await self.assertFailure(waiting, CancelledError)
        self.sink.release()
        await manager.audit.stop()
        found: list[Any] = [record.event for record in self.sink.records]
        self.assertEqual([event.outcome for event in found], ["given", "withheld"])
        self.assertIn("cancelled", found[1].error)

    async def test_evictions(self) -> None:
        manager = self.manager()
        await manager.evict("x")
        await manager.evict(provider="files")
        await self.assertFailure(manager.evict("nobody!x"), InvalidName)
        found: list[Any] = self.seen
        self.assertEqual(
            [(each.action, each.secret, each.provider) for each in found],
            [("evict", "x", ""), ("evict", "", "files"), ("evict", "nobody!x", "")],
        )
        self.assertEqual([each.outcome for each in found][:2], ["done", "done"])
        self.assertIn("no provider is called 'nobody'", found[2].outcome)

    async def test_a_lookup_that_is_cancelled(self) -> None:
        provider = DictProvider("files", {})
        never: Deferred[str] = Deferred()
        self.patch(provider, "get", lambda _: never)
        manager = self.manager(provider)
        waiting = manager.get("x")
        waiting.cancel()
        waiting.addErrback(lambda _: None)
        (event,) = self.seen
        assert isinstance(event, Lookup)
        self.assertEqual((event.outcome, event.error[:14]), ("failed", "CancelledError"))
