"""Providers that have not answered lately."""

from __future__ import annotations

from types import SimpleNamespace

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import directlyProvides
from zope.interface.verify import verifyObject

from buildbot_keychain.buildbot.services._silent_providers import (
    PAUSE,
    SilentProviders,
)
from buildbot_keychain.errors import AccessDenied, AuditUnavailable, NotAsked, ProviderUnavailable
from buildbot_keychain.interfaces import ICanonicalNames


class SilentProviderTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.silent = SilentProviders(self.clock)
        self.files = SimpleNamespace(name="files", kind="file")
        self.vault = SimpleNamespace(name="vault", kind="vault")

    def asked(self) -> list[bool]:
        """Return whether each of the two providers is asked."""
        both = (self.files, self.vault)
        return [one is other for one, other in zip(self.silent.stand_ins(both), both, strict=True)]

    def test_one_that_did_not_answer_is_not_asked_for_a_while(self) -> None:
        self.silent.note(ProviderUnavailable("vault", "a", "it is down"))
        self.assertEqual(self.asked(), [True, False])
        self.clock.advance(PAUSE)
        self.assertEqual(self.asked(), [True, True])

    def test_one_that_is_not_asked_still_knows_its_names(self) -> None:
        self.silent.note(ProviderUnavailable("vault", "a", "it is down"))
        (stand_in,) = self.silent.stand_ins((self.vault,))
        self.assertFalse(ICanonicalNames.providedBy(stand_in))
        self.vault.canonical = str.lower
        directlyProvides(self.vault, ICanonicalNames)
        (stand_in,) = self.silent.stand_ins((self.vault,))
        self.assertTrue(verifyObject(ICanonicalNames, stand_in))
        self.assertEqual(stand_in.canonical("A"), "a")

    def test_one_that_answers_again(self) -> None:
        self.silent.note(ProviderUnavailable("vault", "a", "it is down"))
        self.silent.end("vault")
        self.assertEqual(self.asked(), [True, True])

    def test_other_errors(self) -> None:
        self.silent.note(AccessDenied("vault", "a", "no"))
        self.silent.note(NotAsked("vault", "a", "it did not answer a moment ago"))
        self.vault.name = "audit"
        self.silent.note(AuditUnavailable("a", "no sink accepts it"))
        self.assertEqual(self.asked(), [True, True])

    def test_the_stand_in_fails(self) -> None:
        self.silent.note(ProviderUnavailable("vault", "a", "it is down"))
        (stand_in,) = self.silent.stand_ins((self.vault,))
        self.assertEqual((stand_in.name, stand_in.kind), ("vault", "vault"))
        self.assertRaises(ProviderUnavailable, stand_in.get, "a")
