"""The audit trail of a real master: what it has, and what it survives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from buildbot_keychain.audit import AuditToFile
from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.plugins import secrets, steps, util
from tests.support.audit_records import HeldSink, events_in, verified
from tests.support.key_rings import make_key_file
from tests.support.real_master import BUILDER_NAME, RealMasterTestCase

VALUE = "tr0ub4dor&3-of-the-release"


class AuditTests(RealMasterTestCase):
    protocol = "null"

    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory() / "audit.jsonl"
        self.dirname = str(self.secrets_directory({"token": VALUE, "other": VALUE[::-1]}))

    def manager(self, **arguments: Any) -> Any:
        provider = secrets.SecretInAFile(name="files", dirname=self.dirname)
        return secrets.SecretManager(providers=[provider], **arguments)

    def config(self, command: list[Any], **arguments: Any) -> dict[str, Any]:
        factory = util.BuildFactory([steps.ShellCommand(command=command, name="show")])
        return self.configuration(factory, secretsProviders=[self.manager(**arguments)])

    def events(self, *paths: Path) -> list[dict[str, Any]]:
        return [event for event in events_in(*paths) if event["event"] != "trail"]

    async def test_a_build(self) -> None:
        """What it is given, what it prints and what it is denied, across a reconfiguration."""
        policy = [secrets.Allow("token", builders=[BUILDER_NAME], schedulers=["*"])]
        arguments = {"audit": [AuditToFile(self.path)], "policy": policy}
        master = await self.start_master(self.config(["echo", util.Secret("token")], **arguments))
        await master.build(scheduler="nightly")
        keychain = MasterKeychain.of(master.master)
        await keychain.audit.stop()
        lookup, *more = self.events(self.path)
        (hidden,) = [event for event in more if event["sink"] == "log"]
        self.assertEqual(
            (lookup["secret"], lookup["outcome"], lookup["provider"], lookup["decision"]),
            ("token", "given", "files", "allowed"),
        )
        self.assertEqual(
            (lookup["requester"]["builder"], lookup["requester"]["build"], lookup["master"]),
            (BUILDER_NAME, 1, master.master.name),
        )
        self.assertIn(f"Allow('token', builders=['{BUILDER_NAME}']", lookup["rules"][0])
        self.assertEqual(
            (hidden["secret"], hidden["sink"], hidden["builder"], hidden["step"]),
            ("token", "log", BUILDER_NAME, "show"),
        )
        other = HeldSink()
        arguments["audit"] = [AuditToFile(self.path), other]
        await master.reconfigure(self.config(["echo", util.Secret("other")], **arguments))
        await master.build(scheduler="nightly")
        await keychain.audit.stop()
        (denied,) = [event for event in self.events(self.path) if event["event"] == "decision"]
        self.assertEqual((denied["secret"], denied["outcome"]), ("other", "denied"))
        self.assertEqual(
            [record.document for record in other.records],
            [{name: value for name, value in denied.items() if name not in ("n", "prev")}],
        )
        self.assertEqual(verified(self.path).lines, len(events_in(self.path)))
        for value in (VALUE, VALUE[::-1]):
            self.assertNotIn(value, self.path.read_text())

    async def test_nobody_is_given_what_cannot_be_recorded(self) -> None:
        """The step waits, as for a provider that cannot be reached."""
        sink = HeldSink()
        sink.error = OSError(28, "No space left on device")
        config = self.config(["true", util.Secret("token")], audit=[sink], audit_fail_closed=True)
        master = await self.start_master(config)
        self.addCleanup(sink.release)
        building = Deferred.fromCoroutine(master.build())
        keychain = MasterKeychain.of(master.master)
        while not keychain.audit.states or not keychain.audit.states[0].problem:
            await deferLater(reactor, 0.05)
        self.assertNoResult(building)
        sink.error = None
        build = await building
        self.assertEqual(build.result, "success")
        outcomes = [getattr(record.event, "outcome", "") for record in sink.records]
        self.assertEqual({"withheld", "given"}, {*outcomes} - {""})
        # What waited for the sink says that it was given; what follows, that it was not.
        self.assertGreaterEqual(outcomes.count("given"), 2)

    async def test_digests(self) -> None:
        """With keys of the master, each value has one, and the same value the same."""
        ring = make_key_file(self.directory())
        sink = HeldSink()
        config = self.config(
            ["true", util.Secret("token"), util.Secret("token"), util.Secret("other")],
            audit=[sink],
            audit_digests=True,
            key_file=str(ring),
        )
        master = await self.start_master(config)
        await master.build(scheduler="nightly")
        await MasterKeychain.of(master.master).audit.stop()
        digests: dict[str, set[str]] = {}
        for record in sink.records:
            event: Any = record.event
            if event.kind == "lookup":
                digests.setdefault(event.secret, set()).add(event.digest)
        self.assertEqual(
            {name: len(found) for name, found in digests.items()}, {"token": 1, "other": 1}
        )
        self.assertEqual(len({digest for found in digests.values() for digest in found}), 2)
        self.assertEqual({len(digest) for found in digests.values() for digest in found}, {64})
