from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import InvalidName
from buildbot_keychain.store.names import check_name


class NameTests(SynchronousTestCase):
    def test_names(self) -> None:
        for name in ("token", "ci/db.password", "Größe", "a@b", "me@example.org", "a b", "x" * 500):
            check_name(name)

    def test_what_cannot_be_one(self) -> None:
        for name in (
            *("", " a", "a ", "a\nb", "a\0", "\ud800", "x" * 501, "ä" * 251),
            *("a!b", "a|b", "a@3", "@12", "\u202ea"),
        ):
            self.assertRaises(InvalidName, check_name, name)
