from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._audit import MasterAudit, audit_settings
from buildbot_keychain.buildbot._settings import AuditSettings
from buildbot_keychain.errors import ConfigurationError
from tests.support.audit_records import HeldSink


class SettingsTests(SynchronousTestCase):
    def test_what_is_configured(self) -> None:
        sink = HeldSink()
        found = audit_settings([sink], True, True, "/srv/ring")
        self.assertEqual(found, AuditSettings((sink,), True, True))
        self.assertEqual(audit_settings((), False, False, None), AuditSettings())

    def test_what_cannot_be(self) -> None:
        for arguments, expected in (
            ((["x"], False, False, None), "str is not a sink"),
            (([], 1, False, None), "audit_fail_closed must be True or False, not of type int"),
            (([], False, "yes", None), "audit_digests must be True or False"),
            (([], False, True, None), "audit_digests needs key_file"),
        ):
            error = self.assertRaises(ConfigurationError, audit_settings, *arguments)
            self.assertIn(expected, str(error))


class Trail:
    """Notes what it is to use."""

    def __init__(self) -> None:
        self.master = ""
        self.used: list[Any] = []

    def use(self, sinks: Any, *, fail_closed: bool) -> None:
        self.used.append((sinks, fail_closed))


class Stand:
    """A master, a recording of its lookups, and its keys."""

    name = "m1:/srv/master"
    running = True
    configured = False
    digest_key = None

    def __init__(self) -> None:
        self.trail = Trail()
        self.triggers: list[str] = []
        self.reactor = self

    def addSystemEventTrigger(self, phase: str, event: str, _: Any) -> None:
        self.triggers.append(f"{phase} {event}")


class FollowingTests(SynchronousTestCase):
    def test_sinks_change_only_with_the_configuration(self) -> None:
        stand: Any = Stand()
        audit = MasterAudit(stand, stand, stand)
        first, second = AuditSettings((HeldSink(),)), AuditSettings((), True)
        for wanted in (AuditSettings(), first, first, second, first):
            audit.follow(wanted)
        uses = [(first.sinks, False), ((), True), (first.sinks, False)]
        self.assertEqual((stand.trail.used, stand.trail.master), (uses, stand.name))
        self.assertEqual(stand.triggers, ["during shutdown"])
