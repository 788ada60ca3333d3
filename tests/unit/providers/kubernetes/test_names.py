from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.kubernetes._names import (
    SecretKey,
    is_namespace_name,
    parse_name,
)


class NameTests(SynchronousTestCase):
    def test_what_names_mean(self) -> None:
        for path, meaning in {
            "registry/password": SecretKey("registry", "password"),
            "with.dots-1/.dockerconfigjson": SecretKey("with.dots-1", ".dockerconfigjson"),
            "0/A_b-c.d": SecretKey("0", "A_b-c.d"),
            "x" * 253 + "/a": SecretKey("x" * 253, "a"),
        }.items():
            self.assertEqual(parse_name(path, None), meaning)

    def test_keys_of_the_default_secret(self) -> None:
        self.assertEqual(parse_name("token", "buildbot"), SecretKey("buildbot", "token"))
        self.assertEqual(parse_name("a/token", "buildbot"), SecretKey("a", "token"))
        self.assertIsNone(parse_name("token", None))
        self.assertIsNone(parse_name("", "buildbot"))

    def test_namespaces(self) -> None:
        self.assertTrue(is_namespace_name("ci-1"))
        for bad in ("", "A", "a.b", "a_b", "-a", "a-", "x" * 64, "a\n"):
            self.assertFalse(is_namespace_name(bad), bad)

    @given(st.text() | st.from_regex(r"[-a-z0-9./]+"), st.sampled_from([None, "own"]))
    def test_any_name_means_one_key_of_one_secret_at_most(self, path: str, own: str | None) -> None:
        found = parse_name(path, own)
        if found is not None:
            self.assertTrue(re.fullmatch(r"[a-z0-9]([-.a-z0-9]*[a-z0-9])?", found.secret))
            self.assertNotIn("..", found.secret)
            self.assertTrue(path.endswith(found.key))
