"""Who reads the texts of builds."""

from __future__ import annotations

from unittest import mock
from weakref import ref

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.builds import Audiences, GivenSecrets
from buildbot_keychain.redaction import RedactionPolicy, Redactor, recent
from buildbot_keychain.redaction.matching import kept_layers
from tests.support.builds import FakeBuild
from tests.support.fake_master import FakeMaster

WEAK = "a-weak-pin"
OPEN = "q8ZkV2mXw4LrT9sYbN6cJ3"


class AudiencesTests(SynchronousTestCase):
    """`Audiences`."""

    def setUp(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("pin", WEAK)
        redactor.add("open", OPEN)
        self.given = GivenSecrets(FakeMaster())
        self.audiences = Audiences(redactor, self.given)
        self.build = FakeBuild()

    def test_a_build_that_was_given_a_secret(self) -> None:
        by_id, by_build = self.audiences.of_buildid(17), self.audiences.of_build(self.build)
        self.assertIs(by_id, by_build)
        self.assertEqual(by_id.redact(WEAK), WEAK)
        self.given.give(self.build, "pin")
        self.assertEqual(by_id.redact(f"{WEAK} {OPEN}"), "<pin> <secret>")
        self.assertEqual(self.audiences.of_buildid(18).redact(f"{WEAK} {OPEN}"), f"{WEAK} <secret>")

    def test_a_build_that_has_no_id_yet(self) -> None:
        self.build.buildid = None
        self.given.give(self.build, "pin")
        before = self.audiences.of_build(self.build)
        self.build.buildid = 17
        for audience in (before, self.audiences.of_buildid(17)):
            self.assertEqual(audience.redact(WEAK), "<pin>")

    def test_nobody(self) -> None:
        for audience in (self.audiences.of_build(None), self.audiences.of_buildid(None)):
            self.assertIs(audience, self.audiences.nobody)
        self.assertEqual(self.audiences.nobody.redact(f"{WEAK} {OPEN}"), f"{WEAK} <secret>")

    def test_one_that_is_no_longer_at_hand(self) -> None:
        held = self.audiences.of_buildid(17)
        for buildid in range(1_000, 2_000):
            self.audiences.of_buildid(buildid)
        self.given.give(self.build, "pin")
        self.assertIsNot(self.audiences.of_buildid(17), held)
        for audience in (held, self.audiences.of_buildid(17)):
            self.assertEqual(audience.redact(WEAK), "<pin>")

    def test_a_build_that_has_ended(self) -> None:
        """What was given to it is hidden in what is still written of it, though no build is there.

        Nothing is kept compiled for that: of 200 builds, it would be hundreds of megabytes.
        """
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("pin", WEAK)
        audiences = Audiences(redactor, self.given)
        self.given.give(self.build, "pin")
        audience = audiences.of_buildid(17)
        with mock.patch.object(recent, "RECENT", 0), mock.patch.object(kept_layers, "KEPT", 0):
            self.assertEqual(audience.redact(WEAK), "<pin>")
        kept = ref(audience.snapshot().layers[0])
        audiences.rest(17)
        audiences.rest(18)
        audiences.rest(None)
        self.assertIsNone(kept())
        self.build = FakeBuild()
        self.assertIs(audiences.of_buildid(17), audience)
        self.assertEqual(audience.redact(WEAK), "<pin>")
