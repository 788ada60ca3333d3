"""What several managers decide for one master."""

from __future__ import annotations

from types import SimpleNamespace

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot._settings import Settings, settings_in, settings_of
from buildbot_keychain.metrics import MetricsPort


class SettingsTests(SynchronousTestCase):
    def settings(self, *given: Settings) -> Settings:
        configured = [SimpleNamespace(keychain_settings=each) for each in given]
        return settings_of(settings_in([object(), *configured]))

    def test_providers_alone_have_the_defaults(self) -> None:
        self.assertEqual(self.settings(), Settings())
        self.assertEqual(self.settings(Settings()), Settings())

    def test_names_of_all_count(self) -> None:
        found = self.settings(
            Settings(public=frozenset({"a"}), allow_empty=frozenset({"x"})),
            Settings(public=frozenset({"b"}), allow_empty=frozenset({"y"})),
        )
        self.assertEqual((found.public, found.allow_empty), ({"a", "b"}, {"x", "y"}))

    def test_the_stricter_one_counts(self) -> None:
        strict = Settings(strict=True, report_hidden=False, services_wait=False)
        self.assertEqual(self.settings(Settings(), strict), strict)

    def test_the_longest_wait_counts(self) -> None:
        self.assertEqual(self.settings(Settings(outage=0)).outage, 0)
        self.assertEqual(self.settings(Settings(outage=5), Settings(outage=7)).outage, 7)

    def test_the_first_port_counts(self) -> None:
        first, second = MetricsPort(1), MetricsPort(2)
        found = self.settings(
            Settings(), Settings(metrics_port=first), Settings(metrics_port=second)
        )
        self.assertEqual(found.metrics_port, first)
