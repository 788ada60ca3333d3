"""Properties that a scheduler keeps until its time comes."""

from __future__ import annotations

from buildbot.process.properties import Properties
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.references import PROPERTY
from buildbot_keychain.buildbot.sinks._kept_properties import kept, passing_on, take_kept

TEMPLATES = {"tok": {"secret": "x", "provider": "vault"}}


class KeptPropertiesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.stored = kept({"tok": ("<x>", "Trigger")}, TEMPLATES).asDict()

    def test_what_is_kept_comes_back_once(self) -> None:
        self.assertEqual(self.stored["tok"], ("<x>", "Trigger"))
        read = Properties.fromDict(self.stored).properties
        with passing_on():
            self.assertEqual(take_kept(read[PROPERTY]), TEMPLATES)
            self.assertEqual(take_kept(read[PROPERTY]), {})

    def test_nothing_is_kept_of_properties_without_secrets(self) -> None:
        self.assertEqual(kept({"a": (1, "Trigger")}, {}).asDict(), {"a": (1, "Trigger")})
        with passing_on():
            self.assertEqual(take_kept(None), {})

    def test_what_others_pass_counts_for_nothing(self) -> None:
        self.assertEqual(take_kept(self.stored[PROPERTY]), {})
        for entry in (
            ({"templates": TEMPLATES}, "Trigger"),
            ("text", "keychain"),
            ({"id": "0", "properties": ["tok"]}, "keychain"),
        ):
            with passing_on():
                self.assertEqual(take_kept(entry), {})
