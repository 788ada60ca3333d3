from __future__ import annotations

from typing import Any

from buildbot.config import ConfigErrors
from buildbot.config.errors import capture_config_errors
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain import rendering
from buildbot_keychain.buildbot import Interpolate, Secret


class ConfigurationErrorTests(SynchronousTestCase):
    def test_all_mistakes_are_shown(self) -> None:
        with capture_config_errors() as errors:
            made: list[Any] = [
                Interpolate("%(secert:a)s"),
                Secret(" "),
                Secret(Interpolate("%(secert:b)s")),
                Interpolate("%s %(kw:b)s", 1, b=2),
                Interpolate("%(prop:good)s"),
            ]
        found: list[str] = errors.errors
        self.assertEqual(len(found), 4)
        self.assertIn("one of the selectors kw, prop, secret", found[0])
        self.assertIn("Secret needs a name", found[1])
        self.assertIn("one of the selectors kw, prop, secret", found[2])
        self.assertIn("positional or keyword arguments, not both", found[3])
        # What reports the error may show them.
        self.assertEqual(len({repr(one) for one in made}), 5)
        self.assertEqual(len(set(made)), 5)

    def test_outside_of_a_configuration_they_are_raised(self) -> None:
        self.assertRaises(ConfigErrors, Interpolate, "%(secret)s")
        self.assertRaises(ConfigErrors, Secret, "")

    def test_they_are_equal_to_those_of_the_core(self) -> None:
        self.assertEqual(Secret("a"), rendering.Secret("a"))
        self.assertEqual(
            hash(Interpolate("%(kw:a)s", a=1)), hash(rendering.Interpolate("%(kw:a)s", a=1))
        )


class ShortestTests(SynchronousTestCase):
    def test_nothing_is_filled_in(self) -> None:
        for interpolate, text in (
            (Interpolate("a %(prop:x)s b %(secret:y:-default)s 100%%"), "a  b  100%"),
            (Interpolate("%s-%s", "x", 5), "-"),
            (Interpolate("%s-%d", "x", 5), ""),
        ):
            self.assertEqual(interpolate.shortest(), text)
