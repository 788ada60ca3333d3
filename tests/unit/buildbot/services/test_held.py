"""What one service was last given."""

from __future__ import annotations

from types import SimpleNamespace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.services._held import Answer, Held
from buildbot_keychain.details import Requester

ME = Requester("service", service="me")


class HeldTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.service = SimpleNamespace(name="me")
        self.held = Held(self.service)

    def test_a_service_that_was_never_configured_holds_nothing(self) -> None:
        self.assertIsNone(Held.of(self.service))
        self.held.keep(self.service)
        self.assertIs(Held.of(self.service), self.held)

    def test_only_its_own_lookups_count(self) -> None:
        self.held.note("mine", Answer(ME, b"1"))
        self.held.note("unknown", Answer(Requester("unknown"), b"1"))
        self.held.note("another's", Answer(Requester("service", service="another"), b"1"))
        self.assertEqual(sorted(self.held.answers), ["mine", "unknown"])

    def test_later_lookups_do_not_count(self) -> None:
        self.held.close(self.service, {})
        self.held.note("later", Answer(ME, b"1"))
        self.assertEqual(self.held.answers, {})

    def test_changes(self) -> None:
        self.held.note("same", Answer(ME, b"1"))
        self.held.note("changed", Answer(ME, b"1"))
        self.held.note("added", Answer(ME, None))
        later = Held(self.service)
        for name, digest in {"same": b"1", "changed": b"2", "added": b"1", "new": b"1"}.items():
            later.note(name, Answer(ME, digest))
        self.assertEqual(later.changed_since(self.held), ["changed", "added"])
        self.assertEqual(later.changed_since(None), [])
