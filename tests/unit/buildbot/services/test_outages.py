"""Providers that have not answered lately."""

from __future__ import annotations

from types import SimpleNamespace

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.services._outages import PAUSE, NotAskedError, Outages
from buildbot_keychain.errors import AccessDenied, ProviderUnavailable


class OutagesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.outages = Outages(self.clock)
        self.files = SimpleNamespace(name="files", kind="file")
        self.vault = SimpleNamespace(name="vault", kind="vault")

    def asked(self) -> list[bool]:
        """Return whether each of the two providers is asked."""
        both = (self.files, self.vault)
        return [one is other for one, other in zip(self.outages.stand_ins(both), both, strict=True)]

    def test_one_that_did_not_answer_is_not_asked_for_a_while(self) -> None:
        self.outages.note(ProviderUnavailable("vault", "a", "it is down"))
        self.assertEqual(self.asked(), [True, False])
        self.clock.advance(PAUSE)
        self.assertEqual(self.asked(), [True, True])

    def test_one_that_answers_again(self) -> None:
        self.outages.note(ProviderUnavailable("vault", "a", "it is down"))
        self.outages.end("vault")
        self.assertEqual(self.asked(), [True, True])

    def test_other_errors(self) -> None:
        self.outages.note(AccessDenied("vault", "a", "no"))
        self.outages.note(NotAskedError("vault", "a", "it did not answer a moment ago"))
        self.assertEqual(self.asked(), [True, True])

    def test_the_stand_in_fails(self) -> None:
        self.outages.note(ProviderUnavailable("vault", "a", "it is down"))
        (stand_in,) = self.outages.stand_ins((self.vault,))
        self.assertEqual((stand_in.name, stand_in.kind), ("vault", "vault"))
        self.assertRaises(ProviderUnavailable, stand_in.get, "a")
