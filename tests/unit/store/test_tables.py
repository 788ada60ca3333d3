"""The tables of a store."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store._tables import Tables


class TablesTests(SynchronousTestCase):
    def test_their_names_are_those_of_the_format(self) -> None:
        names = {name.removeprefix("keychain_store") for name in Tables().metadata.tables}
        expected = {"", "_current", "_journal", "_masters", "_secrets", "_versions"}
        self.assertEqual(names, expected)
