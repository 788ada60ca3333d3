from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import InvalidName
from buildbot_keychain.store.names import SecretName, check_name


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


class SecretNameTests(SynchronousTestCase):
    def test_versions_and_fields(self) -> None:
        for path, expected in {
            "team/app": SecretName("team/app"),
            "team/app@3": SecretName("team/app", 3),
            "team/app@0003": SecretName("team/app", 3),
            "team/app|a|b@1": SecretName("team/app", None, "a|b@1"),
            "team/app@3|password": SecretName("team/app", 3, "password"),
            "me@example.org": SecretName("me@example.org"),
            "@a": SecretName("@a"),
        }.items():
            self.assertEqual(SecretName.of(path), expected, path)

    def test_names_that_no_secret_can_have(self) -> None:
        for path in ("", " a", "a ", "a|", "|a", "a!b", "@3", "a@1@2", "a\n", "\ud800", "a" * 501):
            self.assertIsNone(SecretName.of(path), path)
        self.assertIsNone(SecretName.of("a@" + "1" * 19))
