from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.store._names import SecretName, parse_name


class NameTests(SynchronousTestCase):
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
            self.assertEqual(parse_name(path), expected, path)

    def test_names_that_no_secret_can_have(self) -> None:
        for path in ("", " a", "a ", "a|", "|a", "a!b", "@3", "a@1@2", "a\n", "\ud800", "a" * 501):
            self.assertIsNone(parse_name(path), path)
        self.assertIsNone(parse_name("a@" + "1" * 19))

    def test_each_has_one_spelling(self) -> None:
        for path, expected in {"a": "a", "a@07": "a@7", "a@07|b@01": "a@7|b@01"}.items():
            self.assertEqual(str(parse_name(path)), expected)
            self.assertEqual(parse_name(expected), parse_name(path))
