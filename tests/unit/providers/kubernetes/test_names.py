from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.kubernetes.names import (
    SecretKey,
    may_be_a_namespace,
    secret_key,
)


class NameTests(SynchronousTestCase):
    def test_what_names_say(self) -> None:
        for path, said in {
            "registry/password": SecretKey("registry", "password"),
            "with.dots-1/.dockerconfigjson": SecretKey("with.dots-1", ".dockerconfigjson"),
            "0/A_b-c.d": SecretKey("0", "A_b-c.d"),
            "x" * 253 + "/a": SecretKey("x" * 253, "a"),
        }.items():
            self.assertEqual(secret_key(path, None), said)

    def test_keys_of_a_secret_of_its_own(self) -> None:
        self.assertEqual(secret_key("token", "buildbot"), SecretKey("buildbot", "token"))
        self.assertEqual(secret_key("a/token", "buildbot"), SecretKey("a", "token"))
        self.assertIsNone(secret_key("token", None))
        self.assertIsNone(secret_key("", "buildbot"))

    def test_namespaces(self) -> None:
        self.assertTrue(may_be_a_namespace("ci-1"))
        for bad in ("", "A", "a.b", "a_b", "-a", "a-", "x" * 64, "a\n"):
            self.assertFalse(may_be_a_namespace(bad), bad)

    @given(st.text() | st.from_regex(r"[-a-z0-9./]+"), st.sampled_from([None, "own"]))
    def test_whatever_is_asked_for_leads_to_one_secret(self, path: str, own: str | None) -> None:
        found = secret_key(path, own)
        if found is not None:
            self.assertTrue(re.fullmatch(r"[a-z0-9]([-.a-z0-9]*[a-z0-9])?", found.secret))
            self.assertNotIn("..", found.secret)
            self.assertTrue(path.endswith(found.key))
