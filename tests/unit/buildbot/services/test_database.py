"""What the master's database was given when the master started."""

from __future__ import annotations

from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.services._database import DatabaseSecrets


class DatabaseSecretsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.secrets = DatabaseSecrets()
        self.said: list[str] = []

    def changed(self) -> bool:
        with capturedLogs() as events:
            result = self.secrets.report_changes()
        self.said = [formatEvent(event) for event in events]
        return result

    def test_a_change_is_reported_until_the_master_starts_again(self) -> None:
        self.assertFalse(self.changed())
        for value in ("one", "one"):
            self.secrets.note("db", value)
            self.secrets.note("user", "u")
            self.assertFalse(self.changed())
        self.secrets.note("db", "two")
        for _ in range(2):
            self.assertTrue(self.changed())
            (said,) = self.said
            self.assertIn("c['db']['db_url'] needs `db`, which has changed: restart", said)
            self.assertNotIn("two", said)
        self.secrets.note("db", "one")
        self.assertFalse(self.changed())

    def test_a_secret_that_is_new_has_not_changed(self) -> None:
        self.secrets.note("db", "one")
        self.secrets.note("another", "two")
        self.assertFalse(self.changed())
