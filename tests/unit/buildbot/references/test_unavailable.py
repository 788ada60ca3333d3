"""A property whose secret cannot be looked up."""

from __future__ import annotations

from typing import Any

from buildbot.process.properties import Properties, Property
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.references import stored_entry
from buildbot_keychain.buildbot.references._unavailable import Unavailable
from buildbot_keychain.errors import KeychainError, SecretNotFound


class UnavailableTests(SynchronousTestCase):
    """`Unavailable`, as Buildbot reads it."""

    def setUp(self) -> None:
        self.properties = Properties(other="x")
        self.error = SecretNotFound("token", ("files",))
        entry = Unavailable.of(("<token>", "Trigger"), self.error)
        self.properties.properties["tok"] = entry

    def test_who_reads_it_gets_the_error(self) -> None:
        properties = self.properties
        readings: list[Any] = [
            lambda: properties.getProperty("tok", "default"),
            lambda: properties["tok"],
            properties.asList,
            lambda: Properties.fromDict(properties.asDict()),
        ]
        for reading in readings:
            with self.assertRaises(KeychainError) as caught:
                reading()
            self.assertIs(caught.exception, self.error)
        self.failureResultOf(properties.render(Property("tok", default="x")), SecretNotFound)

    def test_who_does_not_read_it_does_not(self) -> None:
        self.assertEqual(self.properties.getPropertySource("tok"), "Trigger")
        self.assertTrue(self.properties.hasProperty("tok"))
        self.assertEqual(self.properties["other"], "x")
        copy = Properties()
        copy.updateFromProperties(self.properties)
        self.assertIs(copy.asDict()["tok"], self.properties.asDict()["tok"])
        self.assertIn("token", repr(copy.asDict()["tok"]))

    def test_a_later_write_replaces_it(self) -> None:
        self.properties.setProperty("tok", "later", "Step")
        self.assertEqual(self.properties["tok"], "later")

    def test_what_is_stored(self) -> None:
        entry = self.properties.asDict()["tok"]
        self.assertEqual(stored_entry(entry), ("<token>", "Trigger"))
        self.assertEqual(stored_entry(("x", "TEST")), ("x", "TEST"))
